import type { CustomMetricType } from '../domain/definitions.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'

/** A metric that devices report under a name of their fleet's own. */
export interface CustomMetric {
  name: string
  type: CustomMetricType
  displayName: string | null
  /** Of the request that made it, to know that request again. */
  token: string | null
  created: EpochMs
  modified: EpochMs
}

interface Row {
  name: string
  type: string
  display_name: string | null
  token: string | null
  created: number
  modified: number
}

const COLUMNS = 'name, type, display_name, token, created, modified'

export function findCustomMetric(database: Database, name: string): CustomMetric | null {
  const row = database
    .prepare<Row>(`SELECT ${COLUMNS} FROM custom_metrics WHERE name = ?`)
    .get(name)
  return row === undefined ? null : metricOf(row)
}

/** The name must be new. */
export function insertCustomMetric(database: Database, metric: CustomMetric): void {
  const { name, type, displayName, token, created, modified } = metric
  database
    .prepare(`INSERT INTO custom_metrics (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`)
    .run(name, type, displayName, token, created, modified)
}

/** Writes what of a custom metric can change. */
export function updateCustomMetric(database: Database, metric: CustomMetric): void {
  database
    .prepare('UPDATE custom_metrics SET display_name = ?, modified = ? WHERE name = ?')
    .run(metric.displayName, metric.modified, metric.name)
}

export function deleteCustomMetric(database: Database, name: string): void {
  database.prepare('DELETE FROM custom_metrics WHERE name = ?').run(name)
}

export function countCustomMetrics(database: Database): number {
  return database.prepare<{ count: number }>('SELECT count(*) AS count FROM custom_metrics').get()!
    .count
}

/** Names in order, behind `after` (empty for the first page). */
export function listCustomMetrics(database: Database, after: string, limit: number): string[] {
  return database
    .prepare<{ name: string }>(
      'SELECT name FROM custom_metrics WHERE name > ? ORDER BY name LIMIT ?',
    )
    .all(after, limit)
    .map(({ name }) => name)
}

function metricOf(row: Row): CustomMetric {
  return {
    name: row.name,
    type: row.type as CustomMetricType,
    displayName: row.display_name,
    token: row.token,
    created: row.created,
    modified: row.modified,
  }
}
