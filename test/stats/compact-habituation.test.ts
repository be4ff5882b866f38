import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  fadeCompact,
  habituateCompact,
  passCompactDay,
  TICKS_PER_DAY,
} from '../../src/stats/compact-habituation.ts'

const AT = 4
const BYTES = 8
const PER_DAY = 24
const TOLERANCE = 0.5
const cell = (score: number): number => Math.max(0, Math.min(3, Math.floor((score - 1.5) / 0.75)))
const quarters = (score: number): number => Math.min(15, Math.floor((score - 1.25) * 4))
const dayOf = (i: number): number => Math.floor(i / PER_DAY)

function habituated(series: readonly number[]): number[] {
  const bytes = new Uint8Array(AT + BYTES + 4)
  const words = new Int32Array(bytes.buffer)
  const ticks = (i: number): number => Math.floor((i * TICKS_PER_DAY) / PER_DAY)
  const out = series.map((score, i) => {
    fadeCompact(bytes, AT, i === 0 ? 0 : ticks(i) - ticks(i - 1))
    if (i > 0 && i % PER_DAY === 0) passCompactDay(words, AT / 4)
    return habituateCompact(bytes, AT, score, TOLERANCE)
  })
  expect([words[0], words.at(-1)]).toEqual([0, 0])
  return out
}

/** The formula itself, with all past scores. */
function plain(series: readonly number[]): number[] {
  return series.map((score, t) => {
    if (score < 1.5) return 0
    let past = 0
    const days = new Set<number>()
    for (let i = 0; i < t; i++) {
      const before = series[i]!
      if (before < 1.5) continue
      if (cell(before) >= cell(score - TOLERANCE)) past += Math.exp(-(t - i) / PER_DAY)
      const ago = dayOf(t) - dayOf(i)
      if (ago >= 1 && ago <= 7 && quarters(before) >= quarters(score) - 3) days.add(ago)
    }
    const most = 5.25 * 10 ** (-0.35 * (score - 2.25))
    const more = most >= 7 ? 0 : Math.max(0, 4 * (days.size / most - 1))
    return Math.max(0, score - Math.log10(1 + past + more))
  })
}

test('is the formula over all past scores, up to a byte a count', () => {
  const score = fc.double({ min: 1, max: 15, noNaN: true })
  const low = fc.double({ min: 1, max: 4, noNaN: true })
  const some = (weight: number) => fc.oneof({ weight, arbitrary: fc.constant(0) }, score, low)
  const series = (weight: number) => fc.array(some(weight), { minLength: 200, maxLength: 400 })
  let recurred = 0
  fc.assert(
    fc.property(fc.oneof(series(10), series(40)), (scores) => {
      const expected = plain(scores)
      for (const [t, left] of habituated(scores).entries()) {
        expect(Math.abs(left - expected[t]!)).toBeLessThan(0.06)
        if (left > 0 && left < scores[t]! - 1) recurred++
      }
    }),
  )
  expect(recurred).toBeGreaterThan(100)
})

test('what comes always counts for less and less, on one day for 1.7 at most', () => {
  const scores = habituated(new Array<number>(PER_DAY).fill(4))
  expect(scores[0]).toBe(4)
  expect(scores[1]).toBeCloseTo(4 - Math.log10(2), 1)
  expect(scores.at(-1)).toBeGreaterThan(4 - 1.7)
  expect(scores.at(-1)).toBeLessThan(4 - 1)
})

test('what comes once a day is not LOW any more from the seventh day on', () => {
  const daily = Array.from({ length: 20 * PER_DAY }, (_, i) => (i % PER_DAY === 0 ? 2.5 : 0))
  const scores = habituated(daily).filter((_, i) => i % PER_DAY === 0)
  const withoutDays = 2.5 - Math.log10(1 + 1 / (Math.E - 1))
  expect(scores[0]).toBe(2.5)
  expect(scores[3]).toBeCloseTo(withoutDays, 1)
  expect(scores[19]).toBeLessThan(withoutDays - 0.2)
})
