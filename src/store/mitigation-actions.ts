import type { JsonObject } from '../domain/problem.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'

/** What can be done to the things of violations. */
export interface MitigationAction {
  name: string
  id: string
  /** `ADD_THINGS_TO_THING_GROUP` is the only one that Detect can use. */
  type: string
  roleArn: string
  /** One member, named by the type: `{"addThingsToThingGroupParams": {...}}`. */
  params: JsonObject
  created: EpochMs
  modified: EpochMs
}

interface Row {
  name: string
  id: string
  type: string
  role_arn: string
  params_json: string
  created: number
  modified: number
}

const COLUMNS = 'name, id, type, role_arn, params_json, created, modified'

export function findAction(database: Database, name: string): MitigationAction | null {
  const row = database
    .prepare<Row>(`SELECT ${COLUMNS} FROM mitigation_actions WHERE name = ?`)
    .get(name)
  return row === undefined ? null : actionOf(row)
}

/** The name must be new. */
export function insertAction(database: Database, action: MitigationAction): void {
  const { name, id, type, roleArn, params, created, modified } = action
  database
    .prepare(`INSERT INTO mitigation_actions (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`)
    .run(name, id, type, roleArn, JSON.stringify(params), created, modified)
}

/** Writes what of an action can change. */
export function updateAction(database: Database, action: MitigationAction): void {
  const { name, type, roleArn, params, modified } = action
  database
    .prepare(
      'UPDATE mitigation_actions SET type = ?, role_arn = ?, params_json = ?, modified = ? WHERE name = ?',
    )
    .run(type, roleArn, JSON.stringify(params), modified, name)
}

export function deleteAction(database: Database, name: string): void {
  database.prepare('DELETE FROM mitigation_actions WHERE name = ?').run(name)
}

export function countActions(database: Database): number {
  return database
    .prepare<{ count: number }>('SELECT count(*) AS count FROM mitigation_actions')
    .get()!.count
}

/** By name, behind `after` (empty for the first page); of one type, or of all (null). */
export function listActions(
  database: Database,
  type: string | null,
  after: string,
  limit: number,
): MitigationAction[] {
  return database
    .prepare<Row>(
      `SELECT ${COLUMNS} FROM mitigation_actions
       WHERE type = coalesce(?, type) AND name > ? ORDER BY name LIMIT ?`,
    )
    .all(type, after, limit)
    .map(actionOf)
}

function actionOf(row: Row): MitigationAction {
  return {
    name: row.name,
    id: row.id,
    type: row.type,
    roleArn: row.role_arn,
    params: JSON.parse(row.params_json) as JsonObject,
    created: row.created,
    modified: row.modified,
  }
}
