/** From columns to alarms on one thread: windows, gathering, learning, scoring, folding. */
import { NO_SLABS } from '../../src/stats/series-slabs.ts'
import { type BatchHandle, batchOf, newBatch, scoreColumn } from '../../src/columnar/batch.ts'
import { foldRun } from '../../src/detect/alarms.ts'
import { newDetector } from '../../src/detect/detector.ts'
import { packModels } from '../../src/detect/model-pack.ts'
import type { WorkerPool } from '../../src/detect/pool.ts'
import { ML_METRICS } from '../../src/domain/metric.ts'
import { ALL_THINGS } from '../../src/domain/targets.ts'
import { DEFAULT_WINDOW_MS } from '../../src/domain/time.ts'
import type { FittedModel } from '../../src/stats/model.ts'
import { OPEN_SUMMARY_BYTES } from '../../src/stats/open-summary.ts'
import { quantileModel } from '../../src/stats/quantile-model.ts'
import { runFit } from '../../src/tasks/fit.ts'
import { type GatherSource, gatherRows, roomPerMetric } from '../../src/tasks/gather.ts'
import { runScore, type ScoreTask } from '../../src/tasks/score.ts'
import { pagesOf } from '../../src/window/lanes.ts'
import { SHARDS, Things } from '../../src/window/things.ts'
import { Windower } from '../../src/window/windower.ts'
import { NO_DEFINITIONS } from '../../src/domain/definitions.ts'
import { benchProfile, trainingSettings } from '../sides/ours-settings.ts'
import type { StageRows } from './rows.ts'
import type { Stage } from './stage.ts'

const METRICS = ML_METRICS.length
const SIZE_METRIC = ML_METRICS.findIndex(({ aggregation }) => aggregation === 'size')
const { quantiles, modelKind } = trainingSettings
const SETTINGS = { quantiles, twoSided: false }
const LATER_MS: number = 1_000 * DEFAULT_WINDOW_MS

export async function routeStages(
  { builder, rows }: StageRows,
  pool: WorkerPool,
): Promise<Stage[]> {
  const chunk = builder.chunk()
  const windower = (): Windower => new Windower(DEFAULT_WINDOW_MS, ML_METRICS, new Things())
  const filled = windower()
  filled.fill(chunk)
  const panes = filled.close(Number.POSITIVE_INFINITY)
  const source: GatherSource = {
    panes: panes.map((pane) => pane.handle),
    pages: pagesOf(filled.things, { shardFrom: 0, shardTo: SHARDS }),
    metrics: [...ML_METRICS.keys()],
    sizeMetrics: [SIZE_METRIC],
  }
  const capacity = roomPerMetric(source) * METRICS
  const handle = newBatch({
    capacity,
    scoreColumns: 1,
    metrics: METRICS,
    sized: true,
    forecasts: false,
  })
  const batch = batchOf(handle)
  const learn = taskOf(source, null, [])
  runScore(learn, quantileModel)
  const models = learn.behaviors.map(({ open }) => modelOf(learn.open, open))
  const score = taskOf(source, handle, models)
  const { detector, context } = alarms(pool, filled.things)
  const reused = windower()
  const later = { ...chunk, time: chunk.time.slice() }
  const stage = (name: string, variant: string, work: () => number | Promise<number>): Stage => ({
    name,
    rows,
    variants: [{ name: variant, work }],
  })
  return [
    {
      name: 'window',
      rows,
      variants: [
        {
          name: 'fill and close',
          // Later each time: the windows are new ones, in memory that is used again.
          before: () => {
            for (let i = 0; i < rows; i++) later.time[i]! += LATER_MS
          },
          work: () => {
            reused.fill(later) // oxlint-disable-line unicorn/no-array-fill-with-reference-type
            const closed = reused.close(Math.floor(later.time[rows - 1]! / DEFAULT_WINDOW_MS) + 1)
            const count = closed.reduce((total, pane) => total + pane.filled, 0)
            for (const pane of closed) reused.recycle(pane)
            return count
          },
        },
      ],
    },
    stage('gather', 'windows to rows', () => {
      gatherRows(source, batch)
      return batch.to[0]!
    }),
    stage('learn', 'gather values and summarize', () => {
      runScore(learn, quantileModel)
      return rows
    }),
    stage('score', 'gather rows, summarize and score', () => {
      runScore(score, quantileModel)
      return rows
    }),
    stage('hand-over', 'learn on a thread', async () => {
      await pool.run('score', learn)
      return rows
    }),
    stage('fold', '13 behaviors', () => {
      const s = scoreColumn(batch.s, capacity, 0)
      const s0 = scoreColumn(batch.s0, capacity, 0)
      let rows = 0
      for (const watch of detector.watches) {
        watch.reserve(filled.things.capacity)
        const model = models[watch.metricIndex]!
        const from = batch.from[watch.metricIndex]!
        const to = batch.to[watch.metricIndex]!
        foldRun(
          watch,
          { batch, from, to, s, s0, measured: batch.value, lists: null, model },
          context,
        )
        rows += to - from
      }
      return rows
    }),
    {
      name: 'fit',
      rows: METRICS,
      variants: [{ name: 'per behavior, after the first day', work: () => fitAll(learn) }],
    },
  ]
}

function taskOf(
  source: GatherSource,
  batch: BatchHandle | null,
  fitted: readonly FittedModel[],
): ScoreTask {
  const { memory: models, number: modelSet, places } = packModels(fitted)
  return {
    source,
    batch,
    modelKind,
    behaviors: ML_METRICS.map((_, metric) => ({
      metric,
      ordinal: 0,
      open: metric * OPEN_SUMMARY_BYTES,
      slabAt: 0,
      hoursAt: 0,
      curvesAt: 0,
      model: places[metric] ?? null,
      watched: null,
      findFirst: false,
    })),
    open: new SharedArrayBuffer(METRICS * OPEN_SUMMARY_BYTES),
    slabs: NO_SLABS,
    hours: new SharedArrayBuffer(0),
    curves: NO_SLABS,
    unlearned: [],
    windowMs: DEFAULT_WINDOW_MS,
    models,
    modelSet,
  }
}

/** On a copy: a fit empties the summaries it is given. */
function modelOf(memory: SharedArrayBuffer, at: number): FittedModel {
  const task = {
    modelKind,
    open: [memory.slice(at, at + OPEN_SUMMARY_BYTES)],
    openAt: 0,
    earlier: [],
    settings: SETTINGS,
  }
  const { model, datapoints } = runFit(task, quantileModel)
  return { kind: modelKind, refreshed: 0, datapoints, bytes: model!, lone: false }
}

function fitAll({ behaviors, open }: ScoreTask): number {
  return behaviors.reduce((total, { open: at }) => total + modelOf(open, at).bytes.length, 0)
}

function alarms(pool: WorkerPool, things: Things) {
  const detector = newDetector(
    {
      profiles: [benchProfile()],
      targets: ALL_THINGS,
      windowMs: DEFAULT_WINDOW_MS,
      training: trainingSettings,
      batchRows: 131_072,
      maxThings: Number.POSITIVE_INFINITY,
      learnOnly: false,
      maintenance: [],
      definitions: NO_DEFINITIONS,
    },
    pool,
  )
  return {
    detector,
    context: { windowMs: DEFAULT_WINDOW_MS, things, emit() {}, emitMeasured() {}, continues() {} },
  }
}
