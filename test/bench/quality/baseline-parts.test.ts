import { describe, expect, test } from 'vitest'
import { Excesses } from '../../../bench/quality/baselines/excesses.ts'
import { TrailingMoments } from '../../../bench/quality/baselines/moments.ts'
import { midRank, rankScore } from '../../../bench/quality/baselines/ranks.ts'
import {
  driftResiduals,
  ewmaResiduals,
  holtWintersResiduals,
} from '../../../bench/quality/baselines/residuals.ts'
import { datapointsPerDay } from '../../../bench/quality/cadence.ts'
import { fleetDays, rowsBefore } from '../../../bench/quality/days.ts'
import { noisyFleet, seriesOf, START } from './fleets.ts'

test('trailing moments are those of the last numbers, also behind huge ones', () => {
  const numbers = [...noisyFleet(500)[1]!.value]
  numbers[100] = 1e9
  const moments = new TrailingMoments(24)
  numbers.forEach((number, i) => {
    moments.add(number)
    const last = numbers.slice(Math.max(0, i - 23), i + 1)
    const mean = last.reduce((a, b) => a + b) / last.length
    const variance = last.reduce((sum, x) => sum + (x - mean) ** 2, 0) / last.length
    if (last.includes(1e9)) return
    expect(moments.count).toBe(last.length)
    expect(moments.mean).toBeCloseTo(mean, 9)
    expect(moments.sd).toBeCloseTo(Math.sqrt(variance), 6)
  })
})

test('moments of a constant have no spread', () => {
  const moments = new TrailingMoments(3)
  for (let i = 0; i < 10; i++) moments.add(0.1)
  expect(moments.sd).toBeCloseTo(0, 12)
})

describe('residuals', () => {
  test('from the exponentially weighted mean', () => {
    expect([...ewmaResiduals(0.5)(seriesOf([1, 3, 3, 0]))]).toEqual([0, 2, 1, -2.5])
  })

  test('from the mean of the last values', () => {
    expect([...driftResiduals(2)(seriesOf([1, 3, 3, 0, 5]))]).toEqual([0, 2, 1, -3, 3.5])
  })

  test('from a season of 24 hours that is learned in one day', () => {
    const cycle = Array.from({ length: 3 * 288 }, (_, i) => i % 288)
    const residuals = holtWintersResiduals(0.2, 0.1)(seriesOf(cycle))
    expect(Math.max(...residuals.map(Math.abs))).toBeLessThan(1e-9)
    cycle[600] = 1_000
    const struck = holtWintersResiduals(0.2, 0.1)(seriesOf(cycle))
    expect(struck[600]).toBeCloseTo(1_000 - 24, 9)
    expect(struck[601]).toBeCloseTo(-0.2 * (1_000 - 24), 9)
  })
})

describe('excesses', () => {
  test('of an exponential have its tail', () => {
    const excesses = new Excesses()
    for (let i = 0; i < 10_000; i++) excesses.add(-2 * Math.log((i + 0.5) / 10_000))
    expect(excesses.surprise(2 * Math.LN10 * 3)).toBeCloseTo(3, 1)
  })

  test('of a heavy tail are surprised less', () => {
    const excesses = new Excesses()
    for (let i = 0; i < 100_000; i++) excesses.add((((i + 0.5) / 100_000) ** -0.3 - 1) / 0.3)
    expect(excesses.surprise((1_000 ** 0.3 - 1) / 0.3)).toBeCloseTo(3, 0)
  })

  test('that were all 0 are surprised without bounds', () => {
    const excesses = new Excesses()
    excesses.add(0)
    expect(excesses.surprise(1)).toBe(Number.POSITIVE_INFINITY)
  })
})

test('a rank counts equals half, and a score looks at the nearer side', () => {
  const ascending = Float64Array.of(1, 2, 2, 2, 9)
  expect([0, 1, 2, 3, 9, 10].map((value) => midRank(ascending, value))).toEqual([
    0, 0.5, 2.5, 4, 4.5, 5,
  ])
  expect(rankScore(ascending, 2)).toBeCloseTo(-Math.log10(3 / 6), 12)
  expect(rankScore(ascending, 10)).toBe(rankScore(ascending, 0))
})

test('the days of a fleet run from its first to its last, whoever has rows in them', () => {
  const late = seriesOf([1, 2, 3])
  late.time.set([START + 86_400_000 - 1, START + 86_400_000, START + 3 * 86_400_000])
  const days = fleetDays([seriesOf([1, 2]), late])
  expect(days.map(({ from, to }) => [...from, ...to])).toEqual([
    [0, 0, 2, 1],
    [2, 1, 2, 2],
    [2, 2, 2, 2],
    [2, 2, 2, 3],
  ])
  expect(rowsBefore(days, 3, 2, 1)).toEqual([1, 2])
  expect(rowsBefore(days, 3, 14, 1)).toEqual([0, 2])
})

test('where a clock was set back, rows stay on the day that had begun', () => {
  const series = seriesOf([1, 2, 3, 4])
  series.time.set([0, 86_400_000, 86_399_999, 86_400_001].map((time) => START + time))
  expect(fleetDays([series]).map(({ from, to }) => [from[0], to[0]])).toEqual([
    [0, 1],
    [1, 4],
  ])
})

test('a cadence is the usual step, whatever gaps there are', () => {
  const series = seriesOf(new Float64Array(10))
  expect(datapointsPerDay(series)).toBe(288)
  series.time[9] = START + 1e9
  expect(datapointsPerDay(series)).toBe(288)
  expect(datapointsPerDay(seriesOf([1]))).toBe(1)
})
