import { afterEach, beforeEach, expect, it } from 'vitest'
import { enqueue } from '../../src/respond/enqueue.ts'
import { DEFAULT_RETENTION, startSweeping, sweep } from '../../src/respond/retention.ts'
import { startTask } from '../../src/respond/start-task.ts'
import { markDelivered } from '../../src/store/outbox-deliveries.ts'
import { openMemoryStore, type Store } from '../../src/store/store.ts'
import { event } from './events.ts'
import { addAction, addGroups, addThings, store as put } from './fleet-store.ts'
import { Simulation } from './simulation.ts'

const DAY = 86_400_000
const NOW = 1_000 * DAY
const TIMES = { now: NOW, eventTime: NOW }
let store: Store
beforeEach(() => {
  store = openMemoryStore()
})
afterEach(() => store.close())

function count(table: string): number {
  return store.database.prepare<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).get()!.n
}

function alarm(thing: string, daysAgo: number, over: boolean) {
  const time = { violationEventTime: NOW - daysAgo * DAY, violationId: `${thing} ${daysAgo}` }
  const begun = event(thing, 'in-alarm', time)
  return over ? [begun, event(thing, 'alarm-cleared', time)] : [begun]
}

it('keeps what is young and alarms that stand', () => {
  put(store.database, ...alarm('a', 29, true), ...alarm('b', 31, true), ...alarm('c', 31, false))
  while (sweep(store.database, TIMES, DEFAULT_RETENTION)) {}
  const kept = (sql: string) =>
    store.database
      .prepare<{ thing: string }>(sql)
      .all()
      .map(({ thing }) => thing)
  expect(kept('SELECT thing FROM violation_events')).toEqual(['a', 'a'])
  expect(kept('SELECT thing FROM violations ORDER BY thing')).toEqual(['a', 'c'])
})

it('holds violations against event time, where that is not the clock', () => {
  put(store.database, ...alarm('a', 31, true))
  const old = { now: NOW + 365 * DAY, eventTime: NOW - 10 * DAY }
  while (sweep(store.database, old, DEFAULT_RETENTION)) {}
  while (sweep(store.database, { ...old, eventTime: null }, DEFAULT_RETENTION)) {}
  expect(count('violation_events') + count('violations')).toBe(3)
  while (sweep(store.database, { ...old, eventTime: NOW }, DEFAULT_RETENTION)) {}
  expect(count('violation_events') + count('violations')).toBe(0)
})

it('keeps each kind as long as it is told to', () => {
  put(store.database, ...alarm('a', 5, true))
  while (sweep(store.database, TIMES, { ...DEFAULT_RETENTION, eventsMs: 4 * DAY })) {}
  expect(count('violation_events') + count('violations')).toBe(0)
})

it('lets tasks go after ninety days, but none that runs', () => {
  addThings(store.database, 'a')
  addGroups(store.database, 'jail')
  addAction(store.database, 'quarantine', ['jail'])
  put(store.database, ...alarm('a', 1, false))
  for (const [id, daysAgo, status] of [
    ['old', 91, 'SUCCESSFUL'],
    ['young', 89, 'FAILED'],
    ['running', 91, 'IN_PROGRESS'],
  ] as const) {
    const request = { id, target: { securityProfileName: 'MySecProfile' }, actions: ['quarantine'] }
    const more = { occurrence: null, onlyActive: false, includeSuppressed: false, token: null }
    startTask(store.database, { ...request, ...more }, NOW - daysAgo * DAY)
    store.database.prepare('UPDATE mitigation_tasks SET status = ? WHERE id = ?').run(status, id)
  }
  while (sweep(store.database, TIMES, DEFAULT_RETENTION)) {}
  expect(store.database.prepare('SELECT id FROM mitigation_tasks ORDER BY id').all()).toEqual([
    { id: 'running' },
    { id: 'young' },
  ])
  expect(count('mitigation_executions')).toBe(2)
})

it('deletes no more at once than it may, also of one flood of many', () => {
  const channel = new Simulation([{ name: 'c', bundling: { kind: 'floods', from: 2, shows: 1 } }], {
    firstMs: 1,
    longestMs: 1,
    attempts: 1,
  }).channels[0]!
  const events = Array.from({ length: 100 }, (_, i) => alarm(`t${i}`, 40, true)).flat()
  enqueue(store.database, channel, put(store.database, ...events), 1_000, NOW - 40 * DAY)
  for (const id of [1, 2]) markDelivered(store.database, id, NOW - 40 * DAY)
  const tables = ['outbox_events', 'outbox', 'violation_events', 'violations']
  const total = (): number => tables.reduce((sum, table) => sum + count(table), 0)
  let parts = 0
  for (let before = total(); sweep(store.database, TIMES, DEFAULT_RETENTION, 10); parts++) {
    // Deleting a notification takes along what says what it waited for, never its events.
    expect(before - total()).toBeLessThanOrEqual(20)
    before = total()
  }
  expect(total()).toBe(0)
  expect(parts).toBeGreaterThanOrEqual(50)
})

it('lets go of what waits for a channel that is gone', () => {
  store.database.exec(
    `INSERT INTO outbox (channel, target, key, flood, profile, behavior, type, state, due, created)
     VALUES ('gone', '', 'old', 0, 'p', 'b', 'in-alarm', 'waiting', 0, ${NOW - 31 * DAY}),
       ('gone', '', 'young', 0, 'p', 'b', 'in-alarm', 'waiting', 0, ${NOW - 29 * DAY})`,
  )
  while (sweep(store.database, TIMES, DEFAULT_RETENTION)) {}
  expect(store.database.prepare('SELECT key FROM outbox').all()).toEqual([{ key: 'young' }])
})

it('goes on part by part, then every hour, also after the store failed', () => {
  put(store.database, ...Array.from({ length: 600 }, (_, i) => alarm(`t${i}`, 40, false)).flat())
  const waits: number[] = []
  const errors: unknown[] = []
  let next = (): void => {}
  let stopped = false
  const stop = startSweeping(
    {
      database: store.database,
      times: () => TIMES,
      retention: DEFAULT_RETENTION,
      broken: (error) => errors.push(error),
    },
    (ms, run) => {
      waits.push(ms)
      next = run
      return () => {
        stopped = true
      }
    },
  )
  next()
  next()
  expect(waits).toEqual([50, 50, 3_600_000])
  store.database.exec('ALTER TABLE outbox RENAME TO away')
  next()
  expect(errors).toHaveLength(1)
  expect(waits.at(-1)).toBe(3_600_000)
  stop()
  expect(stopped).toBe(true)
})
