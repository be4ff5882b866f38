import { HOUR_MS } from '../../src/domain/time.ts'
import type { Labelled, ScoreColumn, Span } from './series.ts'

/** Rows by which a detection may miss a labelled stretch's ends and still be one. */
const TOLERANCE = 2
/** Rows behind a labelled stretch in which detections are not false. */
const AFTERMATH = 12
/** Infinite scores count as this. */
const HIGHEST = 1e6

/** The scores by which an event is met. */
export interface Event {
  /** Of the stretch and the rows around it. */
  scores: Float64Array
  /** Where in them the labelled stretch begins. */
  start: number
  highest: number
}

/** `scores` are finite, as of `finite`. */
export function eventOf(series: Labelled, scores: Float64Array, [first, last]: Span): Event {
  const at = Math.max(series.from, first - TOLERANCE)
  const own = scores.subarray(at, last + 1 + TOLERANCE)
  return { scores: own, start: first - at, highest: own.reduce((a, b) => Math.max(a, b)) }
}

/** Clock hours of a series, each with its first row and its highest score. */
export interface QuietHours {
  row: Int32Array
  highest: Float64Array
}

/** The hours that hold judged rows far from labelled stretches; what scores high there is a false alarm. */
export function quietHours(series: Labelled, scores: Float64Array): QuietHours {
  const { time, from, anomalies, ignored } = series
  const quiet = new Uint8Array(time.length).fill(1, from)
  for (const [first, last] of [...anomalies, ...ignored]) {
    quiet.fill(0, Math.max(0, first - TOLERANCE), last + 1 + AFTERMATH)
  }
  const row = new Int32Array(time.length)
  const highest = new Float64Array(time.length)
  let hours = 0
  let before = Number.NaN
  for (let i = from; i < time.length; i++) {
    if (quiet[i] === 0) continue
    const hour = Math.floor(time[i]! / HOUR_MS)
    if (hour !== before) {
      row[hours] = i
      highest[hours++] = scores[i]!
    } else if (scores[i]! > highest[hours - 1]!) highest[hours - 1] = scores[i]!
    before = hour
  }
  return { row: row.slice(0, hours), highest: highest.slice(0, hours) }
}

/** Scores that can be compared: none counts as 0. */
export function finite(scores: ScoreColumn): Float64Array {
  return Float64Array.from(scores, (score) => (Number.isNaN(score) ? 0 : Math.min(score, HIGHEST)))
}
