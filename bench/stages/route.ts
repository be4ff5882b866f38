/** From columns to alarms on one thread: windows, batches, learning, scoring, folding. */
import { BatchSlot, scoreColumn } from '../../src/columnar/batch.ts'
import { foldRun } from '../../src/detect/alarms.ts'
import { newDetector } from '../../src/detect/detector.ts'
import type { WorkerPool } from '../../src/detect/pool.ts'
import { ML_METRICS } from '../../src/domain/metric.ts'
import { ALL_THINGS } from '../../src/domain/targets.ts'
import { DEFAULT_WINDOW_MS } from '../../src/domain/time.ts'
import type { FittedModel } from '../../src/stats/model.ts'
import { OPEN_SUMMARY_BYTES } from '../../src/stats/summary.ts'
import { runFit } from '../../src/tasks/fit.ts'
import { runScore, type ScoreTask } from '../../src/tasks/score.ts'
import { fillBatch } from '../../src/window/batcher.ts'
import type { Pane } from '../../src/window/pane.ts'
import { SHARDS, Things } from '../../src/window/things.ts'
import { Windower } from '../../src/window/windower.ts'
import { benchProfile, trainingSettings } from '../sides/ours-settings.ts'
import type { StageRows } from './rows.ts'
import { type Stage, sum } from './stage.ts'

const METRICS = ML_METRICS.length
const FORGET_AFTER = 4_032
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
  const slot = new BatchSlot(rows, 1, SHARDS, METRICS)
  fill(slot, panes, filled)
  const learn = taskOf(slot, null)
  runScore(learn)
  const models = learn.behaviors.map(({ open }) => modelOf(learn.open, open))
  const score = taskOf(slot, models)
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
    stage('batch', 'from windows', () => {
      fill(slot, panes, filled)
      return sum(slot.batch.value, slot.batch.rows)
    }),
    stage('summarize', 'quantile', () => {
      runScore(learn)
      return slot.batch.rows
    }),
    stage('summarize and score', 'quantile', () => {
      runScore(score)
      return slot.batch.rows
    }),
    stage('hand-over', 'summarize on a thread', async () => {
      await pool.run('score', learn)
      return slot.batch.rows
    }),
    stage('fold', '13 behaviors', () => {
      const { s, s0, value: measured, runs } = slot.batch
      let rows = 0
      for (const watch of detector.watches) {
        watch.reserve(filled.things.capacity)
        const model = models[watch.metricIndex]!
        for (let shard = 0; shard < SHARDS; shard++) {
          const from = runs[watch.metricIndex * SHARDS + shard]!
          const to = runs[watch.metricIndex * SHARDS + shard + 1]!
          foldRun(
            watch,
            {
              batch: slot.batch,
              from,
              to,
              s: scoreColumn(s, slot.capacity, 0),
              s0: scoreColumn(s0, slot.capacity, 0),
              measured,
              model,
            },
            context,
          )
          rows += to - from
        }
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

function fill(slot: BatchSlot, panes: Pane[], windower: Windower): void {
  const rows = panes.reduce((total, pane) => total + pane.filled, 0)
  const stretch = { panes, rows, until: 0, endsDay: null }
  fillBatch(
    slot,
    stretch,
    { shardFrom: 0, shardTo: SHARDS, capacity: rows },
    windower,
    FORGET_AFTER,
  )
}

function taskOf(slot: BatchSlot, fitted: readonly FittedModel[] | null): ScoreTask {
  const { models, ranges } = packed(fitted ?? [])
  return {
    batch: slot.handle,
    shardFrom: 0,
    shardTo: SHARDS,
    modelKind,
    behaviors: ML_METRICS.map((_, metric) => ({
      metric,
      ordinal: 0,
      open: metric * OPEN_SUMMARY_BYTES,
      model: ranges[metric] ?? null,
      watched: null,
    })),
    open: new SharedArrayBuffer(METRICS * OPEN_SUMMARY_BYTES),
    models,
  }
}

/** Models one after the other in one memory, each from a multiple of eight bytes on. */
function packed(fitted: readonly FittedModel[]) {
  let end = 0
  const ranges = fitted.map(({ bytes }) => {
    const offset = end
    end += Math.ceil(bytes.length / 8) * 8
    return { offset, length: bytes.length }
  })
  const models = new SharedArrayBuffer(end)
  for (const [i, { bytes }] of fitted.entries())
    new Uint8Array(models).set(bytes, ranges[i]!.offset)
  return { models, ranges }
}

/** On a copy: a fit empties the summaries it is given. */
function modelOf(memory: SharedArrayBuffer, at: number): FittedModel {
  const { model, datapoints } = runFit({
    modelKind,
    open: [memory.slice(at, at + OPEN_SUMMARY_BYTES)],
    openAt: 0,
    earlier: [],
    settings: SETTINGS,
  })
  return { kind: modelKind, refreshed: 0, datapoints, bytes: model! }
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
    },
    pool,
  )
  return { detector, context: { windowMs: DEFAULT_WINDOW_MS, things, emit() {} } }
}
