import { DetectError } from '../domain/errors.ts'
import { show } from '../domain/problem.ts'
import { DAY_MS, type EpochMs, HOUR_MS, MINUTE_MS, parseTime, SECOND_MS } from '../domain/time.ts'

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
}

/** Milliseconds of `500ms`, `90s`, `5m`, `1.5h`, `14d`. `option` is named in the usage error. */
export function readDuration(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text)
  const ms = match === null ? Number.NaN : Number(match[1]) * UNIT_MS[match[2]!]!
  if (Number.isSafeInteger(ms)) return ms
  throw bad(option, text, 'should be a duration such as 90s, 5m, 1h or 14d')
}

export function readMoment(option: string, text: string): EpochMs {
  const time = parseTime(text)
  if (!Number.isNaN(time)) return time
  throw bad(option, text, 'should be a time such as 2026-01-05, 2026-01-05T12:00:00Z or 1767614400')
}

export function readCount(option: string, text: string, least: number): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (count >= least && Number.isSafeInteger(count)) return count
  throw bad(option, text, `should be a whole number from ${least} on`)
}

export function readAmount(option: string, text: string): number {
  const amount = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (amount > 0 && Number.isFinite(amount)) return amount
  throw bad(option, text, 'should be a number above 0')
}

const UNIT_BYTES: Readonly<Record<string, number>> = { '': 1, kB: 1e3, MB: 1e6, GB: 1e9 }

/** Bytes of `2000000`, `800MB`, `1.5GB`. */
export function readBytes(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(kB|MB|GB|)$/.exec(text)
  const bytes = match === null ? Number.NaN : Number(match[1]) * UNIT_BYTES[match[2]!]!
  if (bytes > 0 && Number.isFinite(bytes)) return bytes
  throw bad(option, text, 'should be an amount of memory such as 800MB or 4GB')
}

/** A window's length: it divides a day, so that days begin with a window. */
export function readWindow(option: string, text: string): number {
  const ms = readDuration(option, text)
  if (ms >= SECOND_MS && DAY_MS % ms === 0) return ms
  throw bad(option, text, 'should last at least 1s and divide a day, as 1m, 5m, 15m and 1h do')
}

function bad(option: string, text: string, wanted: string): DetectError {
  return new DetectError('usage', `${option} ${show(text)} ${wanted}`)
}
