import { NO_SLABS } from '../../src/stats/series-slabs.ts'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BatchHandle, batchOf, newBatch, scoreColumn } from '../../src/columnar/batch.ts'
import { quantileModel } from '../../src/stats/quantile-model.ts'
import { OPEN_SUMMARY_BYTES, OpenSummary } from '../../src/stats/open-summary.ts'
import { type Summary } from '../../src/stats/summary.ts'
import { type GatherSource, roomPerMetric } from '../../src/tasks/gather.ts'
import {
  type BehaviorWork,
  runScore,
  type ScoreResult,
  type ScoreTask,
} from '../../src/tasks/score.ts'
import { bitsOf, datapoints } from '../stats/datapoints.ts'
import { METRICS, rowsWithin, SECOND_SIZE, SIZE, SUM } from '../window/rows.ts'
import { closedWindows, type GatheredRow, gathered, sourceOf } from './closed-windows.ts'

/** Two behaviors on one metric, and one each on two others. */
const WATCHED_METRICS = [SUM, SUM, SIZE, 3]

const windows = fc
  .tuple(rowsWithin(5_000, 120, true), rowsWithin(3_000, 40))
  .map(([rows, early]) => closedWindows(rows, early))

function behaviorsOf(more: Partial<BehaviorWork> = {}): BehaviorWork[] {
  return WATCHED_METRICS.map((metric, i) => ({
    metric,
    ordinal: i === 1 ? 1 : 0,
    open: i * OPEN_SUMMARY_BYTES,
    slabAt: 0,
    hoursAt: 0,
    curvesAt: 0,
    model: null,
    watched: null,
    findFirst: true,
    ...more,
  }))
}

function taskOf(source: GatherSource, more: Partial<ScoreTask> = {}): ScoreTask {
  return {
    source,
    batch: null,
    modelKind: 'quantile',
    behaviors: behaviorsOf(),
    open: new SharedArrayBuffer(WATCHED_METRICS.length * OPEN_SUMMARY_BYTES),
    slabs: NO_SLABS,
    hours: new SharedArrayBuffer(0),
    curves: NO_SLABS,
    unlearned: [],
    windowMs: 60_000,
    models: new SharedArrayBuffer(0),
    modelSet: 0,
    ...more,
  }
}

function batchFor(source: GatherSource): BatchHandle {
  const capacity = roomPerMetric(source) * source.metrics.length
  return newBatch({
    capacity,
    scoreColumns: 2,
    metrics: METRICS.length,
    sized: true,
    forecasts: false,
  })
}

function summariesIn({ open, behaviors }: ScoreTask): Summary[] {
  return behaviors.map((behavior) => new OpenSummary(open, behavior.open).close())
}

function summaryOf(rows: readonly GatheredRow[]): Summary {
  const open = new OpenSummary(new SharedArrayBuffer(OPEN_SUMMARY_BYTES))
  const values = Float64Array.from(rows, ({ values: [value] }) => value!)
  open.add(values, 0, values.length)
  return open.close()
}

const run = (task: ScoreTask): ScoreResult => runScore(task, quantileModel)

let modelSets = 0

/** One model, for the first behavior. */
function modelOf(values: readonly number[], twoSided = true) {
  const open = new OpenSummary(new SharedArrayBuffer(OPEN_SUMMARY_BYTES))
  open.add(Float64Array.from(values), 0, values.length)
  const settings = { quantiles: [0.99, 0.999, 0.9999] as const, twoSided }
  const bytes = quantileModel.fit(open.close(), settings)
  const models = new SharedArrayBuffer(bytes.length)
  new Uint8Array(models).set(bytes)
  return { bytes, models, modelSet: ++modelSets, model: { offset: 0, length: bytes.length } }
}

