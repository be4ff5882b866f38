import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { configurationVersion, openMemoryStore, openStore } from '../../src/store/store.ts'

const WRITER = fileURLToPath(new URL('writer.ts', import.meta.url))

let folder: string
const children: ChildProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

/** Starts a writer in the folder; kills it as soon as it has said `lines` lines. Answers the last one it said. */
async function writeAndKill(lines: number): Promise<number> {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), WRITER, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const closed = once(child, 'close')
  let last = 0
  let left = lines
  for await (const line of createInterface(child.stdout)) {
    last = Number(line)
    if (--left === 0) child.kill('SIGKILL')
  }
  await closed
  expect(child.signalCode).toBe('SIGKILL')
  return last
}

test('what was acknowledged before SIGKILL is there, and no transaction is half there', async () => {
  for (const lines of [1, 7, 60, 400]) {
    const acknowledged = await writeAndKill(lines)
    expect(acknowledged).toBeGreaterThanOrEqual(lines)
    const store = openStore(folder)
    const kept = store.database
      .prepare<{ batch: number; parts: number }>(
        `SELECT CAST(substr(key, 1, instr(key, '/') - 1) AS INTEGER) AS batch, count(*) AS parts
         FROM meta GROUP BY batch ORDER BY batch`,
      )
      .all()
    expect(kept.length).toBeGreaterThanOrEqual(acknowledged)
    expect(kept).toEqual(kept.map((_, i) => ({ batch: i + 1, parts: 3 })))
    expect(store.database.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }])
    store.close()
  }
})

test('a directory has one process at a time, until that ends', async () => {
  const first = openStore(folder)
  expect(() => openStore(folder)).toThrow(`${folder} is in use by process ${process.pid}`)
  first.close()
  openStore(folder).close()

  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), WRITER, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  await once(child.stdout, 'data')
  expect(() => openStore(folder)).toThrow(`${folder} is in use by process ${child.pid}`)
  child.stdout.resume()
  child.kill('SIGKILL')
  await once(child, 'close')
  openStore(folder).close()
})

/** Tables whose rows belong to what the steps below delete. */
const LEFT_ALONE = [
  'group_members',
  'profile_targets',
  'policy_targets',
  'tags',
  'thing_attributes',
]

test('the configuration has a new version whenever evaluation might change, else not', () => {
  const store = openMemoryStore()
  const { database } = store
  const steps: [sql: string, grows: boolean][] = [
    [`INSERT INTO things VALUES ('t', 'i', 1, NULL, NULL, '{"a":"1"}', 0)`, true],
    [`UPDATE things SET version = 2, attributes_json = '{"a":"2","b":"3"}'`, false],
    [`INSERT INTO thing_groups VALUES ('g', 'i', 1, NULL, NULL, '{}', 0)`, true],
    [`UPDATE thing_groups SET description = 'd'`, false],
    [`INSERT INTO group_members VALUES ('g', 't', 0)`, true],
    [
      `INSERT INTO security_profiles VALUES ('p', 1, NULL, '[]', '{}', '[]', '[]', NULL, 0, 0)`,
      true,
    ],
    [`UPDATE security_profiles SET behaviors_json = '[{}]'`, true],
    [`INSERT INTO profile_targets VALUES ('p', 'thinggroup/g', 0)`, true],
    [`INSERT INTO tags VALUES ('thinggroup/g', 'k', 'v')`, false],
    [`INSERT INTO custom_metrics VALUES ('m', 'number', NULL, NULL, 0, 0)`, true],
    [`INSERT INTO dimensions VALUES ('d', 'TOPIC_FILTER', '[]', NULL, 0, 0)`, true],
    [`UPDATE dimensions SET string_values_json = '["a/#"]'`, true],
    [`INSERT INTO policies VALUES ('q', '{}', '1', 'g', 0, 0)`, false],
    [`INSERT INTO policy_targets VALUES ('q', 'thinggroup/g')`, false],
    [`DELETE FROM thing_groups`, true],
    [`DELETE FROM things`, true],
  ]
  for (const [sql, grows] of steps) {
    const before = configurationVersion(database)
    database.exec(sql)
    expect(configurationVersion(database) > before, sql).toBe(grows)
  }
  for (const table of LEFT_ALONE) {
    expect(database.prepare(`SELECT * FROM ${table}`).all(), table).toEqual([])
  }
  store.close()
})
