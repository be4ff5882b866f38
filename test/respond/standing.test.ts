import { afterEach, expect, it } from 'vitest'
import type { ViolationEvent } from '../../src/domain/violation.ts'
import { DEFAULT_BACK_OFF } from '../../src/respond/back-off.ts'
import { type Channel, DeliveryFailed } from '../../src/respond/channel.ts'
import { Dispatch } from '../../src/respond/dispatch.ts'
import { openMemoryStore } from '../../src/store/store.ts'
import { settled } from './simulation.ts'

const store = openMemoryStore()
afterEach(() => store.close())

it('standing alarms are told again and again, page by page, until they end', async () => {
  const insert = store.database.prepare(
    `INSERT INTO violations (id, profile, behavior, thing, metric, criteria_type, suppressed, behavior_json,
       started, last_time, last_value_json, ended) VALUES (?, ?, 'b', ?, 'm', 'STATIC', ?, '{"name":"b"}', ?, 0, '{"count":3}', ?)`,
  )
  for (let i = 0; i < 5; i++)
    insert.run(`v${i}`, i === 4 ? 'quiet' : 'p', `t${i}`, 0, 1_000 + i, null)
  insert.run('hidden', 'p', 't', 1, 1_001, null)
  insert.run('over', 'p', 't', 0, 1_000, 2_000)

  const told: string[][] = []
  let failing = false
  const channel: Channel = {
    name: 'am',
    bundling: { kind: 'batches', atMost: 10 },
    alertTarget: null,
    concurrency: 1,
    profiles: new Set(['p']),
    deliver: () => Promise.resolve(),
    standing: {
      everyMs: 60_000,
      atMost: 3,
      async repeat(alarms: readonly ViolationEvent[]) {
        if (failing) throw new DeliveryFailed('away')
        told.push(alarms.map(({ violationId }) => violationId))
      },
    },
  }
  let now = 10_000
  let timer: { at: number; run: () => void } | null = null
  const ended: string[] = []
  const dispatch = new Dispatch(
    [channel],
    {
      database: store.database,
      now: () => now,
      chance: () => 0,
      backOff: DEFAULT_BACK_OFF,
      ended: (...outcome) => ended.push(outcome.join(' ')),
    },
    (ms, run) => {
      timer = { at: now + ms, run }
      return () => {}
    },
  )
  const pass = async (): Promise<void> => {
    now = timer!.at
    timer!.run()
    await settled()
  }
  dispatch.wake()
  await settled()
  expect(told).toEqual([
    ['v0', 'v1'],
    ['v2', 'v3'],
  ])

  store.database.exec("UPDATE violations SET ended = 5000 WHERE id IN ('v0', 'v2')")
  await pass()
  expect(now).toBe(70_000)
  expect(told.slice(2)).toEqual([['v1', 'v3']])

  failing = true
  await pass()
  expect(ended).toEqual(['am failed standing alarms away'])
  failing = false
  await pass()
  expect(now).toBe(190_000)
  expect(told).toHaveLength(4)

  // A receiver that fails again and again is known to be down, and known to be back, by repetitions alone.
  failing = true
  for (let i = 0; i < 5; i++) await pass()
  expect(dispatch.pauses()).toEqual([{ channel: 'am', paused: true }])
  failing = false
  for (let i = 0; i < 3; i++) await pass()
  expect(dispatch.pauses()).toEqual([{ channel: 'am', paused: false }])
})
