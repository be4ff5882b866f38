import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  clearHabituation,
  fadeHabituation,
  habituate,
  HABITUATION_CELLS,
  habituationGrowth,
} from '../../src/stats/habituation.ts'

const AT = 3
const scores = fc.array(fc.double({ min: 0, max: 15, noNaN: true }), { maxLength: 400 })

function fresh(): Float32Array {
  const memory = new Float32Array(AT + HABITUATION_CELLS + 1)
  clearHabituation(memory, AT)
  return memory
}

/** `more`: how often each score counts besides. */
function habituated(series: readonly number[], tau: number, tolerance: number, more = 0): number[] {
  const memory = fresh()
  const growth = habituationGrowth(tau)
  return series.map((score) => {
    const left = habituate(memory, AT, score, tolerance, more)
    fadeHabituation(memory, AT, growth)
    return left
  })
}

/** The formula itself, with all past scores. */
function plain(series: readonly number[], tau: number, tolerance: number, more = 0): number[] {
  const bin = (score: number): number => Math.max(0, Math.trunc((score - 0.5) * 4))
  return series.map((score, t) => {
    if (score < 0.5) return 0
    let past = more
    for (let i = 0; i < t; i++) {
      if (series[i]! >= 0.5 && bin(series[i]!) >= bin(score - tolerance)) {
        past += Math.exp(-(t - i) / tau)
      }
    }
    return Math.max(0, score - Math.log10(1 + past))
  })
}

describe('habituation', () => {
  test('is the formula over all past scores', () => {
    fc.assert(
      fc.property(
        scores,
        fc.integer({ min: 1, max: 4_032 }),
        fc.constantFrom(0.5, 0.75, 1),
        fc.constantFrom(0, 0.5, 7),
        (series, tau, tolerance, more) => {
          const expected = plain(series, tau, tolerance, more)
          for (const [t, score] of habituated(series, tau, tolerance, more).entries()) {
            expect(score).toBeCloseTo(expected[t]!, 4)
          }
        },
      ),
    )
  })

  test('counts for months without overflowing', () => {
    const series = Array.from({ length: 30_000 }, (_, t) => (t % 3 === 0 ? 2.1 : 0.1))
    const last = habituated(series, 100, 0.5).at(-3)
    expect(last).toBeCloseTo(plain(series.slice(-3_000), 100, 0.5).at(-3) ?? 0, 3)
  })

  test('lowers a score, and never one that has not been reached', () => {
    const memory = fresh()
    expect(habituate(memory, AT, 3, 0.5, 0)).toBe(3)
    expect(habituate(memory, AT, 3, 0.5, 0)).toBeCloseTo(3 - Math.log10(2), 6)
    expect(habituate(memory, AT, 4, 0.5, 0)).toBe(4)
    expect(habituate(memory, AT, 0.49, 0.5, 0)).toBe(0)
    expect([memory[0], memory[AT - 1], memory.at(-1)]).toEqual([0, 0, 0])
  })
})
