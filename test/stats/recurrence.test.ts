import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clearRecurrence, recur, RECURRENCE_WORDS } from '../../src/stats/recurrence.ts'

const AT = 2
const PER_DAY = 24
const FIRST_WINDOW = 20_000 * PER_DAY

function fresh(): Int32Array {
  const words = new Int32Array(AT + RECURRENCE_WORDS + 1).fill(-1)
  clearRecurrence(words, AT)
  return words
}

/** A score, and the windows that have passed since the one before. */
type Seen = readonly [score: number, passed: number]

function recurred(series: readonly Seen[], distance = 1, words = fresh()): number[] {
  let window = FIRST_WINDOW
  return series.map(([score, passed]) =>
    recur(words, AT, score, (window += passed), distance, PER_DAY),
  )
}

/** The formula itself, with all past scores. */
function plain(series: readonly Seen[], distance: number): number[] {
  const steps = (score: number): number => Math.min(255, Math.floor(score * 16))
  let window = FIRST_WINDOW
  const windows = series.map(([, passed]) => (window += passed))
  const days = windows.map((one) => Math.floor(one / PER_DAY))
  const isNear = (i: number): boolean => windows[i]! - (windows[i - 1] ?? 0) <= 2 * distance
  return series.map(([score], now) => {
    const seen = new Set<number>()
    for (let i = 0; i < now; i++) {
      const isLone = !isNear(i) && !isNear(i + 1)
      const isOfBefore = days[i]! >= days[now]! - 14 && days[i]! < days[now]!
      if (isLone && isOfBefore && steps(series[i]![0]) >= steps(score) - 14) seen.add(days[i]!)
    }
    const most = 10.5 * 10 ** (-0.6 * (score - 2.25))
    return most >= 14 ? 0 : Math.max(0, 3 * (seen.size / most - 1))
  })
}

/** Alone on each of these many days, such a score; then one more on the next day. */
function after(days: number, score: number): number {
  const series = Array.from({ length: days + 1 }, (): Seen => [score, PER_DAY])
  return recurred(series)[days]!
}

describe('what comes day after day', () => {
  test('counts by the days before, up to a fortnight, on which its like was seen alone', () => {
    const score = fc.oneof(
      fc.double({ min: 1.76, max: 4, noNaN: true }),
      fc.double({ min: 4, max: 15.99, noNaN: true }),
    )
    const passed = fc.oneof(
      fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 14 * PER_DAY, 17 * PER_DAY),
      fc.integer({ min: 12, max: 60 }),
      fc.integer({ min: 12, max: 60 }),
    )
    const seen = fc.array(fc.tuple(score, passed), { minLength: 40, maxLength: 120 })
    let counted = 0
    fc.assert(
      fc.property(seen, fc.constantFrom(1, 3), (series, distance) => {
        const expected = plain(series, distance)
        for (const [i, more] of recurred(series, distance).entries()) {
          expect(Math.log10(1 + more)).toBeCloseTo(Math.log10(1 + expected[i]!), 8)
          if (more > 0) counted++
        }
      }),
    )
    expect(counted).toBeGreaterThan(100)
  })

  test('is not a burst, however high and long', () => {
    const burst = Array.from({ length: 30 }, (): Seen => [6, 1])
    const bursts = Array.from({ length: 10 }, (): Seen[] => [...burst, [6, PER_DAY]]).flat()
    expect(recurred(bursts)).toEqual(bursts.map(() => 0))
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
    const second = (days: number): Seen => [5, days * PER_DAY]
    expect(recurred([[5, 1], second(14)])[1]).toBeGreaterThan(0)
    expect(recurred([[5, 1], second(15)])[1]).toBe(0)
  })

  test('touches no words but its own', () => {
    const words = fresh()
    recurred(
      [
        [15, 1],
        [3, 7 * PER_DAY],
        [9, 4],
      ],
      1,
      words,
    )
    expect([words[0], words[AT - 1], words.at(-1)]).toEqual([-1, -1, -1])
  })
})
