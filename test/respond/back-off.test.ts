import { expect, it } from 'vitest'
import { waitMs } from '../../src/respond/back-off.ts'

it('waits are half fixed, half chance, and have a longest', () => {
  const backOff = { firstMs: 100, longestMs: 1_000, attempts: 9 }
  expect([1, 2, 3, 4, 5, 1_000].map((attempt) => waitMs(attempt, backOff, 0))).toEqual([
    50, 100, 200, 400, 500, 500,
  ])
  expect(waitMs(2, backOff, 0.999)).toBe(200)
})
