import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { NumberLog } from '../../src/stats/number-log.ts'
import { OrderedWindow } from '../../src/stats/ordered-window.ts'

/** Few different numbers, so that many are equal. */
const numbers = fc.array(
  fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
  { maxLength: 150 },
)

function ordered(window: OrderedWindow): number[] {
  return Array.from({ length: window.count }, (_, rank) => window.at(rank))
}

function ascending(values: readonly number[]): number[] {
  return values.map((value) => value + 0).sort((a, b) => a - b)
}

test('holds the last numbers in order, and knows the ranks of any', () => {
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 60 }), (series, size) => {
      const window = new OrderedWindow(size)
      for (const [i, number] of series.entries()) {
        const below = window.below(number)
        const before = series.slice(Math.max(0, i - size), i)
        expect(below).toBe(before.filter((other) => other < number).length)
        const notAbove = before.filter((other) => other <= number).length
        expect(window.notAbove(number, below)).toBe(notAbove)
        window.add(number, below)
        const now = series.slice(Math.max(0, i + 1 - size), i + 1)
        expect(ordered(window).map((value) => value + 0)).toEqual(ascending(now))
      }
    }),
  )
})

test('goes on from its bytes as if nothing had been', () => {
  fc.assert(
    fc.property(numbers, numbers, fc.integer({ min: 1, max: 60 }), (before, after, size) => {
      const window = new OrderedWindow(size)
      for (const number of before) window.add(number)
      const log = NumberLog.empty()
      window.save(log)
      const again = new OrderedWindow(size)
      again.load(NumberLog.of(log.toBytes()))
      for (const number of after) {
        window.add(number)
        again.add(number)
      }
      const [now, then] = [again, window].map((one) => ordered(one).map((value) => value + 0))
      expect(now).toEqual(then)
    }),
  )
})
