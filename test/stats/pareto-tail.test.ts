import { describe, expect, test } from 'vitest'
import {
  fleetCap,
  ownCap,
  rarity,
  steepnessOf,
  tailScore,
  tailSize,
  XI,
} from '../../src/stats/pareto-tail.ts'

describe('the tail', () => {
  test('is 2 % of the values, ten at least, never all', () => {
    expect([200, 500, 4_032, 11, 2].map(tailSize)).toEqual([10, 10, 80, 10, 1])
  })

  test('starts at the score of its quantile and falls as a generalized Pareto distribution', () => {
    const base = rarity(80, 4_032)
    expect(base).toBeCloseTo(-Math.log10(80.5 / 4_033), 12)
    for (const [meanExcess, excess] of [
      [1, 0],
      [2, 5],
      [0.01, 3],
    ] as const) {
      const survival = (1 + (XI * excess) / (meanExcess * (1 - XI))) ** (-1 / XI)
      const expected = base - Math.log10(survival)
      expect(tailScore(base, excess, steepnessOf(meanExcess))).toBeCloseTo(expected, 9)
    }
  })

  test('is capped by what was seen', () => {
    expect(ownCap(3, 1_000)).toBeCloseTo(Math.log10(1_001 / 3.5) + 0.5, 12)
    expect(fleetCap(1.7, 7, 100)).toBeCloseTo(1.7 + Math.log10(101 / 7.5) + 0.3, 12)
  })
})
