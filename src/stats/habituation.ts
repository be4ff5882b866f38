import { exp, log } from './elementary.ts'
import type { FloatColumn } from './rolling-median.ts'
import { SLOW_WORDS } from './slow-level.ts'

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

/**
 * Series of a fleet have a week's counts besides, of scores that matter: what has come oftener than WEEK_FREE
 * times in a week counts for half more each time, or noise would keep the promise of a level for a day
 * only, again and again. They lie behind the words of the slow averages, which lie behind the cells.
 */
export const WEEK_CELLS = 10
export const WEEK_AT: number = HABITUATION_CELLS + SLOW_WORDS
const WEEK_FROM = 1.75
const WEEK_FREE = 10
const WEEK_SHARE = 0.5
const DAYS_OF_WEEK = 7

/** The least score that is counted. */
export const HABITUATION_FROM = 0.5
const BINS_PER_SCORE = 4
const BINS = HABITUATION_CELLS - 3
const WEIGHT = 0
const SUM = 1
const HIGHEST = 2
const COUNTS = 3
/** Beyond this the counts are brought back to a weight of 1, long before they overflow float32. */
const WEIGHT_LIMIT = 1e30
export const COMMON_SCORE = 1.75
export const COMMON_PAST: number = 10 ** COMMON_SCORE
const LOG10E = 1 / log(10)

/** By how much the weight of a new count grows per datapoint, when counts last `tau` of them. */
export function habituationGrowth(tau: number): number {
  return exp(1 / tau)
}

export function clearHabituation(memory: FloatColumn, at: number): void {
  memory.fill(0, at, at + HABITUATION_CELLS)
  memory[at + WEIGHT] = 1
}

/** The same for a series of a fleet. */
export function clearWeek(memory: FloatColumn, at: number): void {
  memory.fill(0, at + WEEK_AT, at + WEEK_AT + WEEK_CELLS)
}

/** The score of a datapoint after habituation; counts it for those that follow. */
export function habituateAlone(
  memory: FloatColumn,
  at: number,
  score: number,
  tolerance: number,
): number {
  if (!(score >= HABITUATION_FROM)) return 0
  const past = countDay(memory, at, score, tolerance)
  return remainder(score, past, memory[at + WEIGHT]!, 0)
}

/** The same for a series of a fleet, by the week too. */
export function habituate(
  memory: FloatColumn,
  at: number,
  score: number,
  tolerance: number,
): number {
  if (!(score >= HABITUATION_FROM)) return 0
  const past = countDay(memory, at, score, tolerance)
  const more = score > WEEK_FROM ? countWeek(memory, at, score, tolerance) : 0
  return remainder(score, past, memory[at + WEIGHT]!, more)
}

/** The weight of the day's scores that count as this one, which is counted besides. */
function countDay(memory: FloatColumn, at: number, score: number, tolerance: number): number {
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

/** By how much a week of such scores adds to the day's; this one is counted besides. */
function countWeek(memory: FloatColumn, at: number, score: number, tolerance: number): number {
  const cells = at + WEEK_AT
  const weight = ofWeek(memory[at + WEIGHT]!)
  let past = 0
  for (let cell = weekCell(score - tolerance); cell < WEEK_CELLS; cell++)
    past += memory[cells + cell]!
  memory[cells + weekCell(score)]! += weight
  const over = past / weight - WEEK_FREE
  return over > 0 ? WEEK_SHARE * over : 0
}

function weekCell(score: number): number {
  const cell = ((score - WEEK_FROM) * BINS_PER_SCORE) | 0
  return cell < 0 ? 0 : cell < WEEK_CELLS ? cell : WEEK_CELLS - 1
}

/** What a weight that grew by the day is by the week. */
function ofWeek(weight: number): number {
  return exp(log(weight) / DAYS_OF_WEEK)
}

function remainder(score: number, past: number, weight: number, more: number): number {
  // Most are everyday scores that have come often: no logarithm is needed to know that nothing is left.
  if (score <= COMMON_SCORE && past >= COMMON_PAST * weight) return 0
  const left = score - log(1 + past / weight + more) * LOG10E
  return left > 0 ? left : 0
}

/** One datapoint has passed, whatever its score: what was counted until now weighs less from here on. */
export function fadeHabituation(memory: FloatColumn, at: number, growth: number): void {
  const weight = memory[at + WEIGHT]! * growth
  memory[at + WEIGHT] = weight
  if (weight > WEIGHT_LIMIT) renormalize(memory, at)
}

/** Brings the counts back to a weight of 1. */
export function renormalize(memory: FloatColumn, at: number): void {
  const weight = memory[at + WEIGHT]!
  const share = 1 / weight
  for (let i = at + COUNTS; i < at + HABITUATION_CELLS; i++) memory[i]! *= share
  memory[at + SUM]! *= share
  memory[at + WEIGHT] = 1
  const week = at + WEEK_AT
  if (memory.length < week + WEEK_CELLS) return
  for (let i = week; i < week + WEEK_CELLS; i++) memory[i]! /= ofWeek(weight)
}
