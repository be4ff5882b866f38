import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { WorkerPool } from '../../src/detect/pool.ts'
import { DAY_MS } from '../../src/domain/time.ts'
import type { BacktestReport } from '../../src/service/backtest.ts'
import { Fixture, type Reading, rule, WINDOW_MS } from './fixture.ts'

const START = Date.UTC(2026, 0, 5)
const SENT = 'aws:num-messages-sent'
const DAY = DAY_MS / WINDOW_MS
let pool: WorkerPool
let fixture: Fixture

beforeAll(() => {
  pool = new WorkerPool(2)
})
afterAll(() => pool.close())
beforeEach(() => {
  fixture = new Fixture(pool, { backfill: true })
})
afterEach(async () => {
  await fixture.stop()
  await fixture.remove()
})

const learned = (name: string): object => ({
  name,
  metric: SENT,
  criteria: {
    consecutiveDatapointsToAlarm: 1,
    consecutiveDatapointsToClear: 1,
    mlDetectionConfig: { confidenceLevel: 'MEDIUM' },
  },
})

/** Four things in these windows; thing d has an outburst at `odd`. */
function readings(from: number, to: number, odd = -1): Reading[] {
  return Array.from({ length: to - from }, (_, i) =>
    ['a', 'b', 'c', 'd'].map((thing, t) => ({
      thing,
      metric: SENT,
      time: START + (from + i) * WINDOW_MS,
      value: from + i === odd && thing === 'd' ? 9_000 : 20 + (((from + i) * 7 + t * 3) % 11),
    })),
  ).flat()
}

const status = (): unknown[] =>
  fixture.service.engine
    .trainingSummaries(null)
    .map((summary) => [summary.behavior, summary.status, summary.datapoints])

async function filled(): Promise<void> {
  await expect
    .poll(() => fixture.said.some((line) => line.startsWith('back-filled')), {
      timeout: 30_000,
    })
    .toBe(true)
}

test.each(['quantile', 'full', 'compact'])(
  'a new behavior of kind %s is ACTIVE at once, and judges as one that was there all the time',
  async (modelKind) => {
    fixture = new Fixture(pool, { backfill: true }, undefined, modelKind)
    await fixture.start()
    fixture.putProfile('old', [learned('old')], ['all/things'])
    for (let day = 0; day < 3; day++) await fixture.post(readings(day * DAY, (day + 1) * DAY))
    // The first behavior has nothing to be filled with; what it asked for is over.
    await fixture.restart()
    fixture.said.length = 0
    fixture.putProfile('young', [learned('young'), rule('rule', SENT, 1e6)], ['all/things'])
    // Windows close before back-filling begins, while it is under way, and behind it.
    await fixture.post(readings(3 * DAY, 3 * DAY + 5))
    await expect.poll(() => fixture.said.some((line) => line.startsWith('back-filling'))).toBe(true)
    await fixture.post(readings(3 * DAY + 5, 3 * DAY + 12))
    await filled()
    await fixture.post(readings(3 * DAY + 12, 3 * DAY + 30, 3 * DAY + 20))
    await fixture.restart()
    // What day 3 came to is looked at from day 4.
    await fixture.post(readings(3 * DAY + 30, 4 * DAY + 30, 4 * DAY + 20))
    await fixture.restart()
    const [old, young] = status() as [unknown[], unknown[]]
    expect(young).toEqual(['young', 'ACTIVE', old[2]])
    expect(old[1]).toBe('ACTIVE')
    const began = START + 3 * DAY_MS
    const events = fixture.events().filter((event) => Number(/\d+$/.exec(event)![0]) > began)
    expect(events.filter((event) => event.startsWith('young'))).toEqual(
      events
        .filter((event) => event.startsWith('old'))
        .map((event) => event.replaceAll('old', 'young')),
    )
    expect(events.length).toBeGreaterThan(1)
    const explained = (behavior: string): unknown[] =>
      fixture
        .sql('SELECT * FROM violation_events WHERE behavior = ? AND time > ?', behavior, began)
        .map(({ time, type, explanation_json: text }) => ({ time, type, text }))
    expect(explained('young')).toEqual(explained('old'))
  },
)

test('backtest says at each level what an attached profile would have said', async () => {
  await fixture.start()
  fixture.putProfile('p', [learned('learned'), rule('rule', SENT, 8_000)], ['all/things'])
  for (let day = 0; day < 4; day++) {
    await fixture.post(readings(day * DAY, (day + 1) * DAY, 2 * DAY + 100))
  }
  await fixture.post(readings(4 * DAY, 4 * DAY + 1))
  await fixture.restart()
  const ask = (body: object): Promise<Response> =>
    fetch(`${fixture.url}/backtest`, { method: 'POST', body: JSON.stringify(body) })
  const before = fixture.events()
  const report = (await (await ask({ securityProfileName: 'p', days: 3 })).json()) as BacktestReport
  expect(report.to).toBe(START + 4 * DAY_MS)
  const [behavior, ruled] = report.behaviors
  const alarms = fixture.sql(
    "SELECT thing, time FROM violation_events WHERE behavior = 'learned' AND type = 'in-alarm'",
  )
  expect(behavior!.alarms.MEDIUM).toMatchObject({ alarms: alarms.length, things: 1 })
  expect(behavior!.alarms.MEDIUM!.examples[0]).toMatchObject(alarms[0]!)
  expect(behavior!.alarms.LOW!.alarms).toBeGreaterThanOrEqual(behavior!.alarms.HIGH!.alarms)
  expect(ruled!.alarms).toMatchObject({ RULE: { alarms: 1, things: 1 } })
  expect(fixture.events()).toEqual(before)
  const given = { securityProfileName: 'new', behaviors: [rule('low', SENT, 100)] }
  const other = (await (await ask({ profile: given, days: 1 })).json()) as BacktestReport
  expect(other.behaviors[0]!.alarms.RULE!.alarms).toBe(0)
  for (const [body, code] of [
    [{ securityProfileName: 'nobody' }, 404],
    [{ profile: { securityProfileName: 'x', behaviors: 7 } }, 400],
    [{ securityProfileName: 'p', days: -1 }, 400],
  ] as const) {
    expect((await ask(body)).status).toBe(code)
  }
})

test('as many days as are kept make a first model, also where days begin late', async () => {
  fixture = new Fixture(pool, { backfill: true, retainDays: 3, training: { minDays: 3 } })
  await fixture.start()
  fixture.putProfile('old', [learned('old')], ['all/things'])
  for (let day = 0; day < 6; day++) await fixture.post(readings(day * DAY + 30, (day + 1) * DAY))
  await fixture.post(readings(6 * DAY + 30, 6 * DAY + 100))
  fixture.said.length = 0
  fixture.putProfile('young', [learned('young')], ['all/things'])
  await filled()
  await fixture.post(readings(6 * DAY + 100, 6 * DAY + 102))
  await fixture.restart()
  // Four whole days and the last one up to its open window.
  const kept = 4 * (4 * (DAY - 30) + 71)
  expect(status()[1]).toEqual(['young', 'ACTIVE', kept])
  const folder = join(fixture.service.archiveDirectory, `metric=${encodeURIComponent(SENT)}`)
  expect(readdirSync(folder)).toHaveLength(5)
})
