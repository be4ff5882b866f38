import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { MIGRATIONS, migrate, schemaOf } from '../../src/store/migrations.ts'
import { openStore } from '../../src/store/store.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Rows that a program of each schema wrote; whoever adds a migration adds a case for the one before. */
const REGISTRY = `INSERT INTO things VALUES ('lamp', 'id-1', 3, 'bulb', NULL, '{"room":"hall"}', 1000);
      INSERT INTO thing_groups VALUES ('house', 'id-2', 1, NULL, 'all of it', '{}', 1000);
      INSERT INTO group_members VALUES ('house', 'lamp', 1000);
      INSERT INTO security_profiles VALUES ('p', 2, NULL, '[]', '{}', '[]', '[]', NULL, 1000, 2000);
      INSERT INTO profile_targets VALUES ('p', 'thinggroup/house', 1500);
      INSERT INTO violations (id, profile, behavior, thing, metric, criteria_type, suppressed, behavior_json, started, last_time)
      VALUES ('v', 'p', 'b', 'lamp', 'm', 'STATIC', 0, '{}', 1000, 1000);
      INSERT INTO violation_events VALUES (1, 'v', 'in-alarm', 1000, 'p', 'b', 'lamp', 'STATIC', NULL, 0, NULL, '{}', NULL);
      INSERT INTO mitigation_tasks (id, status, started, target_json, only_active, include_suppressed, actions_json)
      VALUES ('t', 'IN_PROGRESS', 1000, '{}', 0, 0, '[]');`
const NOTIFIED = `${REGISTRY}
      INSERT INTO outbox (channel, target, key, flood, profile, behavior, type, state, due, created)
      VALUES ('log', '', 'v', 0, 'p', 'b', 'in-alarm', 'waiting', 1000, 1000);
      INSERT INTO outbox_events VALUES (1, 1);
      INSERT INTO mitigation_rules VALUES ('r', 'p', 'b', 'HIGH', 'a', 1000, 25);`
const BATCHED = `${NOTIFIED} UPDATE violations SET verification = 'TRUE_POSITIVE';
      INSERT INTO ingest_batches (key, position, answer_json, received) VALUES ('k', 1, '{}', 1000);`
const WRITTEN: Readonly<Record<number, string>> = {
  0: '',
  1: `${REGISTRY}
      INSERT INTO outbox (channel, key, event_id, state, due, created) VALUES ('log', 'v', 1, 'waiting', 1000, 1000);
      INSERT INTO mitigation_rules VALUES ('r', 'p', 'b', 'HIGH', 'a', 1000);`,
  2: NOTIFIED,
  3: BATCHED,
  4: `${BATCHED} UPDATE ingest_batches SET digest = 'd';`,
}

function shape(database: Database): unknown[] {
  return database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all()
}

test.each(MIGRATIONS.map((_, before) => before))(
  'a store of schema %i becomes one of today, with all that is in it',
  (before) => {
    const fresh = openDatabase(':memory:')
    migrate(fresh, 'fresh')
    const old = openDatabase(join(folder, 'old.db'))
    migrate(old, 'old', before)
    expect(schemaOf(old)).toBe(before)
    old.exec(WRITTEN[before]!)
    migrate(old, 'old')
    expect(schemaOf(old)).toBe(MIGRATIONS.length)
    expect(shape(old)).toEqual(shape(fresh))
    expect(old.pragma('foreign_key_check')).toEqual([])
    old.close()
    fresh.close()
  },
)

test('what a program of today wrote is taken by today', () => {
  const database = openDatabase(':memory:')
  migrate(database, 'now')
  database.exec(WRITTEN[MIGRATIONS.length]!)
  expect(database.prepare('SELECT key, value FROM thing_attributes').all()).toEqual([
    { key: 'room', value: 'hall' },
  ])
  migrate(database, 'now')
  expect(database.prepare('SELECT count(*) AS n FROM violations').get()).toEqual({ n: 1 })
  database.close()
})

test('a migration that fails leaves the store as it was', () => {
  const database = openDatabase(join(folder, 'a.db'))
  database.exec('CREATE TABLE dimensions (mine TEXT)')
  expect(() => migrate(database, 'a.db')).toThrow('dimensions')
  expect(schemaOf(database)).toBe(0)
  expect(shape(database)).toHaveLength(1)
  database.close()
})

test('a store of a newer program is refused, and left alone', () => {
  const store = openStore(folder)
  store.database.pragma('user_version = 1000')
  store.close()
  expect(() => openStore(folder)).toThrow(
    `store.db was written by a newer fleet-detect: its schema is 1000, this program knows ${MIGRATIONS.length}`,
  )
  const database = openDatabase(join(folder, 'store.db'))
  expect(schemaOf(database)).toBe(1000)
  database.close()
})
