import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CONFIDENCE_LEVELS, LEVEL_SCORE } from '../../src/domain/behavior.ts'
import { HOUR_MS } from '../../src/domain/time.ts'
import { fullModel } from '../../src/stats/full-model.ts'
import { LoneFleet } from '../../src/stats/lone-fleet.ts'
import { RandomStream } from '../../src/stats/random.ts'

const SEATS = 4
const DAYS = 12

/** Hourly: a noisy curve, counts, and a thing of which three days are known. */
function learned(seed: number, twoSided = true): Uint8Array {
  const random = new RandomStream(seed)
  const fleet = new LoneFleet({ seats: SEATS, windowMs: HOUR_MS, twoSided })
  let bytes: Uint8Array | null = null
  for (let day = 0; day < DAYS; day++) {
    const things = day < DAYS - 3 ? [0, 1, 2] : [0, 1, 2, 3]
    const rows = Array.from({ length: 24 * things.length }, (_, i) => i)
    const hour = (i: number): number => day * 24 + Math.floor(i / things.length)
    const columns = {
      thing: Int32Array.from(rows, (i) => things[i % things.length]!),
      window: Int32Array.from(rows, hour),
      value: Float64Array.from(rows, (i) =>
        i % things.length === 0 ? 50 + random.normal() : random.poisson(4),
      ),
      from: 0,
      to: rows.length,
      watched: null,
    }
    const column = (): Float32Array => new Float32Array(rows.length)
    fleet.advance(columns, {
      s: column(),
      s0: column(),
      mean: column(),
      median: column(),
      slow: column(),
    })
    bytes = fleet.endDay(day)
  }
  return bytes!
}

const seeds = fc.integer({ min: 1, max: 1e6 })
const points = fc.record({
  seat: fc.integer({ min: 0, max: SEATS + 600 }),
  since: fc.constant(0),
  value: fc.double({ min: -100, max: 100, noNaN: true }),
  mean: fc.float({ min: -10, max: 10, noNaN: true }),
  median: fc.float({ min: -10, max: 10, noNaN: true }),
  own: fc.constant(null),
})

describe('a verdict', () => {
  test('finds a datapoint anomalous exactly where it lies outside the range of a level', () => {
    fc.assert(
      fc.property(seeds, fc.array(points, { maxLength: 200 }), (seed, points) => {
        const model = learned(seed)
        for (const point of points) {
          const { ranges, anomalousAt, score, side } = fullModel.explain(model, point)
          for (const level of CONFIDENCE_LEVELS) {
            const { low, high } = ranges[level]
            const outside = point.value > high! || point.value < low!
            // On the edge itself single precision decides.
            const margin = 1e-5 * (1 + Math.abs(point.value))
            const near = [low!, high!].some((bound) => Math.abs(point.value - bound) < margin)
            if (!near) expect(anomalousAt.includes(level)).toBe(outside)
            expect(score >= LEVEL_SCORE[level]).toBe(anomalousAt.includes(level))
            if (outside) expect(side).toBe(point.value > high! ? 'above' : 'below')
          }
        }
      }),
      { numRuns: 5 },
    )
  })

  test('is the wider the higher the level: LOW contains MEDIUM contains HIGH', () => {
    fc.assert(
      fc.property(seeds, points, (seed, point) => {
        const { LOW, MEDIUM, HIGH } = fullModel.explain(learned(seed), point).ranges
        expect([LOW.high! <= MEDIUM.high!, MEDIUM.high! <= HIGH.high!]).toEqual([true, true])
        expect([LOW.low! >= MEDIUM.low!, MEDIUM.low! >= HIGH.low!]).toEqual([true, true])
      }),
      { numRuns: 20 },
    )
  })

  test('says by whom it was judged, and what was seen', () => {
    const model = learned(3)
    const point = { since: 0, mean: 50, median: 50.5, own: null }
    const own = fullModel.explain(model, { ...point, seat: 0, value: 90 })
    expect(own).toMatchObject({
      expected: 50.5,
      side: 'above',
      judgedBy: 'thing',
      own: { asExtreme: 0, datapoints: DAYS * 24 },
      fleet: { asExtreme: 0, datapoints: 3 * DAYS * 24 + 72 },
    })
    const young = fullModel.explain(model, { ...point, seat: 3, value: 90 })
    expect(young).toMatchObject({ judgedBy: 'fleet', own: { asExtreme: null, datapoints: 0 } })
    const usual = fullModel.explain(model, { ...point, seat: 0, value: 50 })
    expect(usual).toMatchObject({ score: 0, anomalousAt: [], own: { asExtreme: null } })
  })

  test('of what may fall freely has no lower bound', () => {
    const { ranges } = fullModel.explain(learned(4, false), {
      seat: 0,
      since: 0,
      value: -100,
      mean: 50,
      median: 50,
      own: null,
    })
    expect([ranges.LOW.low, ranges.HIGH.low]).toEqual([null, null])
    expect(fullModel.thresholds(learned(4, false)).LOW.low).toBeNull()
  })
})

test('between forecasts that are far apart, what is normal lies about the nearer one', () => {
  const point = { seat: 0, since: 0, own: null, mean: 40, median: -40 }
  const { LOW } = fullModel.explain(learned(1), { ...point, value: 10 }).ranges
  expect(LOW.low!).toBeGreaterThan(10)
  expect(LOW.high!).toBeGreaterThan(40)
  const below = fullModel.explain(learned(1), { ...point, value: -10 }).ranges.LOW
  expect(below.low!).toBeLessThan(-40)
  expect(below.high!).toBeLessThan(-10)
})

test('while hardly any thing has a tail of its own, nothing about the others is unusual', () => {
  const fleet = new LoneFleet({ seats: 2, windowMs: HOUR_MS, twoSided: true })
  const column = (): Float32Array => new Float32Array(48)
  const columns = {
    thing: Int32Array.from({ length: 48 }, (_, i) => i & 1),
    window: Int32Array.from({ length: 48 }, (_, i) => i >> 1),
    value: Float64Array.from({ length: 48 }, (_, i) => i % 5),
    from: 0,
    to: 48,
    watched: null,
  }
  fleet.advance(columns, {
    s: column(),
    s0: column(),
    mean: column(),
    median: column(),
    slow: column(),
  })
  const model = fleet.endDay(0)!
  const point = { seat: 0, since: 0, value: 1e6, mean: 2, median: 2, own: null }
  const verdict = fullModel.explain(model, point)
  expect(verdict).toMatchObject({ score: 0, anomalousAt: [] })
  expect(verdict.ranges.HIGH).toEqual({ low: null, high: null })
})
