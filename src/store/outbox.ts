import type { EpochMs } from '../domain/time.ts'
import type { ViolationEventType } from '../domain/violation.ts'
import type { Database } from './database.ts'

/** Which notifications are alike, so that many of them are a flood. */
export interface FloodKey {
  channel: string
  /** What the channel delivers to, where that is not the channel's own: a topic. */
  target: string
  profile: string
  behavior: string
  type: ViolationEventType
}

/** Floods take events in until they are sealed, before they are first sent. */
const SINGLE = 0
export const OPEN_FLOOD = 1
export const SEALED_FLOOD = 2

export interface NewNotification extends FloodKey {
  key: string
  flood: boolean
  due: EpochMs
  created: EpochMs
}

/** Adds a notification of the events; answers its id, higher than all before. */
export function addNotification(
  database: Database,
  notification: NewNotification,
  eventIds: readonly number[],
): number {
  const { channel, target, key, flood, profile, behavior, type, due, created } = notification
  const { lastId } = database
    .prepare(
      `INSERT INTO outbox (channel, target, key, flood, profile, behavior, type, state, due, created)
       VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?)`,
    )
    .run(channel, target, key, flood ? OPEN_FLOOD : SINGLE, profile, behavior, type, due, created)
  addEvents(database, lastId, eventIds)
  return lastId
}

/** Only to open floods, and to what was just made. */
export function addEvents(database: Database, id: number, eventIds: readonly number[]): void {
  database
    .prepare('INSERT INTO outbox_events SELECT ?, value FROM json_each(?)')
    .run(id, JSON.stringify(eventIds))
}

/** The notification leaves after those others, which have lower ids, are delivered or given up. */
export function putAfter(database: Database, id: number, others: readonly number[]): void {
  if (others.length === 0) return
  database
    .prepare('INSERT OR IGNORE INTO outbox_order SELECT ?, value FROM json_each(?)')
    .run(id, JSON.stringify(others))
}

/**
 * For each event whose thing and behavior have an earlier event in a notification that still waits: that
 * notification. One look back suffices, as each waits for the one before it.
 */
export function waitingBefore(
  database: Database,
  channel: string,
  eventIds: readonly number[],
): Map<number, number> {
  const rows = database
    .prepare<{ event: number; notification: number; state: string }>(
      `SELECT fresh.id AS event, o.id AS notification, o.state
       FROM json_each(?) AS given CROSS JOIN violation_events AS fresh ON fresh.id = given.value
       CROSS JOIN outbox AS o ON o.id = (
         SELECT n.notification
         FROM violation_events AS e INDEXED BY violation_events_by_thing
         JOIN outbox_events AS n ON n.event = e.id JOIN outbox AS c ON c.id = n.notification
         WHERE e.thing = fresh.thing AND e.profile = fresh.profile AND e.behavior = fresh.behavior
           AND e.id < fresh.id AND c.channel = ?
         ORDER BY e.time DESC, e.id DESC LIMIT 1)`,
    )
    .all(JSON.stringify(eventIds), channel)
  const waiting = rows.filter(({ state }) => state === 'waiting')
  return new Map(waiting.map(({ event, notification }) => [event, notification]))
}

/** What a flood key has been given since a moment. */
export interface RecentNotifications {
  singles: number
  floods: number
  /** The last flood that can still take events in. */
  open: { id: number; events: number } | null
}

export function recentNotifications(
  database: Database,
  { channel, target, profile, behavior, type }: FloodKey,
  since: EpochMs,
): RecentNotifications {
  const row = database
    .prepare<{ singles: number; floods: number; open: number | null }>(
      `SELECT count(*) FILTER (WHERE flood = ${SINGLE}) AS singles,
         count(*) FILTER (WHERE flood <> ${SINGLE}) AS floods,
         max(id) FILTER (WHERE flood = ${OPEN_FLOOD} AND state = 'waiting') AS open
       FROM outbox WHERE channel = ? AND target = ? AND profile = ? AND behavior = ? AND type = ?
         AND created >= ?`,
    )
    .get(channel, target, profile, behavior, type, since)!
  const { singles, floods, open } = row
  return {
    singles,
    floods,
    open: open === null ? null : { id: open, events: eventCount(database, open) },
  }
}

function eventCount(database: Database, id: number): number {
  return database
    .prepare<{ n: number }>('SELECT count(*) AS n FROM outbox_events WHERE notification = ?')
    .get(id)!.n
}
