import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore } from '../../src/store/store.ts'
import { Program } from './program.ts'
import { ServeProcess } from './serve-process.ts'

const START = Date.UTC(2026, 0, 5)
const WINDOW_MS = 300_000
const METRIC = 'aws:num-messages-sent'
const BEHAVIOR = {
  name: 'quiet',
  metric: METRIC,
  criteria: {
    comparisonOperator: 'less-than',
    value: { count: 100 },
    durationSeconds: 300,
    consecutiveDatapointsToAlarm: 1,
    consecutiveDatapointsToClear: 1,
  },
}

let program: Program
let folder = ''

beforeAll(() => {
  program = new Program()
  folder = mkdtempSync(join(tmpdir(), 'fleet-detect-inputs-'))
})
afterAll(() => {
  program?.remove()
  rmSync(folder, { recursive: true, force: true })
})

const isLoud = (window: number): boolean => window % 5 === 3

/** A thing's line of each window. */
function lines(thing: string, from: number, to: number): string {
  return Array.from({ length: to - from }, (_, i) => {
    const timestamp = START + (from + i) * WINDOW_MS
    const value = isLoud(from + i) ? 500 : 20
    return `${JSON.stringify({ thing, metric: METRIC, timestamp, value })}\n`
  }).join('')
}

/** The alarms that these windows have to raise, each once. */
function alarms(thing: string, from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
    .filter(isLoud)
    .map((window) => `${thing} ${window}`)
}

function argvOf(name: string, ...more: string[]): string[] {
  const options = ['--no-auth', '--clock=event', '--lateness=0s', '--workers=1']
  return [`--data=${join(folder, name)}`, ...options, ...more]
}

async function start(argv: readonly string[]): Promise<ServeProcess> {
  const serving = await ServeProcess.start(program, argv)
  await serving.ready()
  return serving
}

async function attach(serving: ServeProcess): Promise<void> {
  await serving.call('POST', '/security-profiles/p', { behaviors: [BEHAVIOR] })
  const target = encodeURIComponent('arn:aws:iot:us-east-1:000000000000:all/things')
  await serving.call('PUT', `/security-profiles/p/targets?securityProfileTargetArn=${target}`)
}

/** All alarms that began, as `thing window`, as often as they are stored. */
async function raised(serving: ServeProcess): Promise<string[]> {
  const query = 'startTime=2026-01-01T00:00:00Z&endTime=2026-02-01T00:00:00Z&maxResults=250'
  const { violationEvents } = (await serving.call('GET', `/violation-events?${query}`)) as {
    violationEvents: {
      thingName: string
      violationEventType: string
      violationEventTime: number
    }[]
  }
  return violationEvents
    .filter(({ violationEventType }) => violationEventType === 'in-alarm')
    .map(({ thingName, violationEventTime: time }) => {
      return `${thingName} ${(time * 1000 - START) / WINDOW_MS - 1}`
    })
}

async function raises(serving: ServeProcess, expected: readonly string[]): Promise<void> {
  await expect
    .poll(async () => (await raised(serving)).sort(), { timeout: 60_000 })
    .toEqual([...expected].sort())
}

test('a followed file beside what is posted, through SIGKILL: nothing lost, nothing twice', async () => {
  const file = join(folder, 'fleet.ndjson')
  const argv = argvOf('file', '--file', file, '--checkpoint-interval=100ms')
  let serving = await start(argv)
  await attach(serving)
  // The file comes into being while it is waited for.
  appendFileSync(file, lines('filed', 0, 50))
  await raises(serving, alarms('filed', 0, 49))
  const { status } = await serving.post(lines('posted', 50, 51) + lines('posted', 53, 54))
  expect(status).toBe(200)
  // What comes now may have been read or not; the last line is torn.
  const more = lines('filed', 54, 120)
  appendFileSync(file, more.slice(0, -40))
  await serving.end('SIGKILL')
  appendFileSync(file, more.slice(-40))
  appendFileSync(file, lines('filed', 120, 150))
  serving = await start(argv)
  await raises(serving, [
    ...alarms('filed', 0, 49),
    ...alarms('posted', 53, 54),
    ...alarms('filed', 54, 149),
  ])
  await serving.end('SIGKILL')
  serving = await start(argv)
  appendFileSync(file, lines('filed', 150, 200))
  const all = [...alarms('filed', 0, 49), ...alarms('posted', 53, 54), ...alarms('filed', 54, 199)]
  await raises(serving, all)
  expect(await serving.end('SIGTERM'), serving.stderr).toBe(0)
  expect(inStore('file').sort()).toEqual(all.sort())
})

test('standard input beside what is posted; its end does not end the service', async () => {
  const serving = await start(argvOf('stdin', '--file', '-'))
  await attach(serving)
  serving.stdin.write(lines('piped', 0, 30))
  await raises(serving, alarms('piped', 0, 29))
  serving.stdin.end(lines('piped', 30, 40))
  await raises(serving, alarms('piped', 0, 39))
  expect((await serving.post(lines('posted', 40, 61))).status).toBe(200)
  await raises(serving, [...alarms('piped', 0, 39), ...alarms('posted', 40, 60)])
  expect(await serving.end('SIGTERM'), serving.stderr).toBe(0)
})

test('each pipe is new: the next one is read from its first byte', async () => {
  const argv = argvOf('pipes', '--file', '-', '--checkpoint-interval=100ms')
  let serving = await start(argv)
  await attach(serving)
  serving.stdin.write(lines('piped', 0, 30))
  await raises(serving, alarms('piped', 0, 29))
  for (const [signal, from] of [
    ['SIGKILL', 30],
    ['SIGTERM', 60],
  ] as const) {
    await serving.end(signal)
    serving = await start(argv)
    serving.stdin.write(lines('piped', from, from + 30))
    await raises(serving, alarms('piped', 0, from + 29))
  }
  expect(await serving.end('SIGTERM'), serving.stderr).toBe(0)
})

test('a file that took the place of another while nobody read is read from its beginning', async () => {
  const file = join(folder, 'replaced.ndjson')
  const argv = argvOf('replaced', '--file', file)
  let serving = await start(argv)
  await attach(serving)
  writeFileSync(file, lines('filed', 0, 30))
  await raises(serving, alarms('filed', 0, 29))
  await serving.end('SIGKILL')
  writeFileSync(`${file}.new`, lines('filed', 30, 90))
  renameSync(`${file}.new`, file)
  serving = await start(argv)
  await raises(serving, alarms('filed', 0, 89))
  expect(serving.stderr).toContain(
    'is another file than the one that was read: reading it from the beginning',
  )
  expect(await serving.end('SIGTERM'), serving.stderr).toBe(0)
})

test('a service that was told to stop leaves everything in the one file of its store', async () => {
  const serving = await start(argvOf('clean'))
  await attach(serving)
  expect((await serving.post(lines('posted', 0, 30))).status).toBe(200)
  await raises(serving, alarms('posted', 0, 29))
  expect(await serving.end('SIGTERM'), serving.stderr).toBe(0)
  const log = join(folder, 'clean', 'store.db-wal')
  expect(existsSync(log) ? statSync(log).size : 0).toBe(0)
})

/** The same without the service. */
function inStore(name: string): string[] {
  const store = openStore(join(folder, name))
  try {
    return store.database
      .prepare<{ thing: string; time: number }>(
        "SELECT thing, time FROM violation_events WHERE type = 'in-alarm'",
      )
      .all()
      .map(({ thing, time }) => `${thing} ${(time - START) / WINDOW_MS - 1}`)
  } finally {
    store.close()
  }
}
