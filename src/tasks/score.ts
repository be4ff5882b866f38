import { type BatchHandle, batchOf, scoreColumn } from '../columnar/batch.ts'
import { modelKind } from '../stats/model-kinds.ts'

/** One ML behavior's work on a batch: learn from the rows, and score them once there is a model. */
export interface BehaviorWork {
  /** Index of the metric. */
  metric: number
  /** Which score column is its own. */
  ordinal: number
  /** The open day's summary of this lane. */
  open: SharedArrayBuffer
  /** The model in force; null before there is one. */
  model: Uint8Array | null
  /** 1 at the things it watches; null for all. */
  watched: Uint8Array | null
}

export interface ScoreTask {
  batch: BatchHandle
  shardFrom: number
  shardTo: number
  modelKind: string
  behaviors: readonly BehaviorWork[]
}

/** Folds the batch's rows into the summaries and writes their scores, shard by shard. */
export function runScore(task: ScoreTask): void {
  const batch = batchOf(task.batch)
  const { metrics, capacity } = task.batch
  const kind = modelKind(task.modelKind)
  for (const { metric, ordinal, open, model, watched } of task.behaviors) {
    const out = {
      s: scoreColumn(batch.s, capacity, ordinal),
      s0: scoreColumn(batch.s0, capacity, ordinal),
    }
    for (let shard = task.shardFrom; shard < task.shardTo; shard++) {
      const from = batch.runs[shard * metrics + metric]!
      const to = batch.runs[shard * metrics + metric + 1]!
      if (from === to) continue
      const columns = {
        thing: batch.thing,
        window: batch.window,
        value: batch.value,
        from,
        to,
        watched,
      }
      const state = { open }
      kind.summarize(state, columns)
      if (model !== null) kind.score(model, state, columns, out)
    }
  }
}
