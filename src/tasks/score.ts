import { type BatchHandle, batchOf, scoreColumn } from '../columnar/batch.ts'
import { modelKind } from '../stats/model-kinds.ts'

/** One ML behavior's work on a batch: learn from the rows, and score them once there is a model. */
export interface BehaviorWork {
  /** Index of the metric. */
  metric: number
  /** Which score column is its own. */
  ordinal: number
  /** Where in the lane's memory the open day's summary lies, in bytes. */
  open: number
  /** The model in force, in the task's models; null before there is one. */
  model: { offset: number; length: number } | null
  /** 1 at the things it watches; null for all. */
  watched: Uint8Array | null
}

export interface ScoreTask {
  batch: BatchHandle
  shardFrom: number
  shardTo: number
  modelKind: string
  behaviors: readonly BehaviorWork[]
  /** The open day's summaries of this lane, of all behaviors. */
  open: SharedArrayBuffer
  /** All models in force. */
  models: SharedArrayBuffer
}

/** Folds the rows of some shards into the summaries and writes their scores, behavior by behavior. */
export function runScore(task: ScoreTask): void {
  const batch = batchOf(task.batch)
  const { shards, capacity } = task.batch
  const kind = modelKind(task.modelKind)
  for (const { metric, ordinal, open, model, watched } of task.behaviors) {
    const out = {
      s: scoreColumn(batch.s, capacity, ordinal),
      s0: scoreColumn(batch.s0, capacity, ordinal),
    }
    const from = batch.runs[metric * shards + task.shardFrom]!
    const to = batch.runs[metric * shards + task.shardTo]!
    if (from === to) continue
    const { thing, window, value } = batch
    const columns = { thing, window, value, from, to, watched }
    const state = { open: task.open, openAt: open }
    kind.summarize(state, columns)
    if (model === null) continue
    kind.score(new Uint8Array(task.models, model.offset, model.length), state, columns, out)
  }
}
