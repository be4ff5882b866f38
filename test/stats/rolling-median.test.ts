import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { insertInOrder, medianInOrder, replaceInOrder } from '../../src/stats/rolling-median.ts'

/** Few different values, so that many are equal. */
const values = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.float({ noNaN: true })), {
  minLength: 1,
  maxLength: 60,
})

test('the median of the last values is that of the sorted window, in single and double precision', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 13 }), fc.boolean(), (series, size, double) => {
      const at = 2
      const column = double ? new Float64Array(size + 4) : new Float32Array(size + 4)
      const rounded = series.map((value) => (double ? value : Math.fround(value)))
      for (const [i, value] of rounded.entries()) {
        if (i < size) insertInOrder(column, at, i, value)
        else replaceInOrder(column, at, size, rounded[i - size]!, value)
        const window = rounded.slice(Math.max(0, i + 1 - size), i + 1).sort((a, b) => a - b)
        const kept = [...column.subarray(at, at + window.length)]
        expect(kept.map((v) => v + 0)).toEqual(window.map((v) => v + 0))
        const middle = window.length >> 1
        const median =
          window.length % 2 === 1 ? window[middle]! : (window[middle - 1]! + window[middle]!) * 0.5
        expect(medianInOrder(column, at, window.length) + 0).toBe(median + 0)
      }
      expect([column[0], column[1]]).toEqual([0, 0])
    }),
  )
})
