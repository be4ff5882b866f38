import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CHANNELS, FORECASTS } from '../../src/stats/series-channels.ts'
import { RandomStream } from '../../src/stats/random.ts'
import { newVerdict, SingleSeries, START } from '../../src/stats/single-series.ts'

const FIRST = 1_767_484_800_000
const STEP = 300_000
const DAY = 288

/** A daily curve with noise and now and then a burst. */
function curve(seed: number, length: number): number[] {
  const random = new RandomStream(seed)
  return Array.from({ length }, (_, i) => {
    const burst = random.chance(0.005) ? random.between(5, 60) : 0
    return 10 * Math.sin((2 * Math.PI * i) / DAY) + random.normal() + burst
  })
}

function run(values: readonly number[], series = new SingleSeries(), from = 0): number[][] {
  return values.map((value, i) => {
    const s = series.add(FIRST + (from + i) * STEP, value)
    return [s, series.s0, ...series.channelScores]
  })
}

function greatestDifference(a: readonly number[][], b: readonly number[][]): number {
  const differences = a.flatMap((row, i) => row.map((score, k) => Math.abs(score - b[i]![k]!)))
  return differences.reduce((most, one) => Math.max(most, Number.isNaN(one) ? 0 : one), 0)
}

const seeds = fc.integer({ min: 0, max: 1e9 })

describe('laws of the single series', () => {
  test('what would have been normal lies within that of a higher level; beyond it a forecast is surprised', () => {
    let beyond = 0
    fc.assert(
      fc.property(seeds, (seed) => {
        const series = new SingleSeries()
        for (const [i, value] of curve(seed, 3 * DAY).entries()) {
          const verdict = newVerdict(true)
          if (Number.isNaN(series.add(FIRST + i * STEP, value, true, verdict))) continue
          const { low, high } = verdict
          const ascending = [low[2], low[1], low[0], high[0], high[1], high[2]] as number[]
          expect(ascending).toEqual([...ascending].sort((a, b) => a - b))
          const most = Math.max(...FORECASTS.map((channel) => series.channelScores[channel]!))
          for (const level of [0, 1, 2]) {
            if (value >= low[level]! && value <= high[level]!) continue
            beyond++
            expect(most).toBeGreaterThan(level + 2 - 1e-6)
          }
        }
      }),
      { numRuns: 10 },
    )
    expect(beyond).toBeGreaterThan(100)
  })

  test('what is not learned is judged, and is no example of what is normal', () => {
    const values = curve(7, 3 * DAY)
    const both = [new SingleSeries(), new SingleSeries()]
    const at = (i: number): number => FIRST + i * STEP
    for (const [i, value] of values.entries()) for (const one of both) one.add(at(i), value)
    for (let i = values.length; i < values.length + 30; i++) {
      const [learning, judging] = both.map((one, k) => one.add(at(i), 500, k === 0))
      expect(Math.min(learning!, judging!)).toBeGreaterThanOrEqual(0)
      if (i === values.length) expect(judging).toBe(learning)
    }
    const last = at(values.length + 30)
    for (const one of both) one.add(last, -500)
    // 500 has been seen thirty times by the one, never by the other.
    const [learning, judging] = both.map((one) => {
      one.add(last + STEP, 500)
      return one.channelScores[CHANNELS.indexOf('value')]!
    })
    expect(learning).toBeLessThan(2.5)
    expect(judging).toBeGreaterThan(learning! + 1)
  })

  test('a constant never alarms', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (constant) => {
        const scores = run(new Array<number>(4.5 * DAY).fill(constant)).slice(START)
        expect(Math.max(...scores.map(([s]) => s!))).toBe(0)
        expect(Math.max(...scores.map(([, s0]) => s0!))).toBeLessThan(0.302)
      }),
      { numRuns: 20 },
    )
  })

  /**
   * The least excess of a tail has a part of a billionth of its median, against rounding: a level far
   * from zero shows a little, and so does the unit in the spread, which is a logarithm.
   */
  test('scores do not depend on the unit, its size or its zero', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: -3, max: 15 }),
        fc.double({ min: 1, max: 10, noNaN: true }),
        fc.double({ min: -100, max: 100, noNaN: true }),
        (seed, power, digits, zero) => {
          const values = curve(seed, 5 * DAY)
          const scaled = values.map((value) => digits * 10 ** power * (value + zero))
          expect(greatestDifference(run(values), run(scaled))).toBeLessThan(1e-4)
        },
      ),
      { numRuns: 15 },
    )
  })

  test('nothing that comes later changes a score', () => {
    const values = curve(1, 4 * DAY)
    expect(run(values.slice(0, 3 * DAY))).toEqual(run(values).slice(0, 3 * DAY))
  })

  test('a checkpoint anywhere changes no bit', () => {
    const values = curve(2, 6 * DAY)
    const straight = run(values)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: values.length }), (cut) => {
        const series = new SingleSeries()
        run(values.slice(0, cut), series)
        const bytes = series.encode()
        const again = SingleSeries.decode(bytes)
        expect(again.encode()).toEqual(bytes)
        const rest = run(values.slice(cut), again, cut)
        expect(rest).toEqual(straight.slice(cut))
      }),
      { numRuns: 10 },
    )
  })

  test('a score after habituation is never above the one before, nor that above a channel', () => {
    for (const [s, s0, ...channels] of run(curve(3, 6 * DAY)).slice(START)) {
      expect(s).toBeLessThanOrEqual(s0!)
      expect(s0).toBe(Math.max(...channels))
      expect(s0).toBeLessThanOrEqual(15)
    }
  })
})

