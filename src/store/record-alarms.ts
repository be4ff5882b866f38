import type { EpochMs } from '../domain/time.ts'
import { behaviorName, type MetricValue, type ViolationEvent } from '../domain/violation.ts'
import type { Database } from './database.ts'
import { criteriaType } from './violation-events.ts'

/** The latest violating datapoint of an alarm that goes on. */
export interface AlarmContinuation {
  violationId: string
  at: EpochMs
  value: MetricValue
}

/**
 * Takes transitions of alarms, in order, into the violations that the API lists. To be called in the
 * transaction that stores the events.
 */
export function recordTransitions(database: Database, events: readonly ViolationEvent[]): void {
  const begin = database.prepare(
    `INSERT INTO violations (id, profile, behavior, thing, metric, criteria_type, confidence, suppressed,
       behavior_json, started, last_time, last_value_json)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  )
  const end = database.prepare('UPDATE violations SET ended = ?, end_type = ? WHERE id = ?')
  for (const event of events) {
    const { violationEventType, violationEventTime, violationId, behavior } = event
    if (violationEventType !== 'in-alarm') {
      end.run(violationEventTime, violationEventType, violationId)
      continue
    }
    begin.run(
      violationId,
      event.securityProfileName,
      behaviorName(event),
      event.thingName,
      typeof behavior.metric === 'string' ? behavior.metric : '',
      criteriaType(behavior),
      event.violationEventAdditionalInfo?.confidenceLevel ?? null,
      event.suppressed ? 1 : 0,
      JSON.stringify(behavior),
      violationEventTime,
      violationEventTime,
      event.metricValue === null ? null : JSON.stringify(event.metricValue),
    )
  }
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
