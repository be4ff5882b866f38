import { type Batch, type BatchHandle, batchOf, newBatch, scoreColumn } from '../columnar/batch.ts'
import { PAGE } from '../columnar/pane-columns.ts'
import { OpenHours } from '../stats/hour-counts.ts'
import { takeCurves } from '../stats/hour-curve.ts'
import { loadKind } from '../stats/load-kind.ts'
import type { Columns, ModelKind, PooledKind, SeriesKind } from '../stats/model.ts'
import { quantileModel } from '../stats/quantile-model.ts'
import type { Slabs } from '../stats/series-slabs.ts'
import {
  firstWindow,
  type GatherSource,
  gatherRows,
  gatherValues,
  roomPerMetric,
} from './gather.ts'
import type { RowBlock } from './row-block.ts'
import { ScoreMemory } from './score-memory.ts'

/** One ML behavior's work on closed windows: learn from them, and score them once there is a model. */
export interface BehaviorWork {
  /** Index of the metric. */
  metric: number
  /** Which score column is its own. */
  ordinal: number
  /** Where its part begins in the lane's memory, and in each slab of series, in bytes. */
  open: number
  slabAt: number
  /** The same in the memories of what is counted by time of day. */
  hoursAt: number
  curvesAt: number
  /** The model in force, in the task's models; null before there is one. */
  model: { offset: number; length: number } | null
  /** 1 at the things it watches; null for all. */
  watched: Uint8Array | null
  /** Whether to look for the first window that holds something. */
  findFirst: boolean
}

/** What a worker does with the closed windows of some things. */
export interface ScoreTask {
  source: GatherSource
  /** Where the rows and their scores go; null where nobody will look at them. */
  batch: BatchHandle | null
  modelKind: string
  behaviors: readonly BehaviorWork[]
  /** The open day's summaries of this lane, of all behaviors. */
  open: SharedArrayBuffer
  /** Series of all things and behaviors, for kinds that keep such. */
  slabs: Slabs
  /** For such kinds too: what is counted by time of day, in this lane and by thing (none: not by thing). */
  hours: SharedArrayBuffer
  curves: Slabs
  windowMs: number
  /** What is judged but not learned; nearly always nothing. */
  unlearned: readonly Unlearned[]
  /** All models in force, and a number that no others have; 0 for none. */
  models: SharedArrayBuffer
  modelSet: number
}

/** Rows of whole windows that a digest brought along, to be scored by quantile models. */
export interface BlockTask {
  block: RowBlock
  /** Indexes of things, by the codes in the block. */
  indexes: Int32Array
  batch: BatchHandle
  behaviors: readonly Pick<BehaviorWork, 'metric' | 'ordinal' | 'model'>[]
  models: SharedArrayBuffer
  modelSet: number
}

/** Windows `[from, to)` of some things. */
export interface Unlearned {
  from: number
  to: number
  /** 1 by seat at those it is about; null for all. */
  seats: Uint8Array | null
}

/** By behavior, the first window that holds a datapoint it watches, where that was asked. */
export type ScoreResult = (number | null)[]

/** As `runScore`; a thread loads the kind it is asked for, and no other. */
export async function runScoreTask(task: ScoreTask): Promise<ScoreResult> {
  return runScore(task, await loadKind(task.modelKind))
}

/** Learns from the windows and scores them, behavior by behavior; `kind` is the one that the task names. */
export function runScore(task: ScoreTask, kind: ModelKind): ScoreResult {
  const rowsMatter =
    task.batch !== null ||
    task.unlearned.length > 0 ||
    task.behaviors.some(({ watched }) => watched !== null)
  if (kind === quantileModel && isForKernels(task)) return scoreQuantiles(task)
  return kind.pooled && !rowsMatter ? learnValues(task, kind) : scoreRows(task, kind)
}

/** A larger window costs more to copy than the kernels save, and its tasks have time to get warm. */
const MAX_COPIED_BYTES = 4 * 1024 * 1024

function isForKernels({ source, behaviors, unlearned }: ScoreTask): boolean {
  return (
    unlearned.length === 0 &&
    behaviors.every(({ watched }) => watched === null) &&
    source.panes.every((pane) => pane.memory.byteLength <= MAX_COPIED_BYTES)
  )
}

let memory: ScoreMemory | null = null

function scoreQuantiles(task: ScoreTask): ScoreResult {
  memory ??= new ScoreMemory()
  memory.run(task)
  return task.behaviors.map(({ metric, findFirst }) =>
    findFirst ? firstWindow(task.source, metric) : null,
  )
}

export function runScoreBlock(task: BlockTask): void {
  memory ??= new ScoreMemory()
  memory.scoreBlock(task)
}

/** Nobody looks at single rows, and the kind learns from values alone: only those are gathered. */
function learnValues({ source, behaviors, open }: ScoreTask, kind: PooledKind): ScoreResult {
  const room = roomPerMetric(source)
  const value = scratchValues(room * source.metrics.length)
  const ends = gatherValues(source, value)
  return behaviors.map(({ metric, open: openAt, findFirst }) => {
    const i = source.metrics.indexOf(metric)
    const rows = { ...NO_ROWS, value, from: i * room, to: ends[i]! }
    kind.summarize({ open, openAt }, rows)
    return findFirst ? firstWindow(source, metric) : null
  })
}