describe('the single series', () => {
  test('keeps a window of fourteen days, through a checkpoint too', () => {
    const values = curve(4, 16 * DAY)
    values.fill(1_000, 0, DAY / 2)
    const at = 15 * DAY + 100
    values[at] = 500
    values[at - 3 * DAY] = 500
    const straight = run(values)
    const series = new SingleSeries()
    run(values.slice(0, 15 * DAY), series)
    const rest = run(values.slice(15 * DAY), SingleSeries.decode(series.encode()), 15 * DAY)
    expect(rest).toEqual(straight.slice(15 * DAY))
    const value = 2 + CHANNELS.indexOf('value')
    expect(straight[at - 3 * DAY]![value]).toBeLessThan(3)
    expect(straight[at]![value]).toBeGreaterThan(4)
  })

  test('gets used to what keeps coming', () => {
    const values = curve(5, 8 * DAY)
    for (let i = 3 * DAY; i < values.length; i += 60) values[i]! += 300
    const scores = run(values)
    expect(scores[3 * DAY]![0]).toBeGreaterThan(10)
    expect(scores.at(-24)?.[0]).toBeLessThan(2)
  })

  test('sees a time of day that is not as on other days', () => {
    const values = curve(6, 12 * DAY).map((value) => Math.min(value, 12))
    const noon = 11 * DAY + DAY / 4
    for (let i = noon; i < noon + 30; i++) values[i] = values[i - DAY / 2]!
    const season = 2 + CHANNELS.indexOf('season')
    const scores = run(values).map((row) => row[season]!)
    expect(Math.max(...scores.slice(noon, noon + 30))).toBeGreaterThan(4)
    expect(scores.slice(0, 3 * DAY + START).every((score) => score === 0)).toBe(true)
  })

  test('holds values beyond what can be squared', () => {
    const values = curve(7, 3 * DAY)
    values[2 * DAY] = Number.MAX_VALUE
    values[2 * DAY + 1] = -Number.MAX_VALUE
    const scores = run(values)
    expect(scores.slice(START).flat().every(Number.isFinite)).toBe(true)
    expect(scores[2 * DAY]![0]).toBeGreaterThan(10)
  })

  test('is not begun with too little, nor from foreign bytes', () => {
    expect(() => new SingleSeries(10)).toThrow(RangeError)
    expect(() => SingleSeries.decode(new Uint8Array(64))).toThrow('not the state')
    const series = new SingleSeries()
    run(curve(8, DAY), series)
    expect(() => SingleSeries.decode(series.encode().subarray(0, 4_000))).toThrow('breaks off')
  })
})
