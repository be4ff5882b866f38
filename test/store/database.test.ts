import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Database, openDatabase, type SqlValue } from '../../src/store/database.ts'
import { DRIVERS } from './drivers.ts'

describe.each(DRIVERS)('%s', (_name, connect) => {
  let folder: string
  let database: Database

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'store-'))
    database = openDatabase(join(folder, 'a.db'), connect)
    database.exec('CREATE TABLE t (k INTEGER PRIMARY KEY, v)')
  })

  afterEach(() => {
    database.close()
    rmSync(folder, { recursive: true })
  })

  const keys = (): number[] =>
    database
      .prepare<{ k: number }>('SELECT k FROM t ORDER BY k')
      .all()
      .map(({ k }) => k)

  const fill = (rows: number): void => {
    database
      .prepare(
        'INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i, i FROM n',
      )
      .run(rows)
  }

  test('is durable, waits its turn and checks references', () => {
    expect(database.pragma('journal_mode')).toEqual([{ journal_mode: 'wal' }])
    expect(database.pragma('synchronous')).toEqual([{ synchronous: 2 }])
    expect(database.pragma('foreign_keys')).toEqual([{ foreign_keys: 1 }])
    expect(database.pragma('busy_timeout')).toEqual([{ timeout: 5000 }])
  })

  test('gives back every value as it was', () => {
    const value = fc.oneof(
      fc.constant(null),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
    )
    fc.assert(
      fc.property(value, (v) => {
        const row = database.prepare<{ v: SqlValue }>('SELECT ? AS v').get(v)
        expect(row).toEqual({ v: Object.is(v, -0) ? 0 : v })
      }),
    )
  })

  test('stores whole numbers as INTEGER and others as REAL', () => {
    const type = database.prepare<{ type: string }>('SELECT typeof(?) AS type')
    const types = [1_700_000_000_000, 1.5, 1e300, 'x', null].map((v) => type.get(v)!.type)
    expect(types).toEqual(['integer', 'real', 'real', 'text', 'null'])
  })

  test('refuses what would not come back, and too few or too many values', () => {
    const insert = database.prepare("INSERT INTO t VALUES (?, ? || 'what?')")
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, true, undefined, {}, 'a\0b']) {
      expect(() => insert.run(1, value as SqlValue)).toThrow(/would not keep .* INSERT INTO t/)
    }
    expect(() => insert.run(1)).toThrow('1 values for 2 of INSERT')
    expect(() => insert.run(1, 2, 3)).toThrow('3 values for 2 of INSERT')
    expect(keys()).toEqual([])
  })

  test('says what was written, and answers rows with their columns alone', () => {
    expect(database.prepare('INSERT INTO t VALUES (?, ?)').run(7, 'a')).toEqual({
      changes: 1,
      lastId: 7,
    })
    expect(database.prepare('SELECT * FROM t').get()).toEqual({ k: 7, v: 'a' })
    expect(database.prepare('SELECT * FROM t').all()).toEqual([{ k: 7, v: 'a' }])
    expect(database.prepare('SELECT * FROM t WHERE k = ?').get(8)).toBeUndefined()
    expect(database.prepare('UPDATE t SET v = ?').run(null).changes).toBe(1)
    expect(database.prepare('SELECT v FROM t WHERE v IS ?').get(null)).toEqual({ v: null })
  })

  test('keeps a statement by its text', () => {
    expect(database.prepare('SELECT 1')).toBe(database.prepare('SELECT 1'))
  })

  test('iterates as often as asked, one within the other, and lets go of the log when left early', () => {
    fill(250)
    const all = database.prepare<{ k: number }>('SELECT k FROM t')
    let pairs = 0
    for (const _ of all.iterate()) for (const _ of all.iterate()) pairs++
    expect(pairs).toBe(250 * 250)

    for (const { k } of all.iterate()) if (k === 3) break
    const other = openDatabase(join(folder, 'a.db'), connect)
    other.exec('DELETE FROM t')
    expect(other.pragma('wal_checkpoint(TRUNCATE)')).toMatchObject([{ busy: 0 }])
    other.close()
  })

  test('a transaction is all or nothing, and its inner ones can fail alone', () => {
    const insert = database.prepare('INSERT INTO t VALUES (?, NULL)')
    expect(() =>
      database.transaction(() => {
        insert.run(1)
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(keys()).toEqual([])

    const answer = database.transaction(() => {
      insert.run(1)
      expect(() =>
        database.transaction(() => {
          insert.run(2)
          database.transaction(() => insert.run(3))
          insert.run(1)
        }),
      ).toThrow('UNIQUE')
      database.transaction(() => insert.run(4))
      return 'done'
    })
    expect(answer).toBe('done')
    expect(keys()).toEqual([1, 4])
  })

  test('says which file is no database', () => {
    const path = join(folder, 'notes.txt')
    writeFileSync(path, 'not a database at all, '.repeat(100))
    expect(() => openDatabase(path, connect)).toThrow(/notes\.txt: .*not a database/)
    expect(() => openDatabase(join(folder, 'no', 'such.db'), connect)).toThrow('such.db: ')
  })
})
