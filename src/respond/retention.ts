import { DAY_MS, type EpochMs, HOUR_MS } from '../domain/time.ts'
import type { Database } from '../store/database.ts'
import {
  type DeleteExpired,
  deleteEvents,
  deleteNotifications,
  deleteTasks,
  deleteViolations,
} from '../store/expired.ts'
import type { Schedule } from './dispatch.ts'

/** How long things are kept, in milliseconds. */
export interface Retention {
  /** Violation events, and violations after they ended. */
  eventsMs: number
  /** Mitigation tasks and what they did. */
  tasksMs: number
  /** Notifications after they were delivered or given up. */
  notificationsMs: number
}

/** AWS's own, where it has one. */
export const DEFAULT_RETENTION: Retention = {
  eventsMs: 30 * DAY_MS,
  tasksMs: 90 * DAY_MS,
  notificationsMs: 30 * DAY_MS,
}

/** Rows in one transaction: a few milliseconds in which nothing else happens. */
const AT_ONCE = 500
/** From one part to the next, for everything else to happen in between. */
const PAUSE_MS = 50
const EVERY_MS: number = HOUR_MS

/** What things are old by. */
export interface SweepTimes {
  /** The clock, for what this program did. */
  now: EpochMs
  /** For violations and their events; null: none is old yet. */
  eventTime: EpochMs | null
}

/** Deletes one small part of what is too old; answers whether there may be more. */
export function sweep(
  database: Database,
  { now, eventTime }: SweepTimes,
  { eventsMs, tasksMs, notificationsMs }: Retention,
  atOnce: number = AT_ONCE,
): boolean {
  const kinds: [DeleteExpired, EpochMs][] = [
    [deleteNotifications, now - notificationsMs],
    [deleteTasks, now - tasksMs],
  ]
  if (eventTime !== null) {
    kinds.push([deleteEvents, eventTime - eventsMs], [deleteViolations, eventTime - eventsMs])
  }
  return kinds.some(([deleteSome, before]) => deleteSome(database, before, atOnce) > 0)
}

export interface SweeperContext {
  database: Database
  times: () => SweepTimes
  retention: Retention
  /** The store failed; it is tried again. */
  broken: (error: unknown) => void
}

/** Sweeps once an hour, part by part. Answers how to stop it. */
export function startSweeping(context: SweeperContext, schedule: Schedule): () => void {
  const { database, times, retention, broken } = context
  let cancel: () => void = () => {}
  const run = (): void => {
    let more = false
    try {
      more = sweep(database, times(), retention)
    } catch (error) {
      broken(error)
    }
    cancel = schedule(more ? PAUSE_MS : EVERY_MS, run)
  }
  run()
  return () => cancel()
}
