import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clearRecurrence, recur, RECURRENCE_WORDS } from '../../src/stats/recurrence.ts'

const AT = 2
const FIRST_DAY = 20_000

function fresh(): Int32Array {
  const words = new Int32Array(AT + RECURRENCE_WORDS + 1).fill(-1)
  clearRecurrence(words, AT)
  return words
}

/** A score, and the days that have passed since the one before. */
type Seen = readonly [score: number, passed: number]

function recurred(series: readonly Seen[], words = fresh()): number[] {
  let day = FIRST_DAY
  return series.map(([score, passed]) => recur(words, AT, score, (day += passed)))
}

/** The formula itself, with all past scores. */
function plain(series: readonly Seen[]): number[] {
  const steps = (score: number): number => Math.min(255, Math.floor(score * 16))
  let day = 0
  const all = series.map(([score, passed]) => ({ score, day: (day += passed) }))
  return all.map(({ score, day }, i) => {
    const seen = all
      .slice(0, i)
      .filter((past) => past.day >= day - 14 && past.day < day)
      .filter((past) => steps(past.score) >= steps(score) - 13)
    const days = new Set(seen.map((past) => past.day)).size
    const most = 10.5 * 10 ** (-0.55 * (score - 2.25))
    return most >= 14 ? 0 : Math.max(0, 3 * (days / most - 1))
  })
}

/** On each of these many days, one such score; then one more on the next day. */
function after(days: number, score: number): number {
  const series = Array.from({ length: days + 1 }, (): Seen => [score, 1])
  return recurred(series)[days]!
}

describe('what comes day after day', () => {
  test('counts by the days before, up to a fortnight, on which its like was seen', () => {
    const score = fc.oneof(
      fc.double({ min: 1.76, max: 4, noNaN: true }),
      fc.double({ min: 4, max: 15.99, noNaN: true }),
    )
    const passed = fc.constantFrom(0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 5, 14, 15, 16, 17, 40)
    let counted = 0
    fc.assert(
      fc.property(
        fc.array(fc.tuple(score, passed), { minLength: 40, maxLength: 120 }),
        (series) => {
          const expected = plain(series)
          for (const [i, more] of recurred(series).entries()) {
            expect(Math.log10(1 + more)).toBeCloseTo(Math.log10(1 + expected[i]!), 8)
            if (more > 0) counted++
          }
        },
      ),
    )
    expect(counted).toBeGreaterThan(100)
  })

  test('is a burst on one day for one day', () => {
    const burst = Array.from({ length: 300 }, (): Seen => [6, 0])
    expect(recurred(burst)).toEqual(burst.map(() => 0))
    expect(recurred([...burst, [6, 1]]).at(-1)).toBe(after(1, 6))
  })

  test('may be three days of four at LOW, a fifth at MEDIUM, and none at HIGH', () => {
    expect(after(10, 2.25)).toBe(0)
    expect(after(11, 2.25)).toBeGreaterThan(0)
    expect(after(2, 3.25)).toBe(0)
    expect(after(3, 3.25)).toBeGreaterThan(0)
    expect(after(0, 4.25)).toBe(0)
    expect(after(1, 4.25)).toBeGreaterThan(0)
  })

  test('is forgotten after a fortnight', () => {
    expect(
      recurred([
        [5, 1],
        [5, 14],
      ])[1],
    ).toBeGreaterThan(0)
    expect(
      recurred([
        [5, 1],
        [5, 15],
      ])[1],
    ).toBe(0)
  })

  test('touches no words but its own', () => {
    const words = fresh()
    recurred(
      [
        [15, 1],
        [3, 7],
        [9, 4],
      ],
      words,
    )
    expect([words[0], words[AT - 1], words.at(-1)]).toEqual([-1, -1, -1])
  })
})
