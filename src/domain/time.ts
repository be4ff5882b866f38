/** Milliseconds since 1970-01-01T00:00:00Z, a whole number. Always event time unless a name says otherwise. */
export type EpochMs = number

export const SECOND_MS = 1_000
export const MINUTE_MS: number = 60 * SECOND_MS
export const HOUR_MS: number = 60 * MINUTE_MS
export const DAY_MS: number = 24 * HOUR_MS

/** Detect's cloud-side metrics are computed every five minutes. */
export const DEFAULT_WINDOW_MS: number = 5 * MINUTE_MS

/** Processing time, injected: only the composition root reads the real clock. */
export interface Clock {
  now(): EpochMs
}

/** The UTC day a moment lies in, as whole days since the epoch. */
export function dayOf(time: EpochMs): number {
  return Math.floor(time / DAY_MS)
}

/**
 * The first window behind `window` (by number, of `windowMs` each) that must not be evaluated together
 * with it: midnight UTC ends a day's training, at 01:00 a refreshed model comes into force.
 */
export function nextCut(window: number, windowMs: number): number {
  const day = dayOf(window * windowMs)
  const one = Math.ceil((day * DAY_MS + HOUR_MS) / windowMs)
  return one > window ? one : ((day + 1) * DAY_MS) / windowMs
}

/** `2026-11-20` for a day number. */
export function dayName(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

/** The earliest and latest moments a datapoint may carry: the epoch and the end of the year 9999. */
export const MIN_TIME: EpochMs = 0
export const MAX_TIME: EpochMs = 253_402_300_799_999

/** Below this a timestamp counts seconds (until the year 5138), from it on milliseconds (from 1973). */
const MILLISECONDS_FROM = 100_000_000_000

/**
 * Epoch milliseconds from a timestamp in seconds or milliseconds, told apart by size.
 * NaN when it is not a moment between 1970 and 9999.
 */
export function epochMs(timestamp: number): EpochMs {
  const ms = Math.abs(timestamp) < MILLISECONDS_FROM ? timestamp * 1_000 : timestamp
  return ms >= MIN_TIME && ms <= MAX_TIME ? Math.floor(ms) : Number.NaN
}

const ISO =
  /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i

/** Epoch milliseconds from ISO 8601 (a missing zone is UTC) or from digits; NaN when it is neither. */
export function parseTime(text: string): EpochMs {
  const trimmed = text.trim()
  if (/^\d+(\.\d+)?$/.test(trimmed)) return epochMs(Number(trimmed))
  const match = ISO.exec(trimmed)
  if (match === null) return Number.NaN
  const normal = trimmed.replace(' ', 'T').replace(',', '.')
  const zoned = match[1] === undefined && normal.length > 10 ? `${normal}Z` : normal
  const ms = Date.parse(zoned)
  return ms >= MIN_TIME && ms <= MAX_TIME ? ms : Number.NaN
}
