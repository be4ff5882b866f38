import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore } from '../../src/store/store.ts'
import { Chance } from './chance.ts'
import { Program } from './program.ts'
import { ServeProcess } from './serve-process.ts'

/** `npm run chaos` kills more often. */
const KILLS = Number(process.env.CHAOS_KILLS ?? 5)
const START = Date.UTC(2026, 0, 5)
const WINDOW_MS = 300_000
const THINGS = 10
const METRICS = ['aws:num-messages-sent', 'aws:all-bytes-out', 'aws:num-authorization-failures']
/** Batches of an hour each. */
const HOURS = 24 * 4
/** Batches that may be under way at once; windows wait for as many. */
const AT_ONCE = 3

let program: Program
let folder = ''

beforeAll(() => {
  program = new Program()
  folder = mkdtempSync(join(tmpdir(), 'fleet-detect-chaos-'))
})
afterAll(() => {
  program?.remove()
  rmSync(folder, { recursive: true, force: true })
})

const BEHAVIORS = [
  ...METRICS.slice(0, 2).map((metric) => ({
    name: metric.slice(4),
    metric,
    criteria: {
      consecutiveDatapointsToAlarm: 1,
      consecutiveDatapointsToClear: 2,
      mlDetectionConfig: { confidenceLevel: 'LOW' },
    },
  })),
  {
    name: 'failures',
    metric: METRICS[2],
    criteria: { comparisonOperator: 'less-than', value: { count: 20 }, durationSeconds: 900 },
  },
]

/** What the API would have written, before the first start. */
function prepare(directory: string): void {
  const store = openStore(directory)
  const { database } = store
  const insert = database.prepare(
    `INSERT INTO security_profiles (name, version, behaviors_json, alert_targets_json,
       metrics_to_retain_json, metrics_to_retain_v2_json, created, modified)
     VALUES (?, 1, ?, '{}', '[]', '[]', 0, 0)`,
  )
  for (const [name, target] of [
    ['everywhere', 'all/things'],
    ['some', 'thinggroup/some'],
  ]) {
    insert.run(name!, JSON.stringify(BEHAVIORS))
    database.prepare('INSERT INTO profile_targets VALUES (?, ?, 0)').run(name!, target!)
  }
  store.close()
}

/** An hour of the fleet: noise, and now and then something unusual for some windows. */
function hourOf(hour: number): string {
  const chance = new Chance(hour)
  const lines: string[] = []
  for (let window = hour * 12; window < hour * 12 + 12; window++) {
    for (let thing = 0; thing < THINGS; thing++) {
      for (const [m, metric] of METRICS.entries()) {
        const odd = (window + 31 * thing) % 97 < 3
        const value = m === 2 ? (odd ? 12 : 1) : (odd ? 900 : 100) + chance.whole(0, 40)
        const timestamp = START + window * WINDOW_MS + thing
        lines.push(JSON.stringify({ thing: `thing-${thing}`, metric, timestamp, value }))
      }
    }
  }
  return lines.join('\n')
}

/** Changes of the registry, made before an hour is sent. */
async function change(hour: number, serving: ServeProcess): Promise<void> {
  const member = (action: string, thing: string) =>
    serving.call('PUT', `/thing-groups/${action}`, { thingGroupName: 'some', thingName: thing })
  if (hour === 30) {
    await serving.call('POST', '/thing-groups/some', {})
    for (const thing of ['thing-1', 'thing-2', 'thing-3']) {
      await serving.call('POST', `/things/${thing}`, {})
      await member('addThingToThingGroup', thing)
    }
  }
  if (hour === 61) await member('removeThingFromThingGroup', 'thing-2')
}

/** Runs a fleet through a service that is killed after each of these times, and gives what it stored. */
async function through(name: string, kills: readonly number[]): Promise<unknown> {
  const directory = join(folder, name)
  prepare(directory)
  const argv = [
    `--data=${directory}`,
    '--no-auth',
    '--clock=event',
    `--lateness=${AT_ONCE}h`,
    '--min-days=1',
    '--min-datapoints=500',
    '--workers=2',
    '--model=full',
    '--checkpoint-interval=500ms',
  ]
  let serving = await ServeProcess.start(program, argv)
  await serving.ready()
  const left = [...kills]
  let timer: NodeJS.Timeout | undefined
  const arm = (): void => {
    const after = left.shift()
    if (after !== undefined) timer = setTimeout(() => void serving.end('SIGKILL'), after)
  }
  arm()
  const restarted = async (): Promise<void> => {
    await serving.end('SIGKILL')
    clearTimeout(timer)
    serving = await ServeProcess.start(program, argv)
    // The next one may strike while it recovers.
    arm()
    await serving.ready()
  }
  const restart = async (): Promise<void> => {
    for (;;) {
      try {
        return await restarted()
      } catch {
        continue
      }
    }
  }
  for (let hour = 0; hour < HOURS; ) {
    try {
      await change(hour, serving)
      const hours = Array.from({ length: AT_ONCE }, (_, i) => hour + i)
      const statuses = await Promise.all(
        hours.map(async (of) => {
          const answer = await serving.post(hourOf(of), { 'Idempotency-Key': `hour-${of}` })
          return [answer.status, await answer.json()] as const
        }),
      )
      for (const [status, answer] of statuses) {
        expect([status, answer]).toEqual([
          200,
          expect.objectContaining({ accepted: THINGS * METRICS.length * 12, late: 0 }),
        ])
      }
      hour += AT_ONCE
    } catch (error) {
      // A fetch that breaks off throws a TypeError; the rest is ours.
      if (!(error instanceof TypeError)) throw error
      await restart()
    }
  }
  // On a fast machine all may be done before the last kills: they strike what has just recovered.
  while (left.length > 0) await restart()
  clearTimeout(timer)
  expect(await serving.end('SIGTERM'), serving.stderr).toBe(0)
  return stored(directory)
}

function stored(directory: string): unknown {
  const store = openStore(directory)
  try {
    const all = (sql: string) => store.database.prepare<Record<string, unknown>>(sql).all()
    return {
      events: all(
        `SELECT violation_id, type, time, profile, behavior, thing, confidence, value_json,
           explanation_json FROM violation_events ORDER BY time, profile, behavior, thing, type`,
      ),
      violations: all(
        `SELECT id, profile, behavior, thing, started, last_time, last_value_json, ended, end_type
         FROM violations ORDER BY id`,
      ),
      inOrder: all('SELECT violation_id, type FROM violation_events ORDER BY id'),
      answers: all('SELECT key, answer_json FROM ingest_batches ORDER BY key'),
    }
  } finally {
    store.close()
  }
}

test(
  `killed ${KILLS} times at any moment under load: nothing lost, nothing twice`,
  async () => {
    const began = performance.now()
    const expected = (await through('undisturbed', [])) as { events: { profile: string }[] }
    const took = performance.now() - began
    expect(expected.events.length).toBeGreaterThan(100)
    expect(new Set(expected.events.map(({ profile }) => profile)).size).toBe(2)
    const chance = new Chance(Number(process.env.CHAOS_SEED ?? 7))
    // Nearly all of them strike before the end, some of them during recovery.
    const longest = Math.min(1_500, took / 3, (4 * took) / KILLS)
    const kills = Array.from({ length: KILLS }, () => chance.next() * longest)
    expect(await through('killed', kills)).toEqual(expected)
  },
  30_000 + KILLS * 30_000,
)
