import { SLAB_SEATS, slabBytes } from '../stats/series-state.ts'
import type { Detector } from './detector.ts'
import type { SeriesDay } from './learning.ts'
import { SeriesLearning } from './series-learning.ts'
import type { MlJudge } from './watch.ts'

/** What a run's models take; null where nothing is kept for single things. */
export interface ModelMemory {
  kind: string
  /** (thing, behavior) pairs, and the bytes of their states, day summaries and models. */
  series: { count: number; bytes: number } | null
}

export function modelMemory({ settings, watches, things }: Detector): ModelMemory {
  const series = { count: 0, bytes: 0 }
  let pooled = true
  for (const { judge } of watches) {
    if (judge.kind !== 'ml' || !(judge.training.learning instanceof SeriesLearning)) continue
    pooled = false
    series.count += things.count
    series.bytes += learningBytes(judge, judge.training.learning, things.count)
  }
  return { kind: settings.training.modelKind, series: pooled ? null : series }
}

function learningBytes({ training }: MlJudge, { memory }: SeriesLearning, things: number): number {
  const { days, model, next } = training.record
  let bytes = things * (slabBytes(memory.shape) / SLAB_SEATS)
  for (const day of days.values()) {
    for (const { starts, runs } of (day as SeriesDay).slabs) {
      bytes += starts.byteLength + runs.byteLength
    }
  }
  return Math.round(bytes + (model?.bytes.length ?? 0) + (next?.model.bytes.length ?? 0))
}
