import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'

/** One kind of row that is not kept for ever: deletes at most `limit` of those before a moment; answers how many. */
export type DeleteExpired = (database: Database, before: EpochMs, limit: number) => number

/** By the time of the event. Notifications that wait lose what they would have said. */
export const deleteEvents: DeleteExpired = (database, before, limit) =>
  database
    .prepare(
      `DELETE FROM violation_events WHERE id IN (
         SELECT id FROM violation_events WHERE time < ? ORDER BY time LIMIT ?)`,
    )
    .run(before, limit).changes

/** By when they ended; alarms that stand are kept. */
export const deleteViolations: DeleteExpired = (database, before, limit) =>
  database
    .prepare(
      `DELETE FROM violations WHERE id IN (
         SELECT id FROM violations WHERE ended IS NOT NULL AND ended < ? ORDER BY ended LIMIT ?)`,
    )
    .run(before, limit).changes

/**
 * Delivered or given up before, or waiting since before for a channel that is gone; their events first, as one may
 * have very many.
 */
export const deleteNotifications: DeleteExpired = (database, before, limit) => {
  const old = `SELECT id FROM outbox WHERE finished < ?
    UNION ALL SELECT id FROM outbox WHERE state = 'waiting' AND created < ? LIMIT ?`
  const events = database
    .prepare(
      `DELETE FROM outbox_events WHERE (notification, event) IN (
         SELECT n.notification, n.event FROM (${old}) AS o
         CROSS JOIN outbox_events AS n ON n.notification = o.id LIMIT ?)`,
    )
    .run(before, before, limit, limit).changes
  if (events === limit) return events
  const { changes } = database
    .prepare(`DELETE FROM outbox WHERE id IN (${old})`)
    .run(before, before, limit)
  return events + changes
}

/** By their start, unless they still run; what they did first. */
export const deleteTasks: DeleteExpired = (database, before, limit) => {
  const over = `SELECT id FROM mitigation_tasks WHERE started < ? AND status <> 'IN_PROGRESS'
    ORDER BY started LIMIT ?`
  const executions = database
    .prepare(
      `DELETE FROM mitigation_executions WHERE (task_id, violation_id, action_name) IN (
         SELECT e.task_id, e.violation_id, e.action_name FROM (${over}) AS t
         CROSS JOIN mitigation_executions AS e ON e.task_id = t.id LIMIT ?)`,
    )
    .run(before, limit, limit).changes
  if (executions === limit) return executions
  return (
    executions +
    database.prepare(`DELETE FROM mitigation_tasks WHERE id IN (${over})`).run(before, limit)
      .changes
  )
}
