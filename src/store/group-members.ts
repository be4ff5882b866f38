import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'
import { ANCESTRY, SUBTREE } from './thing-groups.ts'

/** A thing is in at most so many groups (AWS IoT's quota). */
export const MAX_GROUPS_PER_THING = 10

/** Why a thing cannot join a group. */
export type Refusal = { kind: 'too-many-groups' } | { kind: 'same-hierarchy'; group: string }

/** Both must exist. Being a member already is no refusal; nothing is written after one. */
export function addMember(
  database: Database,
  group: string,
  thing: string,
  now: EpochMs,
): Refusal | null {
  const groups = groupsOf(database, thing)
  if (groups.includes(group)) return null
  const root = rootOf(database, group)
  const relative = groups.find((other) => rootOf(database, other) === root)
  if (relative !== undefined) return { kind: 'same-hierarchy', group: relative }
  if (groups.length >= MAX_GROUPS_PER_THING) return { kind: 'too-many-groups' }
  database.prepare('INSERT INTO group_members VALUES (?, ?, ?)').run(group, thing, now)
  return null
}

export function removeMember(database: Database, group: string, thing: string): void {
  database
    .prepare('DELETE FROM group_members WHERE group_name = ? AND thing_name = ?')
    .run(group, thing)
}

/** The names of the groups a thing is in itself, in order. */
export function groupsOf(database: Database, thing: string): string[] {
  return database
    .prepare<{ group_name: string }>(
      'SELECT group_name FROM group_members WHERE thing_name = ? ORDER BY group_name',
    )
    .all(thing)
    .map((row) => row.group_name)
}

export interface MemberFilter {
  group: string
  /** Members of the groups below it too. */
  recursive: boolean
  /** The last name of the page before, empty for the first page. */
  after: string
  limit: number
}

/** The names of a group's things, in order; a page costs the same wherever it lies. */
export function listMembers(database: Database, filter: MemberFilter): string[] {
  const { group, recursive, after, limit } = filter
  const groups = recursive ? subtreeOf(database, group) : [group]
  const page = database.prepare<{ thing_name: string }>(
    `SELECT thing_name FROM group_members WHERE group_name = ? AND thing_name > ?
     ORDER BY thing_name LIMIT ?`,
  )
  // Each group gives a share of the page. What lies behind the end of somebody's share is not certain to
  // be next: unless enough lies before, the shares grow, up to a page each.
  for (let share = Math.min(limit, 16 + Math.ceil((2 * limit) / groups.length)); ; share *= 4) {
    const most = Math.min(share, limit)
    const shares = groups.map((name) => page.all(name, after, most).map((row) => row.thing_name))
    const ends = shares.flatMap((names) => (names.length === most ? names.slice(-1) : []))
    const certain = most === limit ? null : ends.reduce((a, b) => (a < b ? a : b), LAST)
    const names = shares.flat().filter((name) => certain === null || name <= certain)
    if (certain !== null && certain !== LAST && names.length < limit) continue
    return names.sort().slice(0, limit)
  }
}

/** Behind every name. */
const LAST = '\u{10ffff}'

/** The names of a group and of all groups below it. */
export function subtreeOf(database: Database, group: string): string[] {
  return database
    .prepare<{ name: string }>(`WITH RECURSIVE ${SUBTREE} SELECT name FROM subtree`)
    .all(group)
    .map((row) => row.name)
}

function rootOf(database: Database, group: string): string {
  return database
    .prepare<{ name: string }>(
      `WITH RECURSIVE ${ANCESTRY} SELECT name FROM ancestry WHERE parent IS NULL`,
    )
    .get(group)!.name
}
