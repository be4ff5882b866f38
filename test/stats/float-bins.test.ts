import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BIN_VALUE, binValue, floatBin, LARGEST, LEAST_BIN } from '../../src/stats/float-bins.ts'

const finite = fc.oneof(
  fc.float({ min: -LARGEST, max: LARGEST, noNaN: true }),
  fc.float({ min: -1e3, max: 1e3, noNaN: true }),
  fc.constantFrom(0, -0, 2 ** -40, -(2 ** -40), 2 ** -41, LARGEST, -LARGEST),
)

describe('float bins', () => {
  test('keep the order of values', () => {
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        const [low, high] = a <= b ? [a, b] : [b, a]
        expect(floatBin(low)).toBeLessThanOrEqual(floatBin(high))
      }),
      { numRuns: 2_000 },
    )
  })

  test('are within a quarter of a percent of their values, and mirror each other', () => {
    fc.assert(
      fc.property(finite, (value) => {
        const bin = floatBin(value)
        if (Math.abs(value) < 2 ** -40) expect(bin).toBe(0)
        else {
          expect(Math.abs(binValue(bin) - value)).toBeLessThanOrEqual(Math.abs(value) * 0.002)
          expect(floatBin(-value)).toBe(~bin)
          expect(floatBin(binValue(bin))).toBe(bin)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('leave the numbers beside zero to nobody', () => {
    expect(floatBin(2 ** -40)).toBe(LEAST_BIN)
    expect([floatBin(0), floatBin(-0), binValue(0)]).toEqual([0, 0, 0])
    expect(floatBin(2 * LARGEST)).toBeLessThan(32_767)
    expect(BIN_VALUE.every(Number.isFinite)).toBe(true)
  })
})
