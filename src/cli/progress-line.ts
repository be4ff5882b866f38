import type { Progress } from '../detect/progress.ts'
import { clockText, counted, grouped, rounded, timeText } from './figures.ts'

/** How fast a count grows, over about the last ten seconds. */
export class Pace {
  readonly #marks: { at: number; count: number }[] = []

  /** Notes a count at a moment; returns the growth per second, null the first time. */
  mark(at: number, count: number): number | null {
    const marks = this.#marks
    marks.push({ at, count })
    while (marks.length > 2 && marks[1]!.at <= at - SPAN_MS) marks.shift()
    const first = marks[0]!
    return at > first.at ? ((count - first.count) / (at - first.at)) * 1_000 : null
  }
}

const SPAN_MS = 10_000

/** Milliseconds until the end of the input at the pace so far; null when nothing can be said. */
export function timeLeft(
  { bytes, totalBytes }: Pick<Progress, 'bytes' | 'totalBytes'>,
  elapsedMs: number,
): number | null {
  if (totalBytes === null || bytes <= 0 || elapsedMs <= 0) return null
  return (elapsedMs * Math.max(0, totalBytes - bytes)) / bytes
}

/** `42 %  12,345,678 rows  3.10 M rows/s  at 2026-01-05 12:05  12 alarms  0:14 left`. */
export function formatProgress(
  progress: Progress,
  rowsPerSecond: number | null,
  elapsedMs: number,
): string {
  const { rows, bytes, totalBytes, eventTime, alarms, late } = progress
  const rejected = rejectedRows(progress)
  const left = timeLeft(progress, elapsedMs)
  const parts = [
    ...(totalBytes === null ? [] : [`${share(bytes, totalBytes)} %`]),
    counted(rows, 'row'),
    ...(rowsPerSecond === null ? [] : [`${rounded(rowsPerSecond)} rows/s`]),
    ...(eventTime === null ? [] : [`at ${timeText(eventTime)}`]),
    counted(alarms, 'alarm'),
    ...(rejected > 0 ? [`${grouped(rejected)} rejected`] : []),
    ...(late > 0 ? [`${grouped(late)} late`] : []),
    ...(left === null ? [] : [`${clockText(left)} left`]),
  ]
  return parts.join('  ')
}

export function rejectedRows({ rejected }: Pick<Progress, 'rejected'>): number {
  return Object.values(rejected).reduce((sum, count) => sum + count, 0)
}

function share(bytes: number, totalBytes: number): number {
  return totalBytes === 0 ? 100 : Math.min(100, Math.floor((bytes / totalBytes) * 100))
}
