import { expect, test } from 'vitest'
import { deviceScores } from '../../../bench/quality/device-scores.ts'
import { FleetScorer } from '../../../bench/quality/fleet-score.ts'
import type { Device, Labelled } from '../../../bench/quality/series.ts'
import golden from './fleet-golden.json' with { type: 'json' }
import { labelledFleet } from './labelled-fleet.ts'

const { series, scores } = labelledFleet()

/** All that the golden numbers cover, in their form. */
function measures(scorer: FleetScorer): typeof golden.fleet {
  const level = (threshold: number) => ({
    falseRate: scorer.falseRate(threshold),
    recall: scorer.recall(threshold),
    delay: scorer.medianDelay(threshold),
  })
  const recallAt = Object.keys(golden.fleet.recallAt).map((rate) => [
    rate,
    scorer.recallAt(Number(rate)),
  ])
  return {
    days: scorer.days,
    events: scorer.events,
    ap: scorer.averagePrecision,
    recallAt: Object.fromEntries(recallAt) as typeof golden.fleet.recallAt,
    ...scorer.bestF1(),
    levels: { '4.0': level(4), '3.0': level(3), '2.0': level(2) },
  }
}

function expectClose(actual: unknown, wanted: unknown, path = ''): void {
  if (typeof wanted === 'number') {
    expect(actual, path).toBeCloseTo(wanted, 12)
    return
  }
  expect(Object.keys(actual as object).sort()).toEqual(Object.keys(wanted as object).sort())
  for (const [key, value] of Object.entries(wanted as object)) {
    expectClose((actual as Record<string, unknown>)[key], value, `${path}.${key}`)
  }
}

test('the measures of a fleet are those of the reference', () => {
  expectClose(measures(new FleetScorer(series, scores)), golden.fleet)
})

test('the measures of its things as wholes too', () => {
  const devices = [0, 1, 2, 3].map((i): Device => {
    const { thing, time, anomalies, from } = series[i]!
    return {
      thing,
      time,
      anomalies,
      from,
      ignored: [],
      series: [i, i + 4],
      aligned: true,
    }
  })
  const columns = devices.map((device) => deviceScores(device, series, scores))
  expectClose(measures(new FleetScorer(devices, columns)), golden.devices)
})

const HOUR = 3_600_000

/** Two hours of 12 rows each, then `rows - 24` more; one labelled stretch. */
function oneSeries(rows: number, first: number, last: number): Labelled {
  const time = Float64Array.from({ length: rows }, (_, i) => (i * HOUR) / 12)
  return { time, anomalies: [[first, last]], ignored: [], from: 0 }
}

test('many detections in one hour are one false alarm', () => {
  const series = oneSeries(100, 90, 95)
  const scores = new Float64Array(100)
  scores.fill(3, 0, 12)
  const scorer = new FleetScorer([series], [scores])
  expect(scorer.falseRate(3) * scorer.days).toBeCloseTo(1, 9)
  expect(scorer.recall(3)).toBe(0)
  expect(scorer.medianDelay(3)).toBeNaN()
})

test.each([
  ['two rows before the label', 48, 1, 0],
  ['three rows before it', 47, 0, 1],
  ['in it', 53, 1, 0],
  ['two rows behind it', 57, 1, 0],
  ['three rows behind it', 58, 0, 0],
  ['twelve rows behind it', 67, 0, 0],
  ['thirteen rows behind it', 68, 0, 1],
])('a detection %s', (_, row, recall, falseHours) => {
  const scores = new Float64Array(100)
  scores[row] = 2
  const scorer = new FleetScorer([oneSeries(100, 50, 55)], [scores])
  expect(scorer.recall(2)).toBe(recall)
  expect(scorer.falseRate(2) * scorer.days).toBeCloseTo(falseHours, 9)
})

test('labels to ignore are neither hits nor false alarms', () => {
  const series = { ...oneSeries(100, 50, 55), ignored: [[10, 20]] as const }
  const scores = new Float64Array(100)
  scores[15] = 9
  const scorer = new FleetScorer([series], [scores])
  expect(scorer.recall(2)).toBe(0)
  expect(scorer.falseRate(2)).toBe(0)
})

test('a score that is missing is no score', () => {
  const scores = new Float64Array(100).fill(Number.NaN)
  const scorer = new FleetScorer([oneSeries(100, 50, 55)], [scores])
  expect(scorer.falseRate(0.1)).toBe(0)
  expect(scorer.bestF1()).toEqual({ f1: 0, precision: 0, recall: 0 })
})

test('metrics with moments of their own meet on the moments of all', () => {
  const at = (...time: number[]) => Float64Array.from(time)
  const common = { anomalies: [], ignored: [], from: 0, thing: 't', metric: 'm' }
  const two = [
    { ...common, time: at(0, 10, 20), value: at(0, 0, 0) },
    { ...common, time: at(5, 10), value: at(0, 0) },
  ]
  const device = { ...common, time: at(0, 5, 10, 20), series: [0, 1], aligned: false }
  const highest = deviceScores(device, two, [at(1, 2, Number.NaN), at(4, 1)])
  expect([...highest]).toEqual([1, 4, 2, 0])
})
