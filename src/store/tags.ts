import type { Resource, ResourceKind } from '../domain/arn.ts'
import type { Database } from './database.ts'

export interface Tag {
  key: string
  value: string
}

/** What can carry tags. (A thing has attributes instead.) */
const TABLES: Readonly<Partial<Record<ResourceKind, string>>> = {
  thinggroup: 'thing_groups',
  securityprofile: 'security_profiles',
  custommetric: 'custom_metrics',
  dimension: 'dimensions',
  mitigationaction: 'mitigation_actions',
  policy: 'policies',
}

/** What a resource is kept under: `thinggroup/hall`. */
function keyOf({ kind, name }: Resource): string {
  return `${kind}/${name}`
}

/** False for kinds that carry no tags. */
export function isTaggable({ kind }: Resource): boolean {
  return TABLES[kind] !== undefined
}

/** Whether there is such a thing to be tagged. */
export function taggableExists(database: Database, { kind, name }: Resource): boolean {
  const table = TABLES[kind]
  if (table === undefined) return false
  return database.prepare(`SELECT 1 FROM ${table} WHERE name = ?`).get(name) !== undefined
}

/** By key, in order. */
export function tagsOf(database: Database, resource: Resource): Tag[] {
  return database
    .prepare<Tag>('SELECT key, value FROM tags WHERE resource = ? ORDER BY key')
    .all(keyOf(resource))
}

/** Adds tags; a key that is there takes the new value. */
export function putTags(database: Database, resource: Resource, tags: readonly Tag[]): void {
  const put = database.prepare('INSERT OR REPLACE INTO tags VALUES (?, ?, ?)')
  for (const { key, value } of tags) put.run(keyOf(resource), key, value)
}

/** Keys that are not there are no error. */
export function removeTags(database: Database, resource: Resource, keys: readonly string[]): void {
  const remove = database.prepare('DELETE FROM tags WHERE resource = ? AND key = ?')
  for (const key of keys) remove.run(keyOf(resource), key)
}
