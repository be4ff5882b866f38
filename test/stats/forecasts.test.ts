import { describe, expect, test } from 'vitest'
import { cadenceOf, MEDIAN_WINDOW, smallerResidual } from '../../src/stats/forecasts.ts'

describe('the cadence', () => {
  test('of five minutes and less is the one the constants belong to', () => {
    for (const perDay of [288, 1_440, 86_400]) {
      expect(cadenceOf(perDay)).toEqual({ perDay, weight: 0.2, window: MEDIAN_WINDOW })
    }
  })

  test('of an hour looks back as far in time', () => {
    const { weight, window } = cadenceOf(24)
    expect(weight).toBeCloseTo(1 - 0.8 ** 12, 12)
    expect(window).toBe(3)
  })

  test('has an odd window between 3 and 11 values, and never too much weight', () => {
    for (let perDay = 1; perDay < 288; perDay++) {
      const { weight, window } = cadenceOf(perDay)
      expect(window % 2).toBe(1)
      expect(window).toBeGreaterThanOrEqual(3)
      expect(window).toBeLessThan(MEDIAN_WINDOW)
      expect(weight).toBeGreaterThan(0.2)
      expect(weight).toBeLessThanOrEqual(1)
    }
    expect(cadenceOf(0.1)).toEqual({ perDay: 1, weight: 1, window: 3 })
  })
})

test('the smaller residual keeps its sign', () => {
  expect(smallerResidual(-1, 2)).toBe(-1)
  expect(smallerResidual(3, -2)).toBe(-2)
  expect(smallerResidual(2, -2)).toBe(-2)
})
