import { expect, test } from 'vitest'
import { firstAtLeast } from '../../../bench/quality/order.ts'
import { type Detector, scoreSet, type Series } from '../../../bench/quality/series.ts'

function series(thing: string, metric: string): Series {
  const column = Float64Array.of(1)
  return { thing, metric, time: column, value: column, anomalies: [], ignored: [], from: 0 }
}

test('a detector sees all series of a metric together, and its columns find their way back', () => {
  const set = [series('a', 'm'), series('a', 'n'), series('b', 'm')]
  const fleets: string[] = []
  const detector: Detector = {
    name: 'places',
    calibrated: false,
    score: (fleet) => {
      fleets.push(fleet.map(({ thing, metric }) => thing + metric).join(' '))
      return fleet.map((_, i) => Float64Array.of(fleets.length * 10 + i))
    },
  }
  expect(scoreSet(set, detector).map(([score]) => score)).toEqual([10, 20, 11])
  expect(fleets).toEqual(['am bm', 'an'])
})

test.each([
  [0, 0],
  [1, 0],
  [2, 1],
  [3, 1],
  [4, 3],
])('the first position from %d on', (bound, position) => {
  expect(firstAtLeast(Float64Array.of(1, 3, 3), bound)).toBe(position)
})
