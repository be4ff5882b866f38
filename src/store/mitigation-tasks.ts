import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'

export type TaskStatus = 'IN_PROGRESS' | 'SUCCESSFUL' | 'FAILED' | 'CANCELED'

/** Which violations a task is about. */
export type TaskTarget =
  | { violationIds: readonly string[] }
  | { securityProfileName: string; behaviorName?: string }

/** A mitigation action as it was when the task began. */
export interface ActionCopy {
  name: string
  id: string
  roleArn: string
  actionParams: Readonly<Record<string, unknown>>
}

export interface MitigationTask {
  id: string
  status: TaskStatus
  started: EpochMs
  ended: EpochMs | null
  target: TaskTarget
  /** Of violations that began or ended within it, both ends included; null: of any time. */
  occurrence: { from: EpochMs; to: EpochMs } | null
  onlyActive: boolean
  includeSuppressed: boolean
  /** In the order in which they are run. */
  actions: readonly ActionCopy[]
  /** Of the request that started it. */
  token: string | null
  /** The rule that started it; null: a person did. */
  rule: string | null
}

interface Row {
  id: string
  status: TaskStatus
  started: EpochMs
  ended: EpochMs | null
  target_json: string
  occurrence_json: string | null
  only_active: number
  include_suppressed: number
  actions_json: string
  token: string | null
  rule: string | null
}

export function findTask(database: Database, id: string): MitigationTask | null {
  const row = database.prepare<Row>('SELECT * FROM mitigation_tasks WHERE id = ?').get(id)
  return row === undefined ? null : taskOf(row)
}

/** The id must be new. */
export function insertTask(database: Database, task: MitigationTask): void {
  const { id, status, started, ended, target, occurrence, actions, token, rule } = task
  database
    .prepare(
      `INSERT INTO mitigation_tasks (id, status, started, ended, target_json, occurrence_json, only_active,
         include_suppressed, actions_json, token, rule) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      id,
      status,
      started,
      ended,
      JSON.stringify(target),
      occurrence === null ? null : JSON.stringify(occurrence),
      task.onlyActive ? 1 : 0,
      task.includeSuppressed ? 1 : 0,
      JSON.stringify(actions),
      token,
      rule,
    )
}

export function endTask(database: Database, id: string, status: TaskStatus, now: EpochMs): void {
  database
    .prepare('UPDATE mitigation_tasks SET status = ?, ended = ? WHERE id = ?')
    .run(status, now, id)
}

/** Tasks that were started between two moments, both included, oldest first, behind `after`. */
export function listTasks(
  database: Database,
  from: EpochMs,
  to: EpochMs,
  after: { started: EpochMs; id: string } | null,
  limit: number,
): MitigationTask[] {
  return database
    .prepare<Row>(
      `SELECT * FROM mitigation_tasks WHERE started BETWEEN ? AND ? AND (started, id) > (?, ?)
       ORDER BY started, id LIMIT ?`,
    )
    .all(from, to, after?.started ?? -1, after?.id ?? '', limit)
    .map(taskOf)
}

/** The tasks that are not done, oldest first. */
export function runningTasks(database: Database, limit: number): MitigationTask[] {
  return database
    .prepare<Row>(
      `SELECT * FROM mitigation_tasks WHERE status = 'IN_PROGRESS' ORDER BY started, id LIMIT ?`,
    )
    .all(limit)
    .map(taskOf)
}

/** How many of the tasks that people started are not done. */
export function runningByPeople(database: Database): number {
  return database
    .prepare<{ n: number }>(
      `SELECT count(*) AS n FROM mitigation_tasks WHERE status = 'IN_PROGRESS' AND rule IS NULL`,
    )
    .get()!.n
}

/** The things a rule has acted on since a moment. */
export function thingsOfRule(database: Database, rule: string, since: EpochMs): Set<string> {
  const rows = database
    .prepare<{ thing: string }>(
      `SELECT DISTINCT e.thing FROM mitigation_tasks AS t
       JOIN mitigation_executions AS e ON e.task_id = t.id WHERE t.rule = ? AND t.started > ?`,
    )
    .all(rule, since)
  return new Set(rows.map(({ thing }) => thing))
}

/** A copy of an action, and its type; null: there is none of that name. */
export function copyAction(
  database: Database,
  name: string,
): { type: string; copy: ActionCopy } | null {
  const row = database
    .prepare<{ id: string; type: string; role_arn: string; params_json: string }>(
      'SELECT id, type, role_arn, params_json FROM mitigation_actions WHERE name = ?',
    )
    .get(name)
  if (row === undefined) return null
  const actionParams = JSON.parse(row.params_json) as Record<string, unknown>
  return { type: row.type, copy: { name, id: row.id, roleArn: row.role_arn, actionParams } }
}

function taskOf(row: Row): MitigationTask {
  return {
    id: row.id,
    status: row.status,
    started: row.started,
    ended: row.ended,
    target: JSON.parse(row.target_json) as TaskTarget,
    occurrence:
      row.occurrence_json === null
        ? null
        : (JSON.parse(row.occurrence_json) as { from: EpochMs; to: EpochMs }),
    onlyActive: row.only_active === 1,
    includeSuppressed: row.include_suppressed === 1,
    actions: JSON.parse(row.actions_json) as ActionCopy[],
    token: row.token,
    rule: row.rule,
  }
}
