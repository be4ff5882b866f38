import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { jsonLines } from '../cli/fake-io.ts'
import { Chance } from './chance.ts'
import { type Ended, ended, Program } from './program.ts'

/** In the past on every clock. */
const START = Date.UTC(2025, 0, 1)
const MINUTE = 60_000
/** What is awaited comes at once, or, on a machine with much else to do, within this. */
const PATIENCE_MS = 30_000

const criteria = (more: object, toAlarm: number): object => ({
  ...more,
  consecutiveDatapointsToAlarm: toAlarm,
  consecutiveDatapointsToClear: 1,
})
const below = (number: number): object => ({ comparisonOperator: 'less-than', value: { number } })
const PROFILE = {
  securityProfileName: 'live',
  behaviors: [
    { name: 'high-twice', metric: 'load', criteria: criteria(below(80), 2) },
    {
      name: 'learned',
      metric: 'load',
      criteria: criteria({ mlDetectionConfig: { confidenceLevel: 'LOW' } }, 1),
    },
  ],
}
const SIMPLE = {
  securityProfileName: 'simple',
  behaviors: [{ name: 'limit', metric: 'load', criteria: criteria(below(10), 1) }],
}

let program: Program
let folder = ''
const at = (name: string): string => join(folder, name)
/** Six hours and a day of five things, two rows a minute; with the event times. */
let telemetry: { time: number; line: string }[] = []
let text = ''
/** The events of a run that read it all, undisturbed. */
let expected = ''
const running = new Set<ChildProcessWithoutNullStreams>()

beforeAll(async () => {
  program = new Program()
  folder = mkdtempSync(join(tmpdir(), 'fleet-detect-stream-'))
  writeFileSync(at('profile.json'), JSON.stringify(PROFILE))
  writeFileSync(at('simple.json'), JSON.stringify(SIMPLE))
  const chance = new Chance(5)
  telemetry = Array.from({ length: 30 * 60 * 2 * 5 }, (_, i) => {
    const time = START + Math.floor(i / 5) * (MINUTE / 2) + chance.whole(0, MINUTE / 2 - 1)
    return datapoint(`t${i % 5}`, time, chance.whole(0, 100))
  }).sort((a, b) => a.time - b.time)
  // Makes all others certain, and is itself nothing special.
  telemetry.push(datapoint('clock', START + 40 * 60 * MINUTE, 50))
  text = textOf(telemetry)
  await fed('undisturbed', text)
  expected = readFileSync(at('undisturbed.ndjson'), 'utf8')
})
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
})
afterAll(() => {
  program?.remove()
  rmSync(folder, { recursive: true, force: true })
})

function datapoint(thing: string, time: number, value: number): { time: number; line: string } {
  const row = { thing, metric: 'load', timestamp: time, value }
  return { time, line: `${JSON.stringify(row)}\n` }
}

function textOf(rows: readonly { line: string }[]): string {
  return rows.map(({ line }) => line).join('')
}

function start(
  argv: readonly string[],
  kill: string | null = null,
): ChildProcessWithoutNullStreams {
  const child = program.start(['stream', '--workers', '1', '--log-format', 'json', ...argv], kill)
  running.add(child)
  child.once('close', () => running.delete(child))
  // Whoever is killed does not read on.
  child.stdin.on('error', () => {})
  return child
}

function watching(name: string, ...more: string[]): string[] {
  const files = ['--state', at(`${name}.state`), '--out', at(`${name}.ndjson`)]
  const learning = ['--min-days', '1', '--min-datapoints', '1000', '--window', '1m']
  learning.push('--model', 'quantile')
  return ['--profile', at('profile.json'), ...files, ...learning, '--idle-timeout', 'off', ...more]
}

/** Runs a stream over all of an input. */
async function fed(name: string, input: string, ...more: string[]): Promise<Ended> {
  const child = start(watching(name, ...more))
  child.stdin.end(input)
  const end = await ended(child)
  expect(end.code, end.stderr).toBe(0)
  return end
}