function scoreRows(task: ScoreTask, kind: PooledKind | SeriesKind): ScoreResult {
  if (task.batch !== null) return scoreWindows(task, kind, task.batch)
  const results = partsOf(task.source).map((source) =>
    scoreWindows({ ...task, source }, kind, scratchBatch(source)),
  )
  return task.behaviors.map(
    (_, i) => results.map((windows) => windows[i]!).find((window) => window !== null) ?? null,
  )
}

/** Rows that are still in the processor's cache when they are learned: of more, gathering takes twice as long. */
const CACHED_ROWS = 65_536

function partsOf(source: GatherSource): GatherSource[] {
  const { panes, pages, metrics } = source
  const rows = Math.max(1, pages.length * PAGE * metrics.length)
  const panesAtOnce = Math.max(1, Math.floor(CACHED_ROWS / rows))
  return Array.from({ length: Math.ceil(panes.length / panesAtOnce) }, (_, i) => ({
    ...source,
    panes: panes.slice(i * panesAtOnce, (i + 1) * panesAtOnce),
  }))
}

function scoreWindows(
  task: ScoreTask,
  kind: PooledKind | SeriesKind,
  handle: BatchHandle,
): ScoreResult {
  const batch = batchOf(handle)
  gatherRows(task.source, batch)
  return task.behaviors.map((work) => {
    const { metric, watched, findFirst } = work
    const from = batch.from[metric]!
    const to = batch.to[metric]!
    if (from === to) return null
    const learned = learnedRows(task.unlearned, batch, from, to)
    const columns: Columns = { ...batch, from, to, watched }
    if (kind.pooled) scorePooled(task, work, kind, columns, batch, handle.capacity, learned)
    else scoreSeries(task, work, kind, columns, batch, handle.capacity, learned)
    return findFirst ? firstWatched(batch, from, to, watched) : null
  })
}

function scorePooled(
  { open, models }: ScoreTask,
  { ordinal, open: openAt, model }: BehaviorWork,
  kind: PooledKind,
  columns: Columns,
  { s, s0 }: Batch,
  capacity: number,
  learned: Uint8Array | null,
): void {
  const state = { open, openAt }
  kind.summarize(state, learned === null ? columns : rowsOf(columns, learned))
  if (model === null) return
  kind.score(new Uint8Array(models, model.offset, model.length), state, columns, {
    s: scoreColumn(s, capacity, ordinal),
    s0: scoreColumn(s0, capacity, ordinal),
  })
}

/** 1 at the rows that are learned; null where all are. */
export function learnedRows(
  unlearned: readonly Unlearned[],
  { thing, window }: Batch,
  from: number,
  to: number,
): Uint8Array | null {
  if (unlearned.length === 0) return null
  const learned = new Uint8Array(to).fill(1, from)
  for (let row = from; row < to; row++) {
    const now = window[row]!
    const isOut = unlearned.some(
      (period) => now >= period.from && now < period.to && (period.seats?.[thing[row]!] ?? 1) === 1,
    )
    if (isOut) learned[row] = 0
  }
  return learned
}

/** The rows marked with 1, one after the other. */
function rowsOf(columns: Columns, marks: Uint8Array): Columns {
  const { thing, window, value, from, to } = columns
  const rows = Int32Array.from({ length: to - from }, (_, i) => from + i).filter(
    (row) => marks[row] === 1,
  )
  return {
    ...columns,
    thing: rows.map((row) => thing[row]!),
    window: rows.map((row) => window[row]!),
    value: Float64Array.from(rows, (row) => value[row]!),
    from: 0,
    to: rows.length,
  }
}

function scoreSeries(
  { slabs, windowMs, models, open, hours, curves }: ScoreTask,
  { ordinal, open: openAt, slabAt, hoursAt, curvesAt, model }: BehaviorWork,
  kind: SeriesKind,
  columns: Columns,
  { s, s0, mean, median, slow }: Batch,
  capacity: number,
  learned: Uint8Array | null,
): void {
  new OpenHours(hours, hoursAt).add(columns, windowMs, learned)
  if (curves.count > 0) takeCurves(curves, curvesAt, columns, windowMs, learned)
  const state = { slabs, at: slabAt, windowMs, learned, open, openAt }
  if (model === null) {
    kind.advance(state, columns, null, null)
    return
  }
  kind.advance(state, columns, new Uint8Array(models, model.offset, model.length), {
    s: scoreColumn(s, capacity, ordinal),
    s0: scoreColumn(s0, capacity, ordinal),
    mean: scoreColumn(mean, capacity, ordinal),
    median: scoreColumn(median, capacity, ordinal),
    slow: scoreColumn(slow, capacity, ordinal),
  })
}

function firstWatched(
  { thing, window }: Batch,
  from: number,
  to: number,
  watched: Uint8Array | null,
): number | null {
  for (let row = from; row < to; row++) {
    if (watched === null || watched[thing[row]!] === 1) return window[row]!
  }
  return null
}

const NO_ROWS = { thing: new Int32Array(0), window: new Int32Array(0), watched: null }

/** Memory that a thread uses again and again. */
let values: Float64Array = new Float64Array(0)
let rows: BatchHandle | null = null

function scratchValues(length: number): Float64Array {
  if (values.length < length) values = new Float64Array(length * 2)
  return values
}

function scratchBatch(source: GatherSource): BatchHandle {
  const capacity = roomPerMetric(source) * source.metrics.length
  const width = source.panes[0]?.metrics ?? 0
  if (rows === null || rows.capacity < capacity || rows.metrics !== width) {
    const shape = { capacity, scoreColumns: 0, metrics: width, sized: true, forecasts: false }
    rows = newBatch(shape)
  }
  return rows
}
