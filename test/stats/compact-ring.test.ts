import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  replaceInRing,
  resizeRing,
  ringMedian,
  ringValue,
  ringWord,
  startRing,
} from '../../src/stats/compact-ring.ts'

const AT = 2
const MOST = 12

/** Few different values, so that many are equal. */
const values = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.float({ noNaN: true }))

test('values keep 20 bits; whole numbers of as many digits are exact', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e15, max: 1e15, noNaN: true }), (value) => {
      const held = ringValue(ringWord(value))
      expect(Math.abs(held - value)).toBeLessThanOrEqual(2 ** -20 * Math.abs(value) + 1e-38)
      expect(ringValue(ringWord(held)) + 0).toBe(held + 0)
    }),
  )
  for (const value of [0, 1, -1, 100, -1_000_000, 1_048_575]) {
    expect(ringValue(ringWord(value))).toBe(value)
  }
  expect(Object.is(ringValue(ringWord(-0)), 0)).toBe(true)
  expect(ringValue(ringWord(1e300))).toBe(2 ** 60)
  expect(ringValue(ringWord(Number.NEGATIVE_INFINITY))).toBe(-(2 ** 60))
})

test('the median is that of the last values, the first of them repeated, also when their number changes', () => {
  const steps = fc.array(fc.tuple(values, fc.integer({ min: 3, max: MOST })), { minLength: 1 })
  fc.assert(
    fc.property(values, fc.boolean(), steps, (first, steady, series) => {
      const words = new Int32Array(AT + MOST + 1).fill(77)
      let slots = MOST
      let next = 0
      let known = new Array<number>(slots).fill(ringValue(ringWord(first)))
      startRing(words, AT, slots, ringWord(first))
      for (const [value, wanted] of series) {
        if (!steady && wanted !== slots) {
          resizeRing(words, AT, slots, next, wanted)
          const padding = new Array<number>(Math.max(0, wanted - slots)).fill(known[0]!)
          known = [...padding, ...known].slice(-wanted)
          slots = wanted
          next = 0
        }
        const sorted = known.toSorted((a, b) => a - b)
        const middle = slots >> 1
        const median =
          slots % 2 === 1
            ? sorted[middle]!
            : Math.fround((sorted[middle]! + sorted[middle - 1]!) * 0.5)
        expect(ringMedian(words, AT, slots) + 0).toBe(median + 0)
        replaceInRing(words, AT, slots, next, ringWord(value))
        known = [...known.slice(1), ringValue(ringWord(value))]
        next = (next + 1) % slots
      }
      expect([words[0], words[1], words[AT + MOST]]).toEqual([77, 77, 77])
    }),
  )
})