function summaryOf({ stderr }: Ended): { interrupted: boolean; progress: Record<string, unknown> } {
  return jsonLines(stderr).find(({ kind }) => kind === 'summary') as never
}

/** Returns as soon as it is so; fails when it does not come to be. */
async function until(condition: () => boolean, what: string): Promise<void> {
  for (let waited = 0; !condition(); waited += 10) {
    if (waited > PATIENCE_MS) throw new Error(`${what}: not within ${PATIENCE_MS} ms`)
    await pause(10)
  }
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0
}

test('an undisturbed stream opens and clears alarms by the rule and by what it learned', () => {
  const kinds = jsonLines(expected).map(
    ({ behavior, violationEventType }) =>
      `${(behavior as { name: string }).name} ${violationEventType as string}`,
  )
  for (const kind of ['high-twice in-alarm', 'high-twice alarm-cleared', 'learned in-alarm']) {
    expect(kinds.filter((found) => found === kind).length, kind).toBeGreaterThan(10)
  }
})

test('an event leaves once the line is written that makes it certain, and not before', async () => {
  const files = ['--profile', at('simple.json'), '--state', at('lines.state')]
  const child = start([...files, '--lateness', '0s', '--idle-timeout', 'off'])
  let stdout = ''
  child.stdout.on('data', (piece: Buffer) => {
    stdout += piece.toString()
  })
  const end = ended(child)
  for (let i = 0; i < 20; i++) {
    const value = i % 2 === 0 ? 99 : 5
    child.stdin.write(datapoint('a', START + i * 5 * MINUTE, value).line)
    // The line's own window is open; the one before is closed by it.
    await until(() => jsonLines(stdout).length >= i, `event ${i}`)
    expect(jsonLines(stdout).length).toBe(i)
  }
  child.kill('SIGTERM')
  const { code, stdout: all } = await end
  const events = jsonLines(all)
  expect([code, events.length]).toEqual([0, 19])
  events.forEach((event, i) => {
    expect(event).toMatchObject({
      violationEventTime: START + (i + 1) * 5 * MINUTE,
      violationEventType: i % 2 === 0 ? 'in-alarm' : 'alarm-cleared',
      metricValue: { number: i % 2 === 0 ? 99 : 5 },
    })
  })
})

test('SIGTERM ends in good order; the same input from the start goes on without repeating', async () => {
  const child = start(watching('stopped'))
  const end = ended(child)
  child.stdin.write(text.slice(0, Math.floor(text.length * 0.9)))
  await until(() => sizeOf(at('stopped.ndjson')) > 0, 'an event')
  child.kill('SIGTERM')
  const stopped = await end
  expect(stopped.code).toBe(0)
  expect(summaryOf(stopped).interrupted).toBe(true)
  expect(existsSync(at('stopped.state/checkpoint.bin'))).toBe(true)
  const before = readFileSync(at('stopped.ndjson'), 'utf8')
  expect(expected.startsWith(before)).toBe(true)
  expect(before.length).toBeLessThan(expected.length)
  const resumed = await fed('stopped', text)
  expect(readFileSync(at('stopped.ndjson'), 'utf8')).toBe(expected)
  // Its books go on as well: each row counts once.
  expect(summaryOf(resumed).progress).toMatchObject({ rows: telemetry.length, late: 0 })
})

test.each(['checkpoint:2:before', 'checkpoint:3:after'])(
  'killed at %s, the same input from the start gives the same file',
  async (kill) => {
    const name = kill.replaceAll(':', '-')
    const keeping = watching(name, '--checkpoint-interval', '0s')
    const child = start(keeping, kill)
    child.stdin.end(text)
    expect((await ended(child)).signal).toBe('SIGKILL')
    await fed(name, text)
    expect(readFileSync(at(`${name}.ndjson`), 'utf8')).toBe(expected)
  },
)

