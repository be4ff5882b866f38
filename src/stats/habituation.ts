import { exp, log, powerOfTen } from './elementary.ts'
import type { FloatColumn } from './rolling-median.ts'

/**
 * Habituation: a score that the series has lately reached often counts for less,
 *
 *   h(s) = max(0, s - log10(1 + N)),  N = past scores in bins from s - tolerance on,
 *
 * each of them forgotten at a rate of e^(-1/tau) per datapoint. Scores are counted in bins of a quarter
 * from 1/2 on; below that they are neither counted nor answered (0).
 *
 * Its memory is a stretch of HABITUATION_CELLS cells: the weight of a new count, the sum of all counts,
 * the highest bin ever filled, the counts. Instead of fading the counts, the weight of new ones grows.
 */
export const HABITUATION_CELLS = 62

/** The least score that is counted. */
const HABITUATION_FROM = 0.5
const BINS_PER_SCORE = 4
const BINS = HABITUATION_CELLS - 3
const WEIGHT = 0
const SUM = 1
const HIGHEST = 2
const COUNTS = 3
/** Beyond this the counts are brought back to a weight of 1, long before they overflow float32. */
const WEIGHT_LIMIT = 1e30
export const COMMON_SCORE = 1.75
export const COMMON_PAST: number = powerOfTen(COMMON_SCORE)
const LOG10E = 1 / log(10)

/** By how much the weight of a new count grows per datapoint, when counts last `tau` of them. */
export function habituationGrowth(tau: number): number {
  return exp(1 / tau)
}

export function clearHabituation(memory: FloatColumn, at: number): void {
  memory.fill(0, at, at + HABITUATION_CELLS)
  memory[at + WEIGHT] = 1
}

/**
 * The score of a datapoint after habituation, `more` such scores counted besides those remembered here; counts
 * it for those that follow.
 */
export function habituate(
  memory: FloatColumn,
  at: number,
  score: number,
  tolerance: number,
  more: number,
): number {
  if (!(score >= HABITUATION_FROM)) return 0
  const past = countPast(memory, at, score, tolerance)
  const weight = memory[at + WEIGHT]!
  // Most are everyday scores that have come often: no logarithm is needed to know that nothing is left.
  if (score <= COMMON_SCORE && past >= COMMON_PAST * weight) return 0
  const left = score - log(1 + past / weight + more) * LOG10E
  return left > 0 ? left : 0
}

/** The weight of past scores that count as this one, which is counted besides. */
function countPast(memory: FloatColumn, at: number, score: number, tolerance: number): number {
  const counts = at + COUNTS
  const place = ((score - HABITUATION_FROM) * BINS_PER_SCORE) | 0
  const first = ((score - tolerance - HABITUATION_FROM) * BINS_PER_SCORE) | 0
  let past = 0
  if (first <= 0) past = memory[at + SUM]!
  else {
    const last = counts + memory[at + HIGHEST]!
    for (let i = counts + (first < BINS ? first : BINS - 1); i <= last; i++) past += memory[i]!
  }
  const weight = memory[at + WEIGHT]!
  const bin = place < BINS ? place : BINS - 1
  memory[counts + bin]! += weight
  if (bin > memory[at + HIGHEST]!) memory[at + HIGHEST] = bin
  memory[at + SUM]! += weight
  return past
}

/** One datapoint has passed, whatever its score: what was counted until now weighs less from here on. */
export function fadeHabituation(memory: FloatColumn, at: number, growth: number): void {
  const weight = memory[at + WEIGHT]! * growth
  memory[at + WEIGHT] = weight
  if (weight > WEIGHT_LIMIT) renormalize(memory, at)
}

/** Brings the counts back to a weight of 1. */
export function renormalize(memory: FloatColumn, at: number): void {
  const share = 1 / memory[at + WEIGHT]!
  for (let i = at + COUNTS; i < at + HABITUATION_CELLS; i++) memory[i]! *= share
  memory[at + SUM]! *= share
  memory[at + WEIGHT] = 1
}
