import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'

/** A list of topic filters that narrows a metric to some messages. */
export interface Dimension {
  name: string
  type: 'TOPIC_FILTER'
  stringValues: readonly string[]
  /** Of the request that made it, to know that request again. */
  token: string | null
  created: EpochMs
  modified: EpochMs
}

interface Row {
  name: string
  type: string
  string_values_json: string
  token: string | null
  created: number
  modified: number
}

const COLUMNS = 'name, type, string_values_json, token, created, modified'

export function findDimension(database: Database, name: string): Dimension | null {
  const row = database.prepare<Row>(`SELECT ${COLUMNS} FROM dimensions WHERE name = ?`).get(name)
  return row === undefined ? null : dimensionOf(row)
}

/** The name must be new. */
export function insertDimension(database: Database, dimension: Dimension): void {
  const { name, type, stringValues, token, created, modified } = dimension
  database
    .prepare(`INSERT INTO dimensions (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`)
    .run(name, type, JSON.stringify(stringValues), token, created, modified)
}

/** Writes what of a dimension can change. */
export function updateDimension(database: Database, dimension: Dimension): void {
  database
    .prepare('UPDATE dimensions SET string_values_json = ?, modified = ? WHERE name = ?')
    .run(JSON.stringify(dimension.stringValues), dimension.modified, dimension.name)
}

export function deleteDimension(database: Database, name: string): void {
  database.prepare('DELETE FROM dimensions WHERE name = ?').run(name)
}

export function countDimensions(database: Database): number {
  return database.prepare<{ count: number }>('SELECT count(*) AS count FROM dimensions').get()!
    .count
}

/** Names in order, behind `after` (empty for the first page). */
export function listDimensions(database: Database, after: string, limit: number): string[] {
  return database
    .prepare<{ name: string }>('SELECT name FROM dimensions WHERE name > ? ORDER BY name LIMIT ?')
    .all(after, limit)
    .map(({ name }) => name)
}

function dimensionOf(row: Row): Dimension {
  return {
    name: row.name,
    type: row.type as Dimension['type'],
    stringValues: JSON.parse(row.string_values_json) as string[],
    token: row.token,
    created: row.created,
    modified: row.modified,
  }
}