describe('learning from windows', () => {
  test('comes to the same from values alone and from rows', () => {
    fc.assert(
      fc.property(windows, (windows) => {
        const source = sourceOf(windows)
        const rows = gathered(source, windows.things)
        const everybody = new Uint8Array(windows.things.capacity).fill(1)
        const values = taskOf(source)
        const kept = taskOf(source, { batch: batchFor(source) })
        const passing = taskOf(source, { behaviors: behaviorsOf({ watched: everybody }) })
        const learned = taskOf(sourceOf(windows, { metrics: [SUM, SIZE, 3] }))
        const firsts = WATCHED_METRICS.map((metric) => {
          const held = rows.filter((row) => row.metric === metric).map(({ window }) => window)
          return held.length === 0 ? null : Math.min(...held)
        })
        const summaries = WATCHED_METRICS.map((metric) =>
          summaryOf(rows.filter((row) => row.metric === metric)),
        )
        for (const task of [values, kept, passing, learned]) {
          expect(run(task)).toEqual(firsts)
          expect(summariesIn(task)).toEqual(summaries)
        }
      }),
      { numRuns: 40 },
    )
  })

  test('adds to what has been learned', () => {
    fc.assert(
      fc.property(windows, fc.nat({ max: 64 }), fc.boolean(), (windows, cut, withRows) => {
        const whole = taskOf(sourceOf(windows))
        run(whole)
        const first = sourceOf(windows, { shards: [0, cut] })
        const rest = sourceOf(windows, { shards: [cut, 64] })
        const task = taskOf(first, { batch: withRows ? batchFor(first) : null })
        run(task)
        run({ ...task, source: rest, batch: withRows ? batchFor(rest) : null })
        expect(summariesIn(task)).toEqual(summariesIn(whole))
      }),
      { numRuns: 30 },
    )
  })

  test('is of watched things only, and so is the first window', () => {
    fc.assert(
      fc.property(windows, fc.integer({ min: 2, max: 4 }), fc.boolean(), (windows, one, kept) => {
        const { things } = windows
        const source = sourceOf(windows)
        const watched = Uint8Array.from({ length: things.capacity }, (_, i) => (i % one ? 0 : 1))
        const behaviors = behaviorsOf({ watched })
        const task = taskOf(source, { behaviors, batch: kept ? batchFor(source) : null })
        const rows = gathered(source, things).filter(
          ({ thing }) => watched[things.find(thing)] === 1,
        )
        const ofMetric = (metric: number): GatheredRow[] =>
          rows.filter((row) => row.metric === metric)
        expect(run(task)).toEqual(
          WATCHED_METRICS.map((metric) =>
            ofMetric(metric).reduce<number | null>(
              (first, { window }) => (first === null ? window : Math.min(first, window)),
              null,
            ),
          ),
        )
        expect(summariesIn(task)).toEqual(
          WATCHED_METRICS.map((metric) => summaryOf(ofMetric(metric))),
        )
      }),
      { numRuns: 40 },
    )
  })

  test('tells first windows only where it is asked', () => {
    const windows = closedWindows([{ thing: 'a', metric: SUM, time: 7_000, value: 1 }])
    const source = sourceOf(windows)
    const behaviors = behaviorsOf().map((behavior, i) => ({ ...behavior, findFirst: i !== 0 }))
    for (const batch of [null, batchFor(source)]) {
      expect(run(taskOf(source, { behaviors, batch }))).toEqual([null, 7, null, null])
    }
  })
})

describe('scoring windows', () => {
  test('writes the scores of each behavior with a model beside its rows', () => {
    const ordinary = Array.from({ length: 1_000 }, (_, i) => i % 100)
    const { bytes, models, modelSet, model } = modelOf(ordinary)
    fc.assert(
      fc.property(windows, (windows) => {
        const source = sourceOf(windows)
        const handle = batchFor(source)
        const behaviors = behaviorsOf().map((behavior, i) => ({
          ...behavior,
          model: i === 1 ? model : null,
        }))
        run(taskOf(source, { batch: handle, behaviors, models, modelSet }))
        const batch = batchOf(handle)
        const [from, to] = [batch.from[SUM]!, batch.to[SUM]!]
        const scores = scoreColumn(batch.s, handle.capacity, 1).subarray(from, to)
        const expected = gathered(source, windows.things)
          .filter(({ metric }) => metric === SUM)
          .map(({ values: [value] }) => quantileModel.explain(bytes, value!, 'LOW').score)
        expect([...scores]).toEqual(expected)
        expect(scoreColumn(batch.s0, handle.capacity, 1).subarray(from, to)).toEqual(scores)
        const others = scoreColumn(batch.s, handle.capacity, 0)
        expect(others.every((score) => score === 0)).toBe(true)
      }),
      { numRuns: 40 },
    )
  })

  test('comes to the same bits in WebAssembly and in plain TypeScript', () => {
    let anomalous = 0
    fc.assert(
      fc.property(windows, datapoints(1, 300), fc.boolean(), (windows, values, twoSided) => {
        const source = sourceOf(windows)
        const { models, modelSet, model } = modelOf(values, twoSided)
        const everybody = new Uint8Array(windows.things.capacity).fill(1)
        // Only the plain way knows who is watched.
        const [wasm, plain] = [null, everybody].map((watched) => {
          const behaviors = behaviorsOf({ watched, model })
          const task = taskOf(source, { batch: batchFor(source), behaviors, models, modelSet })
          const firsts = run(task)
          return { firsts, learned: summariesIn(task).map(bitsOf), rows: rowBits(task) }
        })
        expect(wasm).toEqual(plain)
        anomalous += wasm!.rows.filter(({ scores }) => scores[0]! >= 2).length
      }),
      { numRuns: 150 },
    )
    expect(anomalous).toBeGreaterThan(100)
  })
})

/** All that is known of each row, doubles as bits. */
function rowBits({ batch: handle }: ScoreTask) {
  const batch = batchOf(handle!)
  const { sizeMin, sizeSum, sizeCount } = batch
  return [...METRICS.keys()].flatMap((metric) =>
    Array.from({ length: batch.to[metric]! - batch.from[metric]! }, (_, i) => {
      const row = batch.from[metric]! + i
      const isSize = metric === SIZE || metric === SECOND_SIZE
      const sizes = isSize ? [sizeMin[row]!, sizeSum[row]!, sizeCount[row]!] : []
      const measured = [batch.value[row]!, ...sizes]
      const scores = [batch.s, batch.s0].flatMap((column) =>
        [0, 1].map((ordinal) => scoreColumn(column, handle!.capacity, ordinal)[row]!),
      )
      return {
        row,
        thing: batch.thing[row],
        window: batch.window[row],
        bits: [...new BigInt64Array(Float64Array.from(measured).buffer)],
        scores,
      }
    }),
  )
}
