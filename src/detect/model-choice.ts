import type { SecurityProfile } from '../domain/behavior.ts'
import { COMPACT_BYTES } from '../stats/compact-state.ts'
import { CURVE_DAY_BYTES, CURVE_SLAB_BYTES } from '../stats/hour-curve.ts'
import type { ModelName } from '../stats/model-kinds.ts'
import { seriesShape, SLAB_SEATS, slabBytes } from '../stats/series-state.ts'
import { TAIL_WORDS } from '../stats/thing-tail.ts'
import { TRAINING_DAYS } from './training.ts'

/** The kind of series that fits a budget, and what a fleet's series take at most. */
export interface ModelChoice {
  model: ModelName & ('full' | 'compact')
  series: number
  bytes: number
}

/** A model's tails hold 2 % a side of the trailing days, as bins of two bytes; two models may be kept. */
const TAIL_SHARE = 0.04
const MODELS = 2

/** `full` where all things' series fit the memory, given in bytes, else `compact`. */
export function chooseModel(
  profiles: readonly SecurityProfile[],
  things: number,
  windowMs: number,
  memory: number,
): ModelChoice {
  const series = things * learnedBehaviors(profiles)
  const full = series * fullBytes(windowMs)
  if (full <= memory) return { model: 'full', series, bytes: full }
  return { model: 'compact', series, bytes: series * COMPACT_BYTES }
}

/** What the series of one thing take at most; 0 where nothing is learned. */
export function bytesPerThing(
  profiles: readonly SecurityProfile[],
  windowMs: number,
  model: ModelChoice['model'],
): number {
  return learnedBehaviors(profiles) * (model === 'full' ? fullBytes(windowMs) : COMPACT_BYTES)
}

function learnedBehaviors(profiles: readonly SecurityProfile[]): number {
  const behaviors = profiles.flatMap((profile) => profile.behaviors)
  return behaviors.filter(({ criteria }) => criteria.kind === 'ml').length
}

/** State, day summaries, models and hours of a series that never repeats a residual. */
function fullBytes(windowMs: number): number {
  const shape = seriesShape(windowMs)
  const days = TRAINING_DAYS * shape.perDay * 2
  const model = TAIL_WORDS * 4 + TAIL_SHARE * days
  const curves = CURVE_SLAB_BYTES / SLAB_SEATS + TRAINING_DAYS * CURVE_DAY_BYTES
  return Math.ceil(slabBytes(shape) / SLAB_SEATS + days + MODELS * model + curves)
}
