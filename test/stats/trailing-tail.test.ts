import { describe, expect, test } from 'vitest'
import { OrderedWindow } from '../../src/stats/ordered-window.ts'
import { RandomStream } from '../../src/stats/random.ts'
import { trailingScore } from '../../src/stats/trailing-tail.ts'

function windowOf(values: readonly number[]): OrderedWindow {
  const window = new OrderedWindow(values.length)
  for (const value of values) window.add(value)
  return window
}

function score(values: readonly number[], x: number): number {
  const window = windowOf(values)
  return trailingScore(window, x, window.below(x))
}

const random = new RandomStream(5)
const normal = Array.from({ length: 1_000 }, () => random.normal())
const heavy = Array.from({ length: 1_000 }, () => random.pareto(3))

describe('a score by the series itself', () => {
  test('inside the quantiles is the rank from the nearer side, ties counting half', () => {
    const values = [...Array.from({ length: 99 }, (_, i) => i), 50, 50]
    expect(score(values, 50)).toBeCloseTo(-Math.log10((49.5 + 0.5) / 102), 12)
    expect(score(values, 20.5)).toBeCloseTo(-Math.log10((21 + 0.5) / 102), 12)
    expect(score(values, 80)).toBeCloseTo(-Math.log10((18.5 + 0.5) / 102), 12)
  })

  test('beyond them is the generalized Pareto tail of the excesses, with their shape', () => {
    for (const values of [normal, heavy]) {
      const descending = values.toSorted((a, b) => b - a)
      const quantile = descending[20]!
      const excesses = descending.slice(0, 20).map((value) => value - quantile)
      const mean = excesses.reduce((sum, e) => sum + e, 0) / 20
      const variance = excesses.reduce((sum, e) => sum + (e - mean) ** 2, 0) / 20
      const xi = Math.min(Math.max(0.5 * (1 - mean ** 2 / variance), 0), 0.5)
      const sigma = mean * (1 - xi)
      for (const excess of [0.01, 1, 3]) {
        const fall =
          xi > 0 ? Math.log10(1 + (xi * excess) / sigma) / xi : excess / sigma / Math.LN10
        const expected = -Math.log10(20.5 / 1_001) + fall
        expect(score(values, quantile + excess)).toBeCloseTo(expected, 6)
      }
    }
  })

  test('is the same for both sides', () => {
    const mirrored = heavy.map((value) => -value)
    for (const x of [1, 1.2, 3, 9, 40]) {
      expect(score(mirrored, -x)).toBeCloseTo(score(heavy, x), 9)
    }
  })

  test('rises with distance, up to 15', () => {
    const scores = [2, 3, 4, 8, 1_000].map((x) => score(normal, x))
    expect(scores.toSorted((a, b) => a - b)).toEqual(scores)
    expect(scores.at(-1)).toBe(15)
  })

  test('where the tail is one value asks the body how far is far', () => {
    const flat = Array.from({ length: 500 }, (_, i) => Math.min(i % 100, 60))
    expect(score(flat, 60)).toBeLessThan(1)
    expect(score(flat, 60.1)).toBeLessThan(2)
    expect(score(flat, 75)).toBeGreaterThan(10)
  })

  test('of a constant is beyond everything only for what is not it', () => {
    const constant = new Array<number>(200).fill(7)
    expect(score(constant, 7)).toBeCloseTo(-Math.log10(100.5 / 201), 12)
    expect(score(constant, 7.001)).toBe(15)
  })
})
