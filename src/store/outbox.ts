import type { EpochMs } from '../domain/time.ts'
import type { ViolationEventType } from '../domain/violation.ts'
import type { Database } from './database.ts'
import { type EventRow, eventOf, type StoredEvent } from './violation-events.ts'

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
const OPEN_FLOOD = 1
const SEALED_FLOOD = 2

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

/** A notification that is due, with the attempts made so far. */
export interface DueNotification {
  id: number
  key: string
  target: string
  profile: string
  behavior: string
  type: ViolationEventType
  attempts: number
}

/**
 * The next notifications of a channel that may leave, oldest due time first; what is in `except` is under way.
 * None that waits for another.
 */
export function dueNotifications(
  database: Database,
  channel: string,
  now: EpochMs,
  limit: number,
  except: readonly number[],
): DueNotification[] {
  return database
    .prepare<DueNotification>(
      `SELECT id, key, target, profile, behavior, type, attempts FROM outbox AS o
       WHERE state = 'waiting' AND channel = ? AND due <= ?
         AND id NOT IN (SELECT value FROM json_each(?))
         AND NOT EXISTS (
           SELECT 1 FROM outbox_order AS x JOIN outbox AS before ON before.id = x.after
           WHERE x.notification = o.id AND before.state = 'waiting')
       ORDER BY due, id LIMIT ?`,
    )
    .all(channel, now, JSON.stringify(except), limit)
}

/** When the next notification becomes due that is not yet; null: there is none. */
export function nextDue(database: Database, channel: string, after: EpochMs): EpochMs | null {
  return database
    .prepare<{ due: EpochMs | null }>(
      `SELECT min(due) AS due FROM outbox WHERE state = 'waiting' AND channel = ? AND due > ?`,
    )
    .get(channel, after)!.due
}

/** No event joins them any more: what is sent under a key is the same in every repetition. */
export function sealFloods(database: Database, ids: readonly number[]): void {
  database
    .prepare(
      `UPDATE outbox SET flood = ${SEALED_FLOOD}
       WHERE flood = ${OPEN_FLOOD} AND id IN (SELECT value FROM json_each(?))`,
    )
    .run(JSON.stringify(ids))
}

export function markDelivered(database: Database, id: number, now: EpochMs): void {
  database
    .prepare(
      `UPDATE outbox SET state = 'delivered', attempts = attempts + 1, last_error = NULL, finished = ?
       WHERE id = ?`,
    )
    .run(now, id)
}

/** To be repeated at `due`; what waits for it need not be looked at before either. */
export function markFailed(database: Database, id: number, due: EpochMs, error: string): void {
  database
    .prepare('UPDATE outbox SET attempts = attempts + 1, due = ?, last_error = ? WHERE id = ?')
    .run(due, error, id)
  database
    .prepare(
      `UPDATE outbox SET due = max(due, ?)
       WHERE state = 'waiting' AND id IN (SELECT notification FROM outbox_order WHERE after = ?)`,
    )
    .run(due, id)
}

/** Given up for good; what comes after it goes on. */
export function markDead(database: Database, id: number, now: EpochMs, error: string): void {
  database
    .prepare(
      `UPDATE outbox SET state = 'dead', attempts = attempts + 1, last_error = ?, finished = ?
       WHERE id = ?`,
    )
    .run(error, now, id)
}

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

/** How many notifications wait and how many were given up, by channel. */
export function outboxDepths(
  database: Database,
): { channel: string; state: 'waiting' | 'dead'; count: number }[] {
  return database
    .prepare<{ channel: string; state: 'waiting' | 'dead'; count: number }>(
      `SELECT channel, state, count(*) AS count FROM outbox WHERE state = 'waiting' GROUP BY channel
       UNION ALL
       SELECT channel, state, count(*) FROM outbox WHERE state = 'dead' GROUP BY channel`,
    )
    .all()
}

/** A notification that has not arrived, for people to look at. */
export interface Undelivered {
  channel: string
  target: string
  key: string
  profile: string
  behavior: string
  type: string
  attempts: number
  lastError: string | null
  created: EpochMs
  due: EpochMs
}

/** The newest first. */
export function listUndelivered(
  database: Database,
  state: 'waiting' | 'dead',
  limit: number,
): Undelivered[] {
  return database
    .prepare<Undelivered>(
      `SELECT channel, target, key, profile, behavior, type, attempts, last_error AS lastError, created, due
       FROM outbox WHERE state = ? ORDER BY id DESC LIMIT ?`,
    )
    .all(state, limit)
}

/** All that a channel gave up is due again, with all its attempts. Answers how many. */
export function reviveDead(database: Database, channel: string, now: EpochMs): number {
  return database
    .prepare(
      `UPDATE outbox SET state = 'waiting', attempts = 0, due = ?, finished = NULL
       WHERE state = 'dead' AND channel = ?`,
    )
    .run(now, channel).changes
}
