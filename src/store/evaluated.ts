import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'
import { SUBTREE } from './thing-groups.ts'

/** Everything in the store that evaluation depends on, as plain data. */
export interface EvaluatedRows {
  profiles: EvaluatedProfile[]
  /** By profile, what it is attached to: `thinggroup/NAME` or `all/...`. */
  targets: Record<string, string[]>
  /** The things below each group that is a target. */
  groups: Record<string, string[]>
  /** All registered things, where a target tells them from others; else none. */
  registered: string[]
  customMetrics: Record<string, string>
  /** The topic filters of each dimension. */
  dimensions: Record<string, string[]>
}

export interface EvaluatedProfile {
  name: string
  /** Tells a profile from one of the same name before it. */
  created: EpochMs
  /** In AWS's shape, as far as evaluation goes. */
  source: Record<string, unknown>
}

interface ProfileRow {
  name: string
  created: number
  behaviors_json: string
  metrics_to_retain_json: string
  metrics_to_retain_v2_json: string
}

/** A picture of the moment; `configurationVersion` tells when it is out of date. */
export function evaluatedRows(database: Database): EvaluatedRows {
  const profiles = database
    .prepare<ProfileRow>(
      `SELECT name, created, behaviors_json, metrics_to_retain_json, metrics_to_retain_v2_json
       FROM security_profiles ORDER BY name`,
    )
    .all()
  const attached = database
    .prepare<{ profile: string; target: string }>(
      'SELECT profile, target FROM profile_targets ORDER BY profile, target',
    )
    .all()
  // Maps first: a profile may be called __proto__.
  const targets = new Map<string, string[]>()
  const groups = new Map<string, string[]>()
  for (const { profile, target } of attached) {
    targets.set(profile, [...(targets.get(profile) ?? []), target])
    if (!target.startsWith('thinggroup/') || groups.has(target)) continue
    groups.set(target, thingsBelow(database, target.slice('thinggroup/'.length)))
  }
  const asked = attached.some(({ target }) => /^all\/(un)?registered-things$/.test(target))
  return {
    profiles: profiles.map((row) => ({
      name: row.name,
      created: row.created,
      source: {
        securityProfileName: row.name,
        behaviors: JSON.parse(row.behaviors_json) as unknown,
        additionalMetricsToRetain: JSON.parse(row.metrics_to_retain_json) as unknown,
        additionalMetricsToRetainV2: JSON.parse(row.metrics_to_retain_v2_json) as unknown,
      },
    })),
    targets: Object.fromEntries(targets),
    groups: Object.fromEntries(groups),
    registered: asked ? namesOf(database, 'SELECT name FROM things ORDER BY name') : [],
    customMetrics: byName(
      database
        .prepare<{ name: string; value: string }>(
          'SELECT name, type AS value FROM custom_metrics ORDER BY name',
        )
        .all(),
    ),
    dimensions: Object.fromEntries(
      database
        .prepare<{ name: string; value: string }>(
          'SELECT name, string_values_json AS value FROM dimensions ORDER BY name',
        )
        .all()
        .map(({ name, value }) => [name, JSON.parse(value) as string[]]),
    ),
  }
}

function byName(rows: readonly { name: string; value: string }[]): Record<string, string> {
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
}

function thingsBelow(database: Database, group: string): string[] {
  return namesOf(
    database,
    `WITH RECURSIVE ${SUBTREE}
     SELECT DISTINCT m.thing_name AS name
     FROM subtree AS s JOIN group_members AS m ON m.group_name = s.name ORDER BY name`,
    group,
  )
}

function namesOf(database: Database, sql: string, ...values: string[]): string[] {
  return database
    .prepare<{ name: string }>(sql)
    .all(...values)
    .map(({ name }) => name)
}
