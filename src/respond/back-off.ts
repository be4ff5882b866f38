import { HOUR_MS, SECOND_MS } from '../domain/time.ts'

export interface BackOff {
  /** Before the first repetition; doubled before each further one. */
  firstMs: number
  longestMs: number
  /** After so many attempts a notification is given up. */
  attempts: number
}

/** Goes on for about two days: a receiver may be away for a weekend's night. */
export const DEFAULT_BACK_OFF: BackOff = {
  firstMs: 5 * SECOND_MS,
  longestMs: HOUR_MS,
  attempts: 60,
}

/**
 * How long to wait after a failed attempt (the first is 1): half of the doubled time and up to as much again
 * by chance in [0, 1), so that receivers that come back are not met by all at once.
 */
export function waitMs(attempt: number, backOff: BackOff, chance: number): number {
  const full = Math.min(backOff.longestMs, backOff.firstMs * 2 ** Math.min(attempt - 1, 40))
  return Math.ceil(full / 2 + (full / 2) * chance)
}
