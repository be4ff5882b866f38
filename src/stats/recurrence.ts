import { exp, log } from './elementary.ts'

/**
 * What comes day after day. An incident is a burst: many high scores on one day. Noises without end, nightly
 * jobs, heavy tails come on many days, and what comes on more of them than a level may is not unusual at
 * that level, however rare it is among datapoints. So with D of the last fourteen days on which a score of
 * s - WITHIN or more was seen, and today left to the counts of the day, s counts as having come
 *
 *   f(s) = WEIGHT max(0, D / M(s) - 1),  M(s) = MOST_DAYS 10^(-STEEPNESS (s - 2.25))
 *
 * times more often: LOW (2.25 before the final shift) may come on three days of four, MEDIUM on a fifth of them,
 * HIGH on none.
 *
 * A memory is RECURRENCE_WORDS 32-bit words: the day of the newest entry, and a byte for each of the last
 * sixteen days, by day number modulo 16: its highest score in sixteenths, rounded down.
 */
export const RECURRENCE_WORDS = 5

const DAY = 0
const DAYS = 1
const SLOTS = 16
const DAYS_BACK = 14
/** Scores are kept in steps of 1/16; the highest one as 255 of them. */
const STEPS = 16
const MOST_STEPS = 255
/** How near a day's highest score must come, in steps. */
const WITHIN = 13
const MOST_DAYS = 10.5
const STEEPNESS = 0.55
const LOW = 2.25
const WEIGHT = 3
const LN10 = log(10)

export function clearRecurrence(words: Int32Array, at: number): void {
  words.fill(0, at, at + RECURRENCE_WORDS)
}

/** By how much the days before `day` add to the day's count of a score, which is noted for those that follow. */
export function recur(words: Int32Array, at: number, score: number, day: number): number {
  if (words[at + DAY] !== day) openDay(words, at, day)
  const steps = Math.min(MOST_STEPS, Math.floor(score * STEPS))
  if (steps > stepsOf(words, at, day)) setSteps(words, at, day, steps)
  const most = MOST_DAYS * exp(LN10 * STEEPNESS * (LOW - score))
  if (most >= DAYS_BACK) return 0
  let days = 0
  for (let back = 1; back <= DAYS_BACK; back++) {
    if (stepsOf(words, at, day - back) >= steps - WITHIN) days++
  }
  return days > most ? WEIGHT * (days / most - 1) : 0
}

/** Forgets the days between the newest entry and `day`, and what stood in the place of `day`. */
function openDay(words: Int32Array, at: number, day: number): void {
  const first = Math.max(words[at + DAY]! + 1, day - SLOTS + 1)
  for (let passed = first; passed <= day; passed++) setSteps(words, at, passed, 0)
  words[at + DAY] = day
}

function stepsOf(words: Int32Array, at: number, day: number): number {
  const slot = day & (SLOTS - 1)
  return (words[at + DAYS + (slot >> 2)]! >>> ((slot & 3) << 3)) & 0xff
}

function setSteps(words: Int32Array, at: number, day: number, steps: number): void {
  const slot = day & (SLOTS - 1)
  const shift = (slot & 3) << 3
  words[at + DAYS + (slot >> 2)]! &= ~(0xff << shift)
  words[at + DAYS + (slot >> 2)]! |= steps << shift
}
