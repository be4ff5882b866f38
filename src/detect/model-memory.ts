import type { Detector } from './detector.ts'
import type { Training } from './training.ts'

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
    if (judge.kind !== 'ml' || judge.training.learning.stateBytes === 0) continue
    pooled = false
    series.count += things.count
    series.bytes += learningBytes(judge.training, things.count)
  }
  return { kind: settings.training.modelKind, series: pooled ? null : series }
}

function learningBytes({ learning, record }: Training, things: number): number {
  const { days, model, next } = record
  let bytes = things * learning.stateBytes
  for (const day of days.values()) bytes += learning.dayBytes(day)
  return Math.round(bytes + (model?.bytes.length ?? 0) + (next?.model.bytes.length ?? 0))
}
