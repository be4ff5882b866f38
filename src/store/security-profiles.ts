import type { JsonObject } from '../domain/problem.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'

/** A security profile as it is kept: whatever its author wrote stays as written. */
export interface StoredProfile {
  name: string
  /** Counts its updates, from 1. */
  version: number
  description: string | null
  behaviors: readonly JsonObject[]
  /** By kind of target, `SNS`. */
  alertTargets: JsonObject
  metricsToRetain: readonly string[]
  /** `{metric, metricDimension, exportMetric}`. */
  metricsToRetainV2: readonly JsonObject[]
  exportConfig: JsonObject | null
  created: EpochMs
  modified: EpochMs
}

interface Row {
  name: string
  version: number
  description: string | null
  behaviors_json: string
  alert_targets_json: string
  metrics_to_retain_json: string
  metrics_to_retain_v2_json: string
  export_config_json: string | null
  created: number
  modified: number
}

const COLUMNS = `name, version, description, behaviors_json, alert_targets_json,
  metrics_to_retain_json, metrics_to_retain_v2_json, export_config_json, created, modified`

export function findProfile(database: Database, name: string): StoredProfile | null {
  const row = database
    .prepare<Row>(`SELECT ${COLUMNS} FROM security_profiles WHERE name = ?`)
    .get(name)
  return row === undefined ? null : profileOf(row)
}

export function profileExists(database: Database, name: string): boolean {
  return database.prepare('SELECT 1 FROM security_profiles WHERE name = ?').get(name) !== undefined
}

/** By name. */
export function allProfiles(database: Database): StoredProfile[] {
  return database
    .prepare<Row>(`SELECT ${COLUMNS} FROM security_profiles ORDER BY name`)
    .all()
    .map(profileOf)
}

/** The name must be new. */
export function insertProfile(database: Database, profile: StoredProfile): void {
  database
    .prepare(`INSERT INTO security_profiles (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    .run(profile.name, profile.version, ...changeable(profile), profile.created, profile.modified)
}

/** Writes what of a profile can change. */
export function updateProfile(database: Database, profile: StoredProfile): void {
  database
    .prepare(
      `UPDATE security_profiles SET version = ?, description = ?, behaviors_json = ?,
         alert_targets_json = ?, metrics_to_retain_json = ?, metrics_to_retain_v2_json = ?,
         export_config_json = ?, modified = ? WHERE name = ?`,
    )
    .run(profile.version, ...changeable(profile), profile.modified, profile.name)
}

/** Its targets go with it. */
export function deleteProfile(database: Database, name: string): void {
  database.prepare('DELETE FROM security_profiles WHERE name = ?').run(name)
}

/** What profiles may be asked for by: all of them, or those that speak of a metric or a dimension. */
export type ProfileFilter =
  | { by: 'nothing' }
  | { by: 'metric'; name: string }
  | { by: 'dimension'; name: string }

const RETAINED = 'json_each(metrics_to_retain_v2_json)'
const SPEAKS_OF = {
  metric: `(EXISTS (SELECT 1 FROM json_each(behaviors_json) WHERE value ->> 'metric' = ?)
    OR EXISTS (SELECT 1 FROM json_each(metrics_to_retain_json) WHERE value = ?)
    OR EXISTS (SELECT 1 FROM ${RETAINED} WHERE value ->> 'metric' = ?))`,
  dimension: `(EXISTS (SELECT 1 FROM json_each(behaviors_json)
      WHERE value ->> '$.metricDimension.dimensionName' = ?)
    OR EXISTS (SELECT 1 FROM ${RETAINED} WHERE value ->> '$.metricDimension.dimensionName' = ?))`,
}

/** Names in order, behind `after` (empty for the first page). */
export function listProfiles(
  database: Database,
  filter: ProfileFilter,
  after: string,
  limit: number,
): string[] {
  const where = filter.by === 'nothing' ? 'TRUE' : SPEAKS_OF[filter.by]
  const names =
    filter.by === 'nothing'
      ? []
      : where
          .split('?')
          .slice(1)
          .map(() => filter.name)
  return database
    .prepare<{ name: string }>(
      `SELECT name FROM security_profiles WHERE ${where} AND name > ? ORDER BY name LIMIT ?`,
    )
    .all(...names, after, limit)
    .map(({ name }) => name)
}

function changeable(profile: StoredProfile): (string | null)[] {
  return [
    profile.description,
    JSON.stringify(profile.behaviors),
    JSON.stringify(profile.alertTargets),
    JSON.stringify(profile.metricsToRetain),
    JSON.stringify(profile.metricsToRetainV2),
    profile.exportConfig === null ? null : JSON.stringify(profile.exportConfig),
  ]
}

function profileOf(row: Row): StoredProfile {
  return {
    name: row.name,
    version: row.version,
    description: row.description,
    behaviors: JSON.parse(row.behaviors_json) as JsonObject[],
    alertTargets: JSON.parse(row.alert_targets_json) as JsonObject,
    metricsToRetain: JSON.parse(row.metrics_to_retain_json) as string[],
    metricsToRetainV2: JSON.parse(row.metrics_to_retain_v2_json) as JsonObject[],
    exportConfig:
      row.export_config_json === null ? null : (JSON.parse(row.export_config_json) as JsonObject),
    created: row.created,
    modified: row.modified,
  }
}
