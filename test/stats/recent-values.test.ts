import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { NumberLog } from '../../src/stats/number-log.ts'
import { RecentValues } from '../../src/stats/recent-values.ts'

const SIZE = 20
const WINDOWS = [1, 3, 12, 20]
const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 70 })

function ofAll(recent: RecentValues): number[] {
  return WINDOWS.flatMap((length, i) => [
    recent.median(i),
    recent.mean(length),
    recent.variance(length),
  ])
}

/** The same by going over the values. */
function plain(series: readonly number[]): number[] {
  return WINDOWS.flatMap((length) => {
    const last = series.slice(-length)
    const sorted = last.toSorted((a, b) => a - b)
    const half = sorted.length >> 1
    const median = sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
    const mean = last.reduce((sum, value) => sum + value, 0) / last.length
    const variance = last.reduce((sum, value) => sum + (value - mean) ** 2, 0) / last.length
    return [median, mean, variance]
  })
}

test('medians, means and variances are those of the last values', () => {
  fc.assert(
    fc.property(values, (series) => {
      const recent = new RecentValues(SIZE, WINDOWS)
      for (const [i, value] of series.entries()) {
        recent.add(value)
        const expected = plain(series.slice(0, i + 1))
        ofAll(recent).forEach((number, k) => {
          expect(number).toBeCloseTo(expected[k]!, 9)
        })
      }
    }),
  )
})

test('a level far from zero leaves the variance what it is, and equal values have none', () => {
  const recent = new RecentValues(SIZE)
  for (let i = 0; i < 40; i++) recent.add(1e9 + (i % 2) / 1_024)
  expect(recent.variance(10)).toBe(0.25 / 1_024 ** 2)
  for (let i = 0; i < 10; i++) recent.add(0.1)
  expect(recent.variance(10)).toBe(0)
})

test('goes on from its bytes as if nothing had been', () => {
  fc.assert(
    fc.property(values, values, (before, after) => {
      const recent = new RecentValues(SIZE, WINDOWS)
      for (const value of before) recent.add(value)
      const log = NumberLog.empty()
      recent.save(log)
      const again = new RecentValues(SIZE, WINDOWS)
      again.load(NumberLog.of(log.toBytes()))
      for (const value of after) {
        recent.add(value)
        again.add(value)
        expect(ofAll(again)).toEqual(ofAll(recent))
      }
    }),
  )
})
