import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  clearHabituation,
  clearWeek,
  fadeHabituation,
  habituate,
  habituateAlone,
  HABITUATION_CELLS,
  habituationGrowth,
  WEEK_AT,
  WEEK_CELLS,
} from '../../src/stats/habituation.ts'

const AT = 3
const scores = fc.array(fc.double({ min: 0, max: 15, noNaN: true }), { maxLength: 400 })

function fresh(): Float32Array {
  const memory = new Float32Array(AT + HABITUATION_CELLS + 1)
  clearHabituation(memory, AT)
  return memory
}

function ofFleet(): Float32Array {
  const memory = new Float32Array(AT + WEEK_AT + WEEK_CELLS + 1).fill(1, AT + HABITUATION_CELLS)
  clearHabituation(memory, AT)
  clearWeek(memory, AT)
  return memory
}

function habituated(
  series: readonly number[],
  tau: number,
  tolerance: number,
  how: typeof habituate = habituateAlone,
): number[] {
  const memory = how === habituate ? ofFleet() : fresh()
  const growth = habituationGrowth(tau)
  return series.map((score) => {
    const left = how(memory, AT, score, tolerance)
    fadeHabituation(memory, AT, growth)
    return left
  })
}

/** The formula itself, with all past scores. */
function plain(series: readonly number[], tau: number, tolerance: number, week = false): number[] {
  const bin = (score: number): number => Math.max(0, Math.trunc((score - 0.5) * 4))
  const weekBin = (score: number): number => Math.max(0, Math.trunc((score - 1.75) * 4))
  return series.map((score, t) => {
    if (score < 0.5) return 0
    let past = 0
    let pastOfWeek = 0
    for (let i = 0; i < t; i++) {
      if (series[i]! >= 0.5 && bin(series[i]!) >= bin(score - tolerance)) {
        past += Math.exp(-(t - i) / tau)
      }
      const least = Math.min(weekBin(score - tolerance), 9)
      if (series[i]! > 1.75 && weekBin(series[i]!) >= least)
        pastOfWeek += Math.exp(-(t - i) / (7 * tau))
    }
    if (week && score > 1.75) past += Math.max(0, pastOfWeek - 10) / 2
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
        (series, tau, tolerance) => {
          const expected = plain(series, tau, tolerance)
          for (const [t, score] of habituated(series, tau, tolerance).entries()) {
            expect(score).toBeCloseTo(expected[t]!, 4)
          }
        },
      ),
    )
  })

  test('of a series of a fleet goes by the week too, as soon as ten have come in one', () => {
    const often = fc.array(fc.double({ min: 1.5, max: 5, noNaN: true }), {
      minLength: 60,
      maxLength: 120,
    })
    let lower = 0
    fc.assert(
      fc.property(often, fc.integer({ min: 1, max: 50 }), (series, tau) => {
        const expected = plain(series, tau, 0.5, true)
        const byDay = habituated(series, tau, 0.5)
        for (const [t, score] of habituated(series, tau, 0.5, habituate).entries()) {
          expect(score).toBeCloseTo(expected[t]!, 3)
          if (score < byDay[t]! - 0.01) lower++
        }
      }),
    )
    expect(lower).toBeGreaterThan(100)
  })

  test('of a week outlasts the counts being brought back to size', () => {
    const series = Array.from({ length: 20_000 }, (_, t) => (t % 40 === 0 ? 2.6 : 0.1))
    const last = habituated(series, 100, 0.5, habituate).at(-40)
    expect(last).toBeCloseTo(plain(series.slice(-8_000), 100, 0.5, true).at(-40) ?? 0, 3)
  })

  test('counts for months without overflowing', () => {
    const series = Array.from({ length: 30_000 }, (_, t) => (t % 3 === 0 ? 2.1 : 0.1))
    const last = habituated(series, 100, 0.5).at(-3)
    expect(last).toBeCloseTo(plain(series.slice(-3_000), 100, 0.5).at(-3) ?? 0, 3)
  })

  test('lowers a score, and never one that has not been reached', () => {
    const memory = fresh()
    expect(habituateAlone(memory, AT, 3, 0.5)).toBe(3)
    expect(habituateAlone(memory, AT, 3, 0.5)).toBeCloseTo(3 - Math.log10(2), 6)
    expect(habituateAlone(memory, AT, 4, 0.5)).toBe(4)
    expect(habituateAlone(memory, AT, 0.49, 0.5)).toBe(0)
    expect([memory[0], memory[AT - 1], memory.at(-1)]).toEqual([0, 0, 0])
  })
})
