import { exp, log } from './elementary.ts'

/**
 * Habituation in eight bytes: as `habituation.ts`, but with a cell per half score from 1 on, the last one
 * open, and one byte for each count. A byte is a logarithm in sixteenths of a power of two, from 1/16 on;
 * so that past scores weigh e^(-1) after DAYS_KEPT, all cells lose one every day / TICKS_PER_DAY. From about
 * 23 on one more is less than half a step: a single score lowers those that follow by 1.4 to 1.7 at most.
 */
export const COMPACT_CELLS = 8
/** The least score that is counted or answered. */
export const COMPACT_HABITUATION_FROM = 1

const CELLS_PER_SCORE = 2
const STEPS = 16
const LEAST_LOG = -4
/** Longer than the full model's day: coarse counts bring more of what is ordinary above LOW. */
const DAYS_KEPT = 1.5
const { LN2 } = Math
const LOG10E = 1 / log(10)

export const TICKS_PER_DAY: number = STEPS / LN2 / DAYS_KEPT

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
  for (let cell = at + cellOf(score - tolerance); cell < at + COMPACT_CELLS; cell++) {
    past += COUNTED[bytes[cell]!]!
  }
  const own = at + cellOf(score)
  bytes[own] = ONE_MORE[bytes[own]!]!
  const left = score - log(1 + past) * LOG10E
  return left > 0 ? left : 0
}

function cellOf(score: number): number {
  const cell = Math.floor((score - COMPACT_HABITUATION_FROM) * CELLS_PER_SCORE)
  return cell < 0 ? 0 : cell < COMPACT_CELLS ? cell : COMPACT_CELLS - 1
}

/** So many ticks have passed. */
export function fadeCompact(bytes: Uint8Array, at: number, ticks: number): void {
  for (let cell = at; cell < at + COMPACT_CELLS; cell++) {
    const code = bytes[cell]!
    bytes[cell] = code > ticks ? code - ticks : 0
  }
}
