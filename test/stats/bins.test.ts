import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BIN_LIMIT, binEdges, binOf, binOfHighWord } from '../../src/stats/bins.ts'

const finite: fc.Arbitrary<number> = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.integer({ min: -100_000, max: 100_000 }),
  fc.constantFrom(0, -0, Number.MIN_VALUE, -Number.MIN_VALUE, 2 ** -1_022, 2 ** -1_023),
  fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** -32, -(2 ** -32), 2 ** 64, -(2 ** 64)),
)

/** Within reach: neither in the bin of zero nor beyond the outermost ones. */
const ordinary = fc.double({ min: 2 ** -32, max: 2 ** 64, maxExcluded: true, noNaN: true })

describe('bins', () => {
  test('keep the order of values', () => {
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        const [low, high] = a <= b ? [a, b] : [b, a]
        expect(binOf(low)).toBeLessThanOrEqual(binOf(high))
      }),
      { numRuns: 2_000 },
    )
  })

  test('of a value and its negative mirror each other', () => {
    fc.assert(
      fc.property(finite, (value) => {
        expect(binOf(-value) + binOf(value)).toBe(0)
      }),
    )
  })

  test('are no wider than 2^-11 of their values, and hold them between their edges', () => {
    fc.assert(
      fc.property(ordinary, fc.boolean(), (magnitude, negative) => {
        const bin = binOf(negative ? -magnitude : magnitude)
        const [inner, outer] = binEdges(bin)
        expect(bin < 0).toBe(negative)
        expect(inner).toBeLessThanOrEqual(magnitude)
        expect(outer).toBeGreaterThan(magnitude)
        expect(outer - inner).toBeLessThanOrEqual(inner * 2 ** -11)
      }),
      { numRuns: 2_000 },
    )
  })

  test('begin and end exactly at their edges', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: BIN_LIMIT - 1 }), (bin) => {
        const [inner, outer] = binEdges(bin)
        expect(binOf(inner)).toBe(bin)
        expect(binOf(outer)).toBe(bin + 1)
        expect(binEdges(-bin)).toEqual([inner, outer])
      }),
    )
  })

  test('zero and what is next to it share bin 0', () => {
    for (const value of [0, -0, Number.MIN_VALUE, -Number.MIN_VALUE, 2 ** -33, -(2 ** -33)]) {
      expect(Object.is(binOf(value), 0)).toBe(true)
    }
    expect(binEdges(0)).toEqual([0, 2 ** -32])
    expect(binOf(2 ** -32)).toBe(1)
    expect(binOf(-(2 ** -32))).toBe(-1)
  })

  test('everything from 2^64 on shares the outermost bins', () => {
    for (const value of [2 ** 64, 1e300, Number.MAX_VALUE]) {
      expect(binOf(value)).toBe(BIN_LIMIT)
      expect(binOf(-value)).toBe(-BIN_LIMIT)
    }
  })

  test('follow from the upper word of the double alone', () => {
    fc.assert(
      fc.property(finite, (value) => {
        const view = new DataView(new ArrayBuffer(8))
        view.setFloat64(0, value)
        expect(binOfHighWord(view.getInt32(0))).toBe(binOf(value))
      }),
    )
  })
})
