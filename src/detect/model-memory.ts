import { modelKind } from '../stats/model-kinds.ts'
import type { Detector } from './detector.ts'
import type { Training } from './training.ts'

/** What a run's models take; null where nothing is kept for single things. */
export interface ModelMemory {
  kind: string
  /**
   * (thing, behavior) pairs, and the bytes of their states, day summaries and models; those of the fleet's
   * by themselves.
   */
  series: { count: number; bytes: number; fleetBytes: number } | null
}

export function modelMemory({ settings, watches, things }: Detector): ModelMemory {
  const { modelKind: name } = settings.training
  const kind = modelKind(name)
  if (kind.pooled) return { kind: name, series: null }
  const series = { count: 0, bytes: 0, fleetBytes: 0 }
  for (const { judge } of watches) {
    if (judge.kind !== 'ml') continue
    series.count += things.count
    const { learning, record } = judge.training
    const { seasons } = learning
    series.bytes += things.count * (learning.stateBytes + (seasons?.stateBytes ?? 0))
    series.bytes += record.lone?.bytes ?? 0
    for (const day of record.seasons.values()) series.bytes += seasons!.dayBytes(day)
    series[kind.pooledDays ? 'fleetBytes' : 'bytes'] += learnedBytes(judge.training)
  }
  series.bytes = Math.round(series.bytes)
  return { kind: name, series }
}

/** Of the closed days and the models. */
function learnedBytes({ learning, record }: Training): number {
  const { days, model, next } = record
  let bytes = (model?.bytes.length ?? 0) + (next?.model.bytes.length ?? 0)
  for (const day of days.values()) bytes += learning.dayBytes(day)
  return bytes
}
