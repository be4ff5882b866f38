import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, type EpochMs } from '../domain/time.ts'

const ZERO = 48
const DASH = 45
const COLON = 58
const POINT = 46
const SPACE = 32
const T = 84
const Z = 90

const DAYS_IN_MONTH = Uint8Array.of(31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

/**
 * Epoch milliseconds of `bytes[start, end)` in the usual layout of ISO 8601 in UTC,
 * `2026-11-20T08:15:00[.250][Z]` (or a space for the T). NaN for anything else: `parseTime` knows more.
 */
export function readIsoTime(bytes: Uint8Array, start: number, end: number): EpochMs {
  const stop = bytes[end - 1] === Z ? end - 1 : end
  const length = stop - start
  if (length !== 19 && length !== 23) return Number.NaN
  const separator = bytes[start + 10]
  if (
    bytes[start + 4] !== DASH ||
    bytes[start + 7] !== DASH ||
    (separator !== T && separator !== SPACE) ||
    bytes[start + 13] !== COLON ||
    bytes[start + 16] !== COLON ||
    (length === 23 && bytes[start + 19] !== POINT)
  ) {
    return Number.NaN
  }
  const year = twoDigits(bytes, start) * 100 + twoDigits(bytes, start + 2)
  const day = dayNumber(year, twoDigits(bytes, start + 5), twoDigits(bytes, start + 8))
  const hour = twoDigits(bytes, start + 11)
  const minute = twoDigits(bytes, start + 14)
  const second = twoDigits(bytes, start + 17)
  if (hour > 23 || minute > 59 || second > 59) return Number.NaN
  const ms =
    length === 23 ? twoDigits(bytes, start + 20) * 10 + (twoDigits(bytes, start + 21) % 10) : 0
  return day * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS + ms
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO
  const ones = bytes[at + 1]! - ZERO
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

/** Whole days since 1970-01-01 of a date from then on; NaN when there is no such date. */
function dayNumber(year: number, month: number, day: number): number {
  if (!(year >= 1970 && month >= 1 && month <= 12 && day >= 1)) return Number.NaN
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = DAYS_IN_MONTH[month - 1]! + (leap && month === 2 ? 1 : 0)
  if (day > days) return Number.NaN
  // The year is taken to begin in March, so that the leap day is its last: Hinnant, "chrono-Compatible
  // Low-Level Date Algorithms", days_from_civil.
  const shifted = month > 2 ? year : year - 1
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400)
  return shifted * 365 + leapDays + dayOfYear - 719_468
}
