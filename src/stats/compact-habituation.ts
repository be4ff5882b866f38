import { exp, log } from './elementary.ts'

/**
 * Habituation in eight bytes: as `habituation.ts` and `recurrence.ts`, coarser. Scores from 1 1/2 on are counted,
 *
 *   h(s) = max(0, s - log10(1 + N + f(s))).
 *
 * N in four bytes: a cell per three quarters of a score, the last one open. A byte is a logarithm in sixteenths of
 * a power of two, from 1/16 on; so that past scores weigh e^(-1) after a day, all cells lose one every
 * day / TICKS_PER_DAY. From about 23 on one more is less than half a step: N lowers scores by 1.4 to 1.7 at most.
 *
 * f in four more bytes, a word: half a byte for today, the lowest, and for each of the seven days before, the
 * highest score of the day in quarters from 1 1/4 on. With D of these seven days within WITHIN quarters of s,
 *
 *   f(s) = WEIGHT max(0, D / M(s) - 1),  M(s) = MOST_DAYS 10^(-STEEPNESS (s - 2.25)).
 */
/** The least score that is counted or answered. */
export const COMPACT_HABITUATION_FROM = 1.5

const CELLS = 4
const CELL_WIDTH = 0.75
const STEPS = 16
const LEAST_LOG = -4
const { LN2 } = Math
const LN10 = log(10)
const LOG10E = 1 / LN10

const DAYS = CELLS
const DAYS_BACK = 7
const DAYS_FROM = 1.25
const QUARTERS = 4
const MOST_QUARTERS = 15
const WITHIN = 3
const MOST_DAYS = 5.25
const STEEPNESS = 0.35
const LOW = 2.25
const WEIGHT = 4

export const TICKS_PER_DAY: number = STEPS / LN2

/** The count that a byte stands for. */
const COUNTED = new Float64Array(256)
/** The byte when one more is counted. */
const ONE_MORE = new Uint8Array(256)
for (let code = 1; code < 256; code++) COUNTED[code] = exp(((code - 1) / STEPS + LEAST_LOG) * LN2)
for (let code = 0; code < 256; code++) {
  const steps = (log(COUNTED[code]! + 1) / LN2 - LEAST_LOG) * STEPS
  ONE_MORE[code] = Math.min(255, Math.floor(steps + 1.5))
}

/** The score of a datapoint after habituation; counts it for those that follow. */
export function habituateCompact(
  bytes: Uint8Array,
  at: number,
  score: number,
  tolerance: number,
): number {
  if (!(score >= COMPACT_HABITUATION_FROM)) return 0
  let past = 0
  for (let cell = at + cellOf(score - tolerance); cell < at + CELLS; cell++) {
    past += COUNTED[bytes[cell]!]!
  }
  const own = at + cellOf(score)
  bytes[own] = ONE_MORE[bytes[own]!]!
  const left = score - log(1 + past + recurCompact(bytes, at + DAYS, score)) * LOG10E
  return left > 0 ? left : 0
}

function cellOf(score: number): number {
  const cell = Math.floor((score - COMPACT_HABITUATION_FROM) / CELL_WIDTH)
  return cell < 0 ? 0 : cell < CELLS ? cell : CELLS - 1
}

/** f, by the days before today; notes the score for today. */
function recurCompact(bytes: Uint8Array, at: number, score: number): number {
  const quarters = Math.min(MOST_QUARTERS, Math.floor((score - DAYS_FROM) * QUARTERS))
  const today = bytes[at]! & 0xf
  if (quarters > today) bytes[at] = (bytes[at]! & 0xf0) | quarters
  const most = MOST_DAYS * exp(LN10 * STEEPNESS * (LOW - score))
  if (most >= DAYS_BACK) return 0
  const least = Math.max(1, quarters - WITHIN)
  let days = 0
  for (let back = 1; back <= DAYS_BACK; back++) {
    if (((bytes[at + (back >> 1)]! >> ((back & 1) << 2)) & 0xf) >= least) days++
  }
  return days > most ? WEIGHT * (days / most - 1) : 0
}

/** So many ticks have passed. */
export function fadeCompact(bytes: Uint8Array, at: number, ticks: number): void {
  for (let cell = at; cell < at + CELLS; cell++) {
    const code = bytes[cell]!
    bytes[cell] = code > ticks ? code - ticks : 0
  }
}

/** A day begins: today is a day before, and the oldest one is forgotten. */
export function passCompactDay(words: Int32Array, at: number): void {
  words[at + DAYS / 4]! <<= 4
}