test('a growing file is followed over SIGKILL and SIGTERM', async () => {
  const growing = at('growing.ndjson-log')
  const out = at('followed.ndjson')
  const argv = watching('followed', '--file', growing, '--checkpoint-interval', '0s')
  const quarter = Math.floor(text.length / 4)
  // The pieces end anywhere, in the middle of lines as well.
  const pieces = [0, 1, 2, 3].map((i) =>
    text.slice(i * quarter, i === 3 ? undefined : (i + 1) * quarter),
  )
  writeFileSync(growing, pieces[0]!)
  for (const [i, signal] of (['SIGKILL', 'SIGTERM', 'SIGKILL'] as const).entries()) {
    const child = start(argv)
    const end = ended(child)
    const before = sizeOf(out)
    appendFileSync(growing, pieces[i + 1]!)
    await until(() => sizeOf(out) > before, 'more events')
    child.kill(signal)
    expect((await end).signal).toBe(signal === 'SIGKILL' ? signal : null)
  }
  const last = start(argv)
  const end = ended(last)
  await until(() => sizeOf(out) >= expected.length, 'all events')
  last.kill('SIGTERM')
  const summary = summaryOf(await end)
  expect(readFileSync(out, 'utf8')).toBe(expected)
  expect(summary.progress).toMatchObject({ rows: telemetry.length, late: 0, rejected: {} })
})

test('rows out of order by less than the allowed lateness change nothing', async () => {
  const chance = new Chance(17)
  const lateness = 10 * MINUTE
  const permuted = telemetry
    .map((row) => ({ ...row, arrival: row.time + chance.next() * lateness }))
    .sort((a, b) => a.arrival - b.arrival)
  const end = await fed('permuted', textOf(permuted), '--lateness', '10m')
  expect(permuted.map(({ line }) => line)).not.toEqual(telemetry.map(({ line }) => line))
  expect(readFileSync(at('permuted.ndjson'), 'utf8')).toBe(expected)
  expect(summaryOf(end).progress).toMatchObject({ rows: telemetry.length, late: 0 })
})

test('later rows are counted and change nothing; rows from the future are refused', async () => {
  const out = at('late.ndjson')
  const files = ['--profile', at('simple.json'), '--state', at('late.state'), '--out', out]
  const child = start([...files, '--lateness', '1m', '--idle-timeout', 'off'])
  const end = ended(child)
  // An hour ahead of this machine's clock: taken for true, it would close all windows before.
  const future = Date.now() + 60 * MINUTE
  child.stdin.write(
    textOf([
      datapoint('a', START, 5),
      datapoint('b', future, 99),
      datapoint('a', START + MINUTE, 99),
      datapoint('a', START + 6 * MINUTE, 5),
    ]),
  )
  await until(() => sizeOf(out) > 0, 'the alarm of the first window')
  child.stdin.end(
    textOf([datapoint('a', START + 4 * MINUTE, 3), datapoint('a', START + 11 * MINUTE, 99)]),
  )
  const ending = await end
  expect(summaryOf(ending).progress).toMatchObject({
    rows: 5,
    late: 1,
    rejected: { 'future-dated': 1 },
  })
  const story = jsonLines(readFileSync(out, 'utf8')).map(
    ({ violationEventTime, violationEventType, thingName }) => [
      ((violationEventTime as number) - START) / MINUTE,
      thingName,
      violationEventType,
    ],
  )
  expect(story).toEqual([
    [5, 'a', 'in-alarm'],
    [10, 'a', 'alarm-cleared'],
    [15, 'a', 'in-alarm'],
  ])
})

test('without input, windows close with the clock after the idle timeout', async () => {
  const out = at('idle.ndjson')
  const files = ['--profile', at('simple.json'), '--state', at('idle.state'), '--out', out]
  const child = start([...files, '--lateness', '0s', '--idle-timeout', '1s'])
  const end = ended(child)
  // A second before its window's end; nothing follows.
  child.stdin.write(datapoint('a', START + 5 * MINUTE - 1_000, 99).line)
  await until(() => sizeOf(out) > 0, 'the alarm')
  child.kill('SIGTERM')
  expect((await end).code).toBe(0)
  expect(jsonLines(readFileSync(out, 'utf8'))).toMatchObject([
    { violationEventTime: START + 5 * MINUTE, violationEventType: 'in-alarm' },
  ])
})
