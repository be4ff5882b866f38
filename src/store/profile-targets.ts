import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'
import { SUBTREE } from './thing-groups.ts'

/** A profile, and a target it is attached to: `thinggroup/NAME`, or `all/things` and its like. */
export interface Mapping {
  profile: string
  target: string
}

/** Being attached already is no error. Both must be there. */
export function attachProfile(
  database: Database,
  { profile, target }: Mapping,
  now: EpochMs,
): void {
  database
    .prepare('INSERT OR IGNORE INTO profile_targets (profile, target, attached) VALUES (?, ?, ?)')
    .run(profile, target, now)
}

/** Not being attached is no error. */
export function detachProfile(database: Database, { profile, target }: Mapping): void {
  database
    .prepare('DELETE FROM profile_targets WHERE profile = ? AND target = ?')
    .run(profile, target)
}

export function isProfileAttached(database: Database, { profile, target }: Mapping): boolean {
  return (
    database
      .prepare('SELECT 1 FROM profile_targets WHERE profile = ? AND target = ?')
      .get(profile, target) !== undefined
  )
}

/** How many profiles watch a target directly. */
export function countProfilesOf(database: Database, target: string): number {
  return database
    .prepare<{ count: number }>('SELECT count(*) AS count FROM profile_targets WHERE target = ?')
    .get(target)!.count
}

/** In order, behind `after` (empty for the first page). */
export function listTargets(
  database: Database,
  profile: string,
  after: string,
  limit: number,
): string[] {
  return database
    .prepare<{ target: string }>(
      'SELECT target FROM profile_targets WHERE profile = ? AND target > ? ORDER BY target LIMIT ?',
    )
    .all(profile, after, limit)
    .map(({ target }) => target)
}

/** The profiles of a target, by name, behind `after`. */
export function listProfilesOf(
  database: Database,
  target: string,
  after: Mapping,
  limit: number,
): Mapping[] {
  return database
    .prepare<Mapping>(
      `SELECT target, profile FROM profile_targets
       WHERE target = ? AND (target, profile) > (?, ?) ORDER BY target, profile LIMIT ?`,
    )
    .all(target, after.target, after.profile, limit)
}

/** The same of a group and of all groups below it, by target, then by profile. */
export function listProfilesBelow(
  database: Database,
  group: string,
  after: Mapping,
  limit: number,
): Mapping[] {
  return database
    .prepare<Mapping>(
      `WITH RECURSIVE ${SUBTREE}
       SELECT t.target, t.profile FROM subtree AS s
       JOIN profile_targets AS t ON t.target = 'thinggroup/' || s.name
       WHERE (t.target, t.profile) > (?, ?) ORDER BY t.target, t.profile LIMIT ?`,
    )
    .all(group, after.target, after.profile, limit)
}
