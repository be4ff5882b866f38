import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  COMPACT_CELLS,
  fadeCompact,
  habituateCompact,
  TICKS_PER_DAY,
} from '../../src/stats/compact-habituation.ts'

const AT = 3
const PER_DAY = 288
const TOLERANCE = 0.5
const cell = (score: number): number => Math.max(0, Math.min(7, Math.floor((score - 1) * 2)))

function habituated(series: readonly number[]): number[] {
  const bytes = new Uint8Array(AT + COMPACT_CELLS + 1)
  const ticks = (i: number): number => Math.floor((i * TICKS_PER_DAY) / PER_DAY)
  const out = series.map((score, i) => {
    fadeCompact(bytes, AT, i === 0 ? 0 : ticks(i) - ticks(i - 1))
    return habituateCompact(bytes, AT, score, TOLERANCE)
  })
  expect([...bytes.subarray(0, AT), bytes.at(-1)]).toEqual([0, 0, 0, 0])
  return out
}

/** The formula itself, with all past scores. */
function plain(series: readonly number[]): number[] {
  return series.map((score, t) => {
    if (score < 1) return 0
    let past = 0
    for (let i = 0; i < t; i++) {
      if (series[i]! >= 1 && cell(series[i]!) >= cell(score - TOLERANCE)) {
        past += Math.exp(-(t - i) / (1.5 * PER_DAY))
      }
    }
    return Math.max(0, score - Math.log10(1 + past))
  })
}

test('is the formula over all past scores, up to a byte a count', () => {
  const rare = fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.double({ min: 0, max: 15 }))
  fc.assert(
    fc.property(fc.array(rare, { maxLength: 300 }), (series) => {
      const clean = series.map((score) => (Number.isNaN(score) ? 0 : score))
      const expected = plain(clean)
      for (const [t, score] of habituated(clean).entries()) {
        expect(Math.abs(score - expected[t]!)).toBeLessThan(0.06)
      }
    }),
  )
})

test('what comes always counts for less and less, but for 1.7 at most', () => {
  const scores = habituated(new Array<number>(1_000).fill(4))
  expect(scores[0]).toBe(4)
  expect(scores[1]).toBeCloseTo(4 - Math.log10(2), 1)
  const last = scores.at(-1)
  expect(last).toBeGreaterThan(4 - 1.7)
  expect(last).toBeLessThan(4 - 1.3)
})
