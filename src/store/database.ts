import { createRequire } from 'node:module'
import type Libsql from 'libsql'
import { DetectError } from '../domain/errors.ts'

/**
 * What a column may hold. Whole numbers up to 2^53 are bound as INTEGER, all others as REAL, and both
 * come back as numbers. No true or false (write 0 and 1), no NaN, no text with NUL characters.
 */
export type SqlValue = string | number | null

export interface Written {
  /** Rows inserted, updated or deleted. */
  changes: number
  /** The rowid of the last insert. */
  lastId: number
}

/** A prepared statement with `?` for its parameters, given in order. */
export interface Statement<Row> {
  run(...values: SqlValue[]): Written
  /** The first row. */
  get(...values: SqlValue[]): Row | undefined
  all(...values: SqlValue[]): Row[]
  /** Row by row, in bounded memory; several may run at a time. Write nothing while one runs. */
  iterate(...values: SqlValue[]): IterableIterator<Row>
}

/**
 * One connection to one SQLite file. A commit is on the disk when `run`, `exec` or the outermost
 * `transaction` returns. Everything is synchronous.
 */
export interface Database {
  /** Statements without parameters, for schemas. */
  exec(sql: string): void
  /** Statements are kept by their text: write lists as `IN (SELECT value FROM json_each(?))`. */
  prepare<Row>(sql: string): Statement<Row>
  /** All or nothing. Inside another transaction: a part of it that can fail alone. */
  transaction<T>(work: () => T): T
  /** Reads or sets one pragma; the rows it answers. */
  pragma(text: string): Record<string, SqlValue>[]
  close(): void
}

/** What is asked of a driver: `libsql` and `node:sqlite` differ in how they take their values. */
interface Connection {
  exec(sql: string): unknown
  prepare(sql: string): Prepared
  close(): void
}

interface Prepared {
  run(values: Bound): { changes: number | bigint; lastInsertRowid: number | bigint }
  get(values: Bound): object | undefined
  all(values: Bound): object[]
  iterate(values: Bound): Iterator<object>
}

type Bound = (string | number | bigint | null)[]

export type Connect = (path: string) => Connection

/** Before Node brought SQLite along. */
export function connectLibsql(path: string): Connection {
  const require = createRequire(import.meta.url)
  const Sqlite = require('libsql') as typeof Libsql
  return new Sqlite(path) as Connection
}

/** The SQLite that comes with Node from 22.13 on; null where there is none. */
export function builtInConnect(): Connect | null {
  const builtIn = silently(() => process.getBuiltinModule('node:sqlite')) as BuiltIn | undefined
  if (builtIn === undefined) return null
  return (path) => {
    const database = new builtIn.DatabaseSync(path)
    return {
      exec: (sql) => database.exec(sql),
      close: () => database.close(),
      prepare(sql) {
        const statement = database.prepare(sql)
        return {
          run: (values) => statement.run(...values),
          get: (values) => statement.get(...values),
          all: (values) => statement.all(...values),
          iterate: (values) => statement.iterate(...values),
        }
      },
    }
  }
}

/** Without Node's warning that its SQLite is experimental: whoever runs this program cannot do anything about it. */
function silently<T>(load: () => T): T {
  const emitWarning = Object.getOwnPropertyDescriptor(process, 'emitWarning')!
  process.emitWarning = () => {}
  try {
    return load()
  } finally {
    Object.defineProperty(process, 'emitWarning', emitWarning)
  }
}

interface BuiltIn {
  DatabaseSync: new (
    path: string,
  ) => {
    exec(sql: string): void
    close(): void
    prepare(sql: string): {
      run(...values: Bound): { changes: number | bigint; lastInsertRowid: number | bigint }
      get(...values: Bound): object | undefined
      all(...values: Bound): object[]
      iterate(...values: Bound): Iterator<object>
    }
  }
}

