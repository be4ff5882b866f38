import type { EpochMs } from '../domain/time.ts'
import type { MetricValue } from '../domain/violation.ts'
import type { Database } from './database.ts'
import type { StoredEvent } from './violation-events.ts'

/** The latest violating datapoint of an alarm that goes on. */
export interface AlarmContinuation {
  violationId: string
  at: EpochMs
  value: MetricValue
}

/**
 * Takes transitions of alarms that were just stored, in the transaction that stored them, into the violations that
 * the API lists.
 */
export function recordTransitions(database: Database, stored: readonly StoredEvent[]): void {
  const [first, last] = [stored[0], stored.at(-1)]
  if (first === undefined || last === undefined) return
  // A flood costs less in the order of the violations, and many rows in one statement less than one by one.
  database
    .prepare(
      `INSERT INTO violations (id, profile, behavior, thing, metric, criteria_type, confidence, suppressed,
         behavior_json, started, last_time, last_value_json)
       SELECT violation_id, profile, behavior, thing, coalesce(behavior_json ->> '$.metric', ''),
         criteria_type, confidence, suppressed, behavior_json, time, time, value_json
       FROM violation_events WHERE id BETWEEN ? AND ? AND type = 'in-alarm'
       ORDER BY violation_id ON CONFLICT (id) DO NOTHING`,
    )
    .run(first.id, last.id)
  database
    .prepare(
      `UPDATE violations SET ended = e.time, end_type = e.type FROM violation_events AS e
       WHERE e.id BETWEEN ? AND ? AND e.type <> 'in-alarm' AND violations.id = e.violation_id`,
    )
    .run(first.id, last.id)
}

/** Moves the last violation of alarms that stand. */
export function recordContinuations(
  database: Database,
  continuations: Iterable<AlarmContinuation>,
): void {
  const move = database.prepare(
    'UPDATE violations SET last_time = ?, last_value_json = ? WHERE id = ? AND ended IS NULL',
  )
  for (const { violationId, at, value } of continuations) {
    move.run(at, JSON.stringify(value), violationId)
  }
}
