import { COMPACT_SLAB_BYTES, COMPACT_SLAB_SEATS } from '../stats/compact-state.ts'
import { COMPACT_OPEN_BYTES } from '../stats/compact-summary.ts'
import { modelKind } from '../stats/model-kinds.ts'
import { CompactLearning } from './compact-learning.ts'
import { beginnerOf, fitterOf, seriesFitterOf } from './fitting.ts'
import { type Learning, LearningMemory, PooledLearning } from './learning.ts'
import type { WorkerPool } from './pool.ts'
import { SeriesLearning } from './series-learning.ts'
import { SeriesMemory } from './series-memory.ts'
import { newSeasonMemory, takeOverSeasons, type SeasonMemory, Seasons } from './seasons.ts'
import { SlabMemory } from './slab-memory.ts'
import type { TrainingSettings } from './training.ts'

/** How a run's behaviors learn, and where: what lanes write, and the series of things. */
export interface Learnings {
  memory: LearningMemory
  series: SlabMemory
  /** What is counted by time of day. */
  seasons: SeasonMemory
  /** Behavior after behavior, its own. */
  next(twoSided: boolean): Learning
}

/** Learnings to go on from: where each behavior lay there, -1 for new ones. */
export interface Inheritance {
  before: Learnings
  from: readonly number[]
}

/** Fresh ones, or those of a running detector whose behaviors have changed: what is learned moves along. */
export function newLearnings(
  settings: TrainingSettings,
  behaviors: number,
  windowMs: number,
  pool: WorkerPool,
  inheritance: Inheritance | null = null,
): Learnings {
  const learnings = freshLearnings(settings, behaviors, windowMs, pool)
  if (inheritance === null) return learnings
  const { before, from } = inheritance
  learnings.memory.takeOver(before.memory, from)
  learnings.series.takeOver(before.series, from)
  takeOverSeasons(learnings.seasons, before.seasons, from)
  return learnings
}

function freshLearnings(
  { modelKind: name, quantiles }: TrainingSettings,
  behaviors: number,
  windowMs: number,
  pool: WorkerPool,
): Learnings {
  let seat = 0
  const isPooled = modelKind(name).pooled
  const seasons = newSeasonMemory(isPooled ? 0 : behaviors, pool.threads, name === 'full')
  if (isPooled) {
    const memory = new LearningMemory(behaviors, pool.threads)
    const series = new SlabMemory(0, { seats: 1, bytes: 0 })
    const fit = fitterOf(pool)
    const next = (twoSided: boolean): Learning =>
      new PooledLearning(name, { quantiles, twoSided }, memory, seat++, fit)
    return { memory, series, seasons, next }
  }
  if (name === 'compact') {
    const memory = new LearningMemory(behaviors, pool.threads, COMPACT_OPEN_BYTES)
    const layout = { seats: COMPACT_SLAB_SEATS, bytes: COMPACT_SLAB_BYTES }
    const series = new SlabMemory(behaviors, layout)
    const run = beginnerOf(pool)
    const next = (twoSided: boolean): Learning =>
      new CompactLearning({
        memory,
        series,
        seat,
        windowMs,
        twoSided,
        seasons: new Seasons(seasons, seat++, windowMs),
        run,
      })
    return { memory, series, seasons, next }
  }
  const series = new SeriesMemory(behaviors, windowMs)
  const fit = seriesFitterOf(pool)
  const next = (twoSided: boolean): Learning =>
    new SeriesLearning(series, seat, twoSided, new Seasons(seasons, seat++, windowMs), fit)
  return { memory: new LearningMemory(0, pool.threads), series, seasons, next }
}
