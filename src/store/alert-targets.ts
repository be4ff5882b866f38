import { isObject } from '../domain/problem.ts'
import type { Database } from './database.ts'

/** The ARN a profile's alarms are published to; null: it names none, or is not there. */
export function alertTargetOf(database: Database, profile: string, kind: string): string | null {
  const row = database
    .prepare<{ targets: string }>(
      'SELECT alert_targets_json AS targets FROM security_profiles WHERE name = ?',
    )
    .get(profile)
  const targets: unknown = row === undefined ? {} : JSON.parse(row.targets)
  const target = isObject(targets) ? targets[kind] : null
  return isObject(target) && typeof target.alertTargetArn === 'string'
    ? target.alertTargetArn
    : null
}

/** Where a channel was told of the same violation before: profiles may be gone when their alarms end. */
export function earlierTargetOf(
  database: Database,
  channel: string,
  violationId: string,
): string | null {
  const row = database
    .prepare<{ target: string }>(
      `SELECT o.target FROM violation_events AS e JOIN outbox_events AS n ON n.event = e.id
       JOIN outbox AS o ON o.id = n.notification WHERE e.violation_id = ? AND o.channel = ?`,
    )
    .get(violationId, channel)
  return row?.target ?? null
}

/** Security profiles that name a target of this kind. */
export function profilesWithTarget(database: Database, kind: string): string[] {
  return database
    .prepare<{ name: string }>(
      'SELECT name FROM security_profiles WHERE alert_targets_json -> ? IS NOT NULL ORDER BY name',
    )
    .all(`$.${kind}`)
    .map(({ name }) => name)
}
