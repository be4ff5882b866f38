import type { EpochMs } from '../domain/time.ts'
import type { ViolationEventType } from '../domain/violation.ts'
import type { Database } from './database.ts'
import { OPEN_FLOOD, SEALED_FLOOD } from './outbox.ts'

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

/** What waits after a failure, its own or of what goes before it, is due now; floods still take events in. */
export function hasten(database: Database, channel: string, now: EpochMs): void {
  database
    .prepare(
      `UPDATE outbox SET due = ?
       WHERE state = 'waiting' AND channel = ? AND due > ? AND flood <> ${OPEN_FLOOD}`,
    )
    .run(now, channel, now)
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
