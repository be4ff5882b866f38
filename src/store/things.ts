import type { Attributes } from '../domain/attributes.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'

/** A registered device. */
export interface Thing {
  name: string
  id: string
  /** Counts its updates, from 1. */
  version: number
  typeName: string | null
  billingGroup: string | null
  attributes: Attributes
  created: EpochMs
}

interface Row {
  name: string
  id: string
  version: number
  type_name: string | null
  billing_group: string | null
  attributes_json: string
  created: number
}

const COLUMNS = 'name, id, version, type_name, billing_group, attributes_json, created'

export function findThing(database: Database, name: string): Thing | null {
  const row = database.prepare<Row>(`SELECT ${COLUMNS} FROM things WHERE name = ?`).get(name)
  return row === undefined ? null : thingOf(row)
}

/** The name must be new. */
export function insertThing(database: Database, thing: Thing): void {
  database
    .prepare(`INSERT INTO things (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`)
    .run(
      thing.name,
      thing.id,
      thing.version,
      thing.typeName,
      thing.billingGroup,
      JSON.stringify(thing.attributes),
      thing.created,
    )
}

/** Writes what of a thing can change. */
export function updateThing(database: Database, thing: Thing): void {
  database
    .prepare('UPDATE things SET version = ?, type_name = ?, attributes_json = ? WHERE name = ?')
    .run(thing.version, thing.typeName, JSON.stringify(thing.attributes), thing.name)
}

/** Takes it out of its groups as well. */
export function deleteThing(database: Database, name: string): void {
  database.prepare('DELETE FROM things WHERE name = ?').run(name)
}

/** Things by name. `after`: the last name of the page before, empty for the first page. */
export function listThings(
  database: Database,
  { typeName, after, limit }: { typeName: string | null; after: string; limit: number },
): Thing[] {
  const page = 'name > ? ORDER BY name LIMIT ?'
  const rows =
    typeName === null
      ? database.prepare<Row>(`SELECT ${COLUMNS} FROM things WHERE ${page}`).all(after, limit)
      : database
          .prepare<Row>(`SELECT ${COLUMNS} FROM things WHERE type_name = ? AND ${page}`)
          .all(typeName, after, limit)
  return rows.map(thingOf)
}

export interface AttributeFilter {
  name: string
  value: string
  /** The value need only begin so. */
  prefix: boolean
  typeName: string | null
  /** Value and thing name of the last one of the page before; null for the first page. */
  after: readonly [value: string, name: string] | null
  limit: number
}

/** Things that have an attribute, by its value and then by name. */
export function listThingsByAttribute(database: Database, filter: AttributeFilter): Thing[] {
  const { name, value, prefix, typeName, after, limit } = filter
  // Behind every text that begins with `value` there is no other before this one.
  const last = prefix ? `${value}\u{10ffff}` : value
  return database
    .prepare<Row>(
      `SELECT ${COLUMNS} FROM thing_attributes AS a JOIN things AS t ON t.name = a.thing_name
       WHERE a.key = ? AND (a.value, a.thing_name) > (?, ?) AND a.value <= ?
         AND (? IS NULL OR t.type_name = ?)
       ORDER BY a.value, a.thing_name LIMIT ?`,
    )
    .all(name, ...(after ?? [value, '']), last, typeName, typeName, limit)
    .map(thingOf)
}

function thingOf(row: Row): Thing {
  return {
    name: row.name,
    id: row.id,
    version: row.version,
    typeName: row.type_name,
    billingGroup: row.billing_group,
    attributes: JSON.parse(row.attributes_json) as Attributes,
    created: row.created,
  }
}
