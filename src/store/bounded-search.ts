import type { Database, SqlValue } from './database.ts'

/**
 * Rows of a list, newest first. `resume`: the key at which looking on would begin, when so many rows were
 * looked at in vain that the rest is left to the next request; null when the list ends here.
 */
export interface Found<Row, Key> {
  rows: Row[]
  resume: Key | null
}

/** Rows looked at for one request: what bounds its time when hardly any of them match. */
const MOST_LOOKED_AT = 10_000

export type Condition = readonly [sql: string, ...values: SqlValue[]]

export interface Search<Raw, Row, RawKey, Key> {
  from: string
  /** Conditions that the index answers. */
  narrow: readonly Condition[]
  order: string
  /** What is selected of each row of `from`, called `found`, and of the tables joined by `more`. */
  columns: string
  key: string
  more: string
  /** Conditions that each row must be looked at for. */
  rest: readonly Condition[]
  limit: number
  rowOf: (raw: Raw) => Row
  keyOf: (raw: RawKey) => Key
}

/** The rows that match, in order; each is looked at only as long as not enough are found. */
export function search<Raw, Row, RawKey, Key>(
  database: Database,
  asked: Search<Raw, Row, RawKey, Key>,
): Found<Row, Key> {
  const { from, narrow, order, columns, key, more, rest, limit } = asked
  const inner = `FROM ${from} WHERE ${all(narrow)} ORDER BY ${order}`
  const every = from.includes(' AS e') ? 'e.*' : '*'
  const rows = database
    .prepare<Raw>(
      `SELECT ${columns} FROM (SELECT ${every} ${inner} LIMIT ${MOST_LOOKED_AT}) AS found
       ${more} WHERE ${all(rest)} LIMIT ?`,
    )
    .all(...values(narrow), ...values(rest), limit)
    .map(asked.rowOf)
  if (rows.length >= limit) return { rows, resume: null }
  const last = database
    .prepare<RawKey>(`SELECT ${key} ${inner} LIMIT 1 OFFSET ${MOST_LOOKED_AT - 1}`)
    .get(...values(narrow))
  return { rows, resume: last === undefined ? null : asked.keyOf(last) }
}

function all(conditions: readonly Condition[]): string {
  return conditions.length === 0 ? 'TRUE' : conditions.map(([sql]) => sql).join(' AND ')
}

function values(conditions: readonly Condition[]): SqlValue[] {
  return conditions.flatMap(([, ...bound]) => bound)
}
