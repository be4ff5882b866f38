import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'

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
