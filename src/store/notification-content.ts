import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'
import { type EventRow, eventOf, type StoredEvent } from './violation-events.ts'

/** What a notification is about; times and values of all its events, and the first of them whole. */
export interface NotificationContent {
  count: number
  firstTime: EpochMs
  lastTime: EpochMs
  lowest: number | null
  highest: number | null
  events: StoredEvent[]
}

export function contentOf(database: Database, id: number, shown: number): NotificationContent {
  const rows = database
    .prepare<EventRow>(
      `SELECT e.* FROM outbox_events AS n JOIN violation_events AS e ON e.id = n.event
       WHERE n.notification = ? ORDER BY n.event LIMIT ?`,
    )
    .all(id, shown)
  const span = database
    .prepare<Omit<NotificationContent, 'events'>>(
      `SELECT count(*) AS count, coalesce(min(time), 0) AS firstTime, coalesce(max(time), 0) AS lastTime,
         min(value) AS lowest, max(value) AS highest
       FROM (SELECT e.time, coalesce(e.value_json ->> '$.count', e.value_json ->> '$.number') AS value
         FROM outbox_events AS n JOIN violation_events AS e ON e.id = n.event WHERE n.notification = ?)`,
    )
    .get(id)!
  return { ...span, events: rows.map((row) => ({ id: row.id, event: eventOf(row) })) }
}
