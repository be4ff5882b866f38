import type { Attributes } from '../domain/attributes.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'

/** A static group of things. Groups form trees; a group's parent never changes. */
export interface ThingGroup {
  name: string
  id: string
  /** Counts its updates, from 1. */
  version: number
  parent: string | null
  description: string | null
  attributes: Attributes
  created: EpochMs
}

interface Row {
  name: string
  id: string
  version: number
  parent: string | null
  description: string | null
  attributes_json: string
  created: number
}

const COLUMNS = 'name, id, version, parent, description, attributes_json, created'

/** All groups in the tree below the group `?`, itself among them. */
export const SUBTREE = `subtree (name) AS (
  SELECT name FROM thing_groups WHERE name = ?
  UNION ALL SELECT g.name FROM subtree AS s JOIN thing_groups AS g ON g.parent = s.name)`

/** The group `?` (at distance 0) and those above it. */
export const ANCESTRY = `ancestry (name, parent, distance) AS (
  SELECT name, parent, 0 FROM thing_groups WHERE name = ?
  UNION ALL SELECT g.name, g.parent, a.distance + 1
  FROM ancestry AS a JOIN thing_groups AS g ON g.name = a.parent)`

export function findGroup(database: Database, name: string): ThingGroup | null {
  const row = database.prepare<Row>(`SELECT ${COLUMNS} FROM thing_groups WHERE name = ?`).get(name)
  return row === undefined ? null : groupOf(row)
}

/** The name must be new, the parent must be there. */
export function insertGroup(database: Database, group: ThingGroup): void {
  database
    .prepare(`INSERT INTO thing_groups (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`)
    .run(
      group.name,
      group.id,
      group.version,
      group.parent,
      group.description,
      JSON.stringify(group.attributes),
      group.created,
    )
}

/** Writes what of a group can change. */
export function updateGroup(database: Database, group: ThingGroup): void {
  database
    .prepare(
      'UPDATE thing_groups SET version = ?, description = ?, attributes_json = ? WHERE name = ?',
    )
    .run(group.version, group.description, JSON.stringify(group.attributes), group.name)
}

export function hasChildren(database: Database, name: string): boolean {
  return database.prepare('SELECT 1 FROM thing_groups WHERE parent = ?').get(name) !== undefined
}

/** The group must have no children. Its members leave it; whatever is attached to it is detached. */
export function deleteGroup(database: Database, name: string): void {
  database.prepare('DELETE FROM thing_groups WHERE name = ?').run(name)
}

/** The names of the groups above one, from the root down. */
export function ancestorsOf(database: Database, name: string): string[] {
  return database
    .prepare<{ name: string }>(
      `WITH RECURSIVE ${ANCESTRY} SELECT name FROM ancestry WHERE distance > 0 ORDER BY distance DESC`,
    )
    .all(name)
    .map((row) => row.name)
}

export interface GroupFilter {
  /** `all` groups, those at the `top`, or those below one: its children, or all its descendants. */
  where: 'all' | 'top' | { below: string; recursive: boolean }
  prefix: string
  /** The last name of the page before, empty for the first page. */
  after: string
  limit: number
}

/** The names of groups, in order. */
export function listGroups(database: Database, filter: GroupFilter): string[] {
  const { where, prefix, after, limit } = filter
  const page = 'name > ? AND name BETWEEN ? AND ? ORDER BY name LIMIT ?'
  const values = [after, prefix, `${prefix}\u{10ffff}`, limit] as const
  const rows =
    where === 'all'
      ? database.prepare<Row>(`SELECT name FROM thing_groups WHERE ${page}`).all(...values)
      : where === 'top'
        ? database
            .prepare<Row>(`SELECT name FROM thing_groups WHERE parent IS NULL AND ${page}`)
            .all(...values)
        : where.recursive
          ? database
              .prepare<Row>(
                `WITH RECURSIVE ${SUBTREE} SELECT name FROM subtree WHERE name <> ? AND ${page}`,
              )
              .all(where.below, where.below, ...values)
          : database
              .prepare<Row>(`SELECT name FROM thing_groups WHERE parent = ? AND ${page}`)
              .all(where.below, ...values)
  return rows.map(({ name }) => name)
}

function groupOf(row: Row): ThingGroup {
  return {
    name: row.name,
    id: row.id,
    version: row.version,
    parent: row.parent,
    description: row.description,
    attributes: JSON.parse(row.attributes_json) as Attributes,
    created: row.created,
  }
}
