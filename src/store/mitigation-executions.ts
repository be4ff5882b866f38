import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'
import type { MitigationTask } from './mitigation-tasks.ts'

export type ExecutionStatus = 'IN_PROGRESS' | 'SUCCESSFUL' | 'FAILED' | 'SKIPPED'

/** One action on one violation. */
export interface Execution {
  taskId: string
  violationId: string
  actionName: string
  /** The action's place in the task's list. */
  position: number
  thing: string
  status: ExecutionStatus
  /** Null before it has begun. */
  started: EpochMs | null
  ended: EpochMs | null
  errorCode: string | null
  message: string | null
}

interface Row {
  task_id: string
  violation_id: string
  action_name: string
  position: number
  thing: string
  status: ExecutionStatus
  started: EpochMs | null
  ended: EpochMs | null
  error_code: string | null
  message: string | null
}

/** Lays out all that a task has to do: each action for each violation it is about. Answers how many. */
export function layOutExecutions(database: Database, task: MitigationTask): number {
  const { id, started, target, occurrence, onlyActive, includeSuppressed, actions } = task
  const [which, wanted] = condition(target)
  const times =
    occurrence === null ? '' : 'AND (v.started BETWEEN ? AND ? OR v.ended BETWEEN ? AND ?)'
  const { from, to } = occurrence ?? { from: 0, to: 0 }
  const { changes } = database
    .prepare(
      `INSERT INTO mitigation_executions (task_id, violation_id, action_name, position, thing, status, started)
       SELECT ?, v.id, action.value, action.key, v.thing, 'IN_PROGRESS', ?
       FROM violations AS v, json_each(?) AS action
       WHERE ${which} ${onlyActive ? 'AND v.ended IS NULL' : ''}
         ${includeSuppressed ? '' : 'AND v.suppressed = 0'} ${times}`,
    )
    .run(
      id,
      started,
      JSON.stringify(actions.map(({ name }) => name)),
      ...wanted,
      ...(occurrence === null ? [] : [from, to, from, to]),
    )
  return changes
}

function condition(target: MitigationTask['target']): [sql: string, values: string[]] {
  if ('violationIds' in target) {
    return ['v.id IN (SELECT value FROM json_each(?))', [JSON.stringify(target.violationIds)]]
  }
  const { securityProfileName, behaviorName } = target
  return behaviorName === undefined
    ? ['v.profile = ?', [securityProfileName]]
    : ['v.profile = ? AND v.behavior = ?', [securityProfileName, behaviorName]]
}

/** The next of a task that are still to be done: violation by violation, actions in their order. */
export function openExecutions(database: Database, taskId: string, limit: number): Execution[] {
  return database
    .prepare<Row>(
      `SELECT * FROM mitigation_executions WHERE task_id = ? AND status = 'IN_PROGRESS'
       ORDER BY violation_id, position LIMIT ?`,
    )
    .all(taskId, limit)
    .map(executionOf)
}

/** Whether an earlier action on the violation failed, or was skipped for such a one. */
export function failedBefore(database: Database, execution: Execution): boolean {
  const { taskId, violationId, position } = execution
  return (
    database
      .prepare<{ position: number }>(
        `SELECT position FROM mitigation_executions
         WHERE task_id = ? AND violation_id = ? AND position < ? AND status IN ('FAILED', 'SKIPPED')`,
      )
      .get(taskId, violationId, position) !== undefined
  )
}

export function endExecution(database: Database, execution: Execution): void {
  const { taskId, violationId, actionName, status, ended, errorCode, message } = execution
  database
    .prepare(
      `UPDATE mitigation_executions SET status = ?, ended = ?, error_code = ?, message = ?
       WHERE task_id = ? AND violation_id = ? AND action_name = ?`,
    )
    .run(status, ended, errorCode, message, taskId, violationId, actionName)
}

/** What a task has not done it will not do. */
export function skipOpen(database: Database, taskId: string, message: string, now: EpochMs): void {
  database
    .prepare(
      `UPDATE mitigation_executions SET status = 'SKIPPED', ended = ?, message = ?
       WHERE task_id = ? AND status = 'IN_PROGRESS'`,
    )
    .run(now, message, taskId)
}

/** AWS's `taskStatistics`; executed are those that succeeded. */
export interface TaskStatistics {
  actionsExecuted: number
  actionsSkipped: number
  actionsFailed: number
}

export function taskStatistics(database: Database, taskId: string): TaskStatistics {
  return database
    .prepare<TaskStatistics>(
      `SELECT count(*) FILTER (WHERE status = 'SUCCESSFUL') AS actionsExecuted,
         count(*) FILTER (WHERE status = 'SKIPPED') AS actionsSkipped,
         count(*) FILTER (WHERE status = 'FAILED') AS actionsFailed
       FROM mitigation_executions WHERE task_id = ?`,
    )
    .get(taskId)!
}

/** All that are given must hold; null: any. */
export interface ExecutionFilter {
  taskId: string | null
  violationId: string | null
  thing: string | null
  /** When they were started, both ends included. */
  from: EpochMs | null
  to: EpochMs | null
}

export type ExecutionPlace = Pick<Execution, 'started' | 'taskId' | 'violationId' | 'position'>

/** In the order of their start, behind `after`. */
export function listExecutions(
  database: Database,
  filter: ExecutionFilter,
  after: ExecutionPlace | null,
  limit: number,
): Execution[] {
  const { taskId, violationId, thing, from, to } = filter
  const parts: [sql: string, values: (string | number)[]][] = []
  if (taskId !== null) parts.push(['task_id = ?', [taskId]])
  if (violationId !== null) parts.push(['violation_id = ?', [violationId]])
  if (thing !== null) parts.push(['thing = ?', [thing]])
  if (from !== null) parts.push(['started >= ?', [from]])
  if (to !== null) parts.push(['started <= ?', [to]])
  if (after !== null) {
    const { started, taskId: task, violationId: violation, position } = after
    parts.push([
      '(started, task_id, violation_id, position) > (?, ?, ?, ?)',
      [started ?? 0, task, violation, position],
    ])
  }
  const where = parts.length === 0 ? '' : `WHERE ${parts.map(([sql]) => sql).join(' AND ')}`
  return database
    .prepare<Row>(
      `SELECT * FROM mitigation_executions ${where}
       ORDER BY started, task_id, violation_id, position LIMIT ?`,
    )
    .all(...parts.flatMap(([, values]) => values), limit)
    .map(executionOf)
}

function executionOf(row: Row): Execution {
  return {
    taskId: row.task_id,
    violationId: row.violation_id,
    actionName: row.action_name,
    position: row.position,
    thing: row.thing,
    status: row.status,
    started: row.started,
    ended: row.ended,
    errorCode: row.error_code,
    message: row.message,
  }
}
