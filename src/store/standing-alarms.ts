import type { EpochMs } from '../domain/time.ts'
import type { ViolationEvent } from '../domain/violation.ts'
import type { Database } from './database.ts'
import { type EventRow, eventOf } from './violation-events.ts'

/** Where a walk over the standing alarms is. */
export interface AlarmPosition {
  started: EpochMs
  id: string
}

export const BEFORE_ALL_ALARMS: AlarmPosition = { started: -1, id: '' }

export interface AlarmPage {
  /** As events that open them, with what was measured last. */
  alarms: ViolationEvent[]
  /** Null behind the last page. */
  next: AlarmPosition | null
}

/** The next alarms that stand and are not suppressed, in the order in which they began. */
export function standingAlarms(database: Database, after: AlarmPosition, limit: number): AlarmPage {
  const rows = database
    .prepare<Omit<EventRow, 'id'>>(
      `SELECT v.id AS violation_id, 'in-alarm' AS type, v.started AS time, v.profile, v.thing, v.confidence,
         v.suppressed, v.last_value_json AS value_json, v.behavior_json, e.explanation_json
       FROM violations AS v INDEXED BY violations_active
       LEFT JOIN violation_events AS e ON e.violation_id = v.id AND e.type = 'in-alarm'
       WHERE v.ended IS NULL AND (v.started, v.id) > (?, ?) ORDER BY v.started, v.id LIMIT ?`,
    )
    .all(after.started, after.id, limit)
  const last = rows.at(-1)
  return {
    alarms: rows
      .filter(({ suppressed }) => suppressed === 0)
      .map((row) => eventOf({ ...row, id: 0 })),
    next:
      last === undefined || rows.length < limit
        ? null
        : { started: last.time, id: last.violation_id },
  }
}

/** How many alarms stand, suppressed ones too. */
export function activeCounts(
  database: Database,
): { profile: string; behavior: string; count: number }[] {
  return database
    .prepare<{ profile: string; behavior: string; count: number }>(
      `SELECT profile, behavior, count(*) AS count FROM violations WHERE ended IS NULL
       GROUP BY profile, behavior`,
    )
    .all()
}
