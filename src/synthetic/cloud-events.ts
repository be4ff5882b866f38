import { CLOUD_COUNTERS } from '../domain/metric.ts'
import { SLOT } from './metrics.ts'
import type { ReportRows } from './report-rows.ts'

export type CloudEvent =
  | 'connect'
  | 'connect-denied'
  | 'disconnect'
  | 'publish-denied'
  | 'publish'
  | 'deliver'
  | 'subscribe'

/** Whether any of these metrics is counted from events at the broker. */
export function carriesCloudSide(metrics: readonly string[]): boolean {
  return metrics.some((name) => CLOUD_COUNTERS.includes(name))
}

/**
 * The events behind a thing's cloud-side counters of one step, in ascending time, spread over the
 * window that the datapoint lies in. Failures are denied connects as far as there are attempts,
 * then denied publishes. A thing that did nothing subscribes: it is active, which no counter shows.
 */
export function eachCloudEvent(
  { time, values }: ReportRows,
  windowMs: number,
  visit: (event: CloudEvent, time: number) => void,
): void {
  const attempts = countAt(values, SLOT.connectionAttempts)
  const failures = countAt(values, SLOT.authorizationFailures)
  const denied = Math.min(attempts, failures)
  const counts: readonly (readonly [CloudEvent, number])[] = [
    ['disconnect', countAt(values, SLOT.disconnects)],
    ['connect-denied', denied],
    ['connect', attempts - denied],
    ['publish-denied', failures - denied],
    ['publish', countAt(values, SLOT.sent)],
    ['deliver', countAt(values, SLOT.received)],
  ]
  const total = counts.reduce((sum, [, count]) => sum + count, 0)
  const start = Math.floor(time / windowMs) * windowMs
  if (total === 0) visit('subscribe', time)
  let done = 0
  for (const [event, count] of counts) {
    for (let i = 0; i < count; i++, done++) {
      visit(event, start + Math.floor(((done + 0.5) * windowMs) / total))
    }
  }
}

/** 0 for a metric that the fleet does not have. */
function countAt(values: Float64Array, slot: number): number {
  return values[slot]! > 0 ? values[slot]! : 0
}