/** Opens or makes the file at `path`; `:memory:` for one that is never written. */
export function openDatabase(
  path: string,
  connect: Connect = builtInConnect() ?? connectLibsql,
): Database {
  try {
    const connection = connect(path)
    // Waiting comes first: turning the log on may find another connection busy.
    for (const pragma of [
      'busy_timeout = 5000',
      'journal_mode = WAL',
      'synchronous = FULL',
      'foreign_keys = ON',
      'temp_store = MEMORY',
      'cache_size = -65536',
      'journal_size_limit = 67108864',
    ]) {
      connection.prepare(`PRAGMA ${pragma}`).all([])
    }
    return new Connected(connection)
  } catch (error) {
    throw new DetectError('state', `${path}: ${(error as Error).message}`, { cause: error })
  }
}

class Connected implements Database {
  readonly #connection: Connection
  readonly #statements = new Map<string, Statement<unknown>>()
  #depth = 0

  constructor(connection: Connection) {
    this.#connection = connection
  }

  exec(sql: string): void {
    this.#connection.exec(sql)
  }

  prepare<Row>(sql: string): Statement<Row> {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = new PreparedStatement(sql, this.#connection)
      this.#statements.set(sql, statement)
    }
    return statement as Statement<Row>
  }

  transaction<T>(work: () => T): T {
    const inner = `part${this.#depth}`
    const [begin, commit, rollback] =
      this.#depth === 0
        ? ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK']
        : [`SAVEPOINT ${inner}`, `RELEASE ${inner}`, `ROLLBACK TO ${inner}; RELEASE ${inner}`]
    this.exec(begin)
    this.#depth++
    try {
      const result = work()
      this.exec(commit)
      return result
    } catch (error) {
      this.#undo(rollback)
      throw error
    } finally {
      this.#depth--
    }
  }

  pragma(text: string): Record<string, SqlValue>[] {
    return this.#connection.prepare(`PRAGMA ${text}`).all([]) as Record<string, SqlValue>[]
  }

  close(): void {
    this.#statements.clear()
    this.#connection.close()
  }

  /** A full disk has undone the whole transaction already; the first error is the one to tell. */
  #undo(rollback: string): void {
    try {
      this.exec(rollback)
    } catch {
      return
    }
  }
}

class PreparedStatement<Row extends object> implements Statement<Row> {
  readonly #sql: string
  readonly #connection: Connection
  readonly #prepared: Prepared
  readonly #parameters: number

  constructor(sql: string, connection: Connection) {
    this.#sql = sql
    this.#connection = connection
    this.#prepared = connection.prepare(sql)
    this.#parameters = sql.replace(/'[^']*'/g, '').split('?').length - 1
  }

  run(...values: SqlValue[]): Written {
    const { changes, lastInsertRowid } = this.#prepared.run(this.#bind(values))
    return { changes: Number(changes), lastId: Number(lastInsertRowid) }
  }

  get(...values: SqlValue[]): Row | undefined {
    const found = this.#prepared.get(this.#bind(values))
    if (found === undefined) return undefined
    // libsql adds how long it took.
    const { _metadata, ...row } = found as Record<string, unknown>
    return row as Row
  }

  all(...values: SqlValue[]): Row[] {
    return this.#prepared.all(this.#bind(values)) as Row[]
  }

  *iterate(...values: SqlValue[]): IterableIterator<Row> {
    const bound = this.#bind(values)
    const own = this.#connection.prepare(this.#sql)
    const rows = own.iterate(bound)
    let next = rows.next()
    try {
      for (; next.done !== true; next = rows.next()) yield next.value as Row
    } finally {
      // An abandoned reader would hold the log at its place; being asked anew lets go of it.
      if (next.done !== true) own.get(bound)
    }
  }

  /** The drivers take too few, NaN and half a text in silence, and one of them dies of `true`. */
  #bind(values: readonly SqlValue[]): Bound {
    if (values.length !== this.#parameters) {
      throw new TypeError(`${values.length} values for ${this.#parameters} of ${this.#sql}`)
    }
    return values.map((value) => {
      if (value === null) return null
      if (typeof value === 'string' && !value.includes('\0')) return value
      if (Number.isSafeInteger(value)) return BigInt(value)
      if (Number.isFinite(value)) return value
      throw new TypeError(`SQLite would not keep ${String(value)} as it is: ${this.#sql}`)
    })
  }
}
