import type { EpochMs } from '../domain/time.ts'
import type { Database } from '../store/database.ts'
import type { StoredEvent } from '../store/violation-events.ts'
import { type Refusal, startAutomatic } from './automatic.ts'
import type { Channel } from './channel.ts'
import { enqueue } from './enqueue.ts'

export interface RespondContext {
  channels: readonly Channel[]
  floodWindowMs: number
  uuid: () => string
}

/**
 * What follows from events that were really new, in the transaction that stores them: notifications in the
 * outbox, and the tasks of automatic rules. Answers what rules did not do. Wake the dispatch and the runner
 * once the transaction is committed.
 */
export function respond(
  database: Database,
  events: readonly StoredEvent[],
  now: EpochMs,
  { channels, floodWindowMs, uuid }: RespondContext,
): Refusal[] {
  if (events.length === 0) return []
  for (const channel of channels) enqueue(database, channel, events, floodWindowMs, now)
  return startAutomatic(database, events, now, uuid)
}
