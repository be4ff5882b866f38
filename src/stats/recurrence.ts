import { exp, log } from './elementary.ts'
import { COMMON_SCORE } from './habituation.ts'

/**
 * What comes day after day. An incident is a burst of high scores; noises without end are lone ones, day after
 * day. A lone high score is as unusual as the share of days that bring one, however rare it is among
 * datapoints. So with D of the last fourteen days on which a lone score of s - WITHIN or more was seen, and
 * today left to the counts of the day, a score s counts as having come
 *
 *   f(s) = WEIGHT max(0, D / M(s) - 1),  M(s) = MOST_DAYS 10^(-STEEPNESS (s - 2.25))
 *
 * times more often: LOW (2.25 before the final shift) may come on three days of four, MEDIUM on a fifth of them,
 * HIGH on none. Only scores above RECURRENCE_FROM are seen at all, and one is lone without another of them within
 * NEAR datapoints.
 *
 * A memory is RECURRENCE_WORDS 32-bit words: the window of the last score seen, its steps as long as it is
 * lone (else 0), and a byte for each of the last sixteen days, by day number modulo 16: the steps of its highest
 * lone score. Steps are sixteenths, rounded down.
 */
export const RECURRENCE_WORDS = 6
/** What kernels do not call common (habituation's COMMON_SCORE), and so leave to habituation. */
export const RECURRENCE_FROM: number = COMMON_SCORE

const LAST = 0
const LONE = 1
const DAYS = 2
const SLOTS = 16
const DAYS_BACK = 14
const STEPS = 16
const MOST_STEPS = 255
const NEAR = 2
/** How near a day's highest score must come, in steps. */
const WITHIN = 14
const MOST_DAYS = 10.5
const STEEPNESS = 0.6
const LOW = 2.25
const WEIGHT = 3
const LN10 = log(10)

export function clearRecurrence(words: Int32Array, at: number): void {
  words.fill(0, at, at + RECURRENCE_WORDS)
}

/**
 * How often a score above RECURRENCE_FROM counts besides, by the days before its own; it is remembered for those
 * that follow. `distance`: of the series' datapoints, in windows, of which a day has `perDay`.
 */
export function recur(
  words: Int32Array,
  at: number,
  score: number,
  window: number,
  distance: number,
  perDay: number,
): number {
  const day = Math.floor(window / perDay)
  const steps = Math.min(MOST_STEPS, Math.floor(score * STEPS))
  const last = words[at + LAST]!
  const isLone = window - last > NEAR * distance
  if (isLone) keepLone(words, at, Math.floor(last / perDay))
  forgetDays(words, at, Math.floor(last / perDay), day)
  words[at + LAST] = window
  words[at + LONE] = isLone ? steps : 0
  const most = MOST_DAYS * exp(LN10 * STEEPNESS * (LOW - score))
  if (most >= DAYS_BACK) return 0
  let days = 0
  for (let back = 1; back <= DAYS_BACK; back++) {
    if (stepsOf(words, at, day - back) >= steps - WITHIN) days++
  }
  return days > most ? WEIGHT * (days / most - 1) : 0
}

/** The last score seen stayed alone. */
function keepLone(words: Int32Array, at: number, day: number): void {
  const lone = words[at + LONE]!
  if (lone > stepsOf(words, at, day)) setSteps(words, at, day, lone)
}

/** Makes room for `day` and those passed since `last`. */
function forgetDays(words: Int32Array, at: number, last: number, day: number): void {
  for (let passed = Math.max(last + 1, day - SLOTS + 1); passed <= day; passed++) {
    setSteps(words, at, passed, 0)
  }
}

function stepsOf(words: Int32Array, at: number, day: number): number {
  const slot = day & (SLOTS - 1)
  return (words[at + DAYS + (slot >> 2)]! >>> ((slot & 3) << 3)) & 0xff
}

function setSteps(words: Int32Array, at: number, day: number, steps: number): void {
  const word = at + DAYS + ((day & (SLOTS - 1)) >> 2)
  const shift = (day & 3) << 3
  words[word] = (words[word]! & ~(0xff << shift)) | (steps << shift)
}
