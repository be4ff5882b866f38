import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { duck } from '../columnar/duck.ts'
import { Chance } from './chance.ts'
import { ended, Program, succeed } from './program.ts'

const ASD: string = fileURLToPath(new URL('../../data/asd/', import.meta.url))
const DATAPOINTS = join(ASD, 'datapoints.csv.gz')
const PROFILE: string[] = ['--profile', join(ASD, 'security-profile.json'), '--quiet']

let program: Program
let folder = ''
const at = (name: string): string => join(folder, name)
/** The lines of the committed data, without the header. */
let rows: string[] = []
/** The events of a run that nobody disturbed, and in how many steps it changed the file system. */
let expected = ''
let changes = 0
let straightMs = 0

beforeAll(async () => {
  program = new Program()
  folder = mkdtempSync(join(tmpdir(), 'fleet-detect-kill-'))
  rows = gunzipSync(readFileSync(DATAPOINTS)).toString().trimEnd().split('\n').slice(1)
  const began = performance.now()
  const straight = [...keeping('straight', DATAPOINTS), ...AFTER_EACH_PIECE]
  const { code, stderr } = await program.run(straight, 'count')
  straightMs = performance.now() - began
  expect(code).toBe(0)
  expected = readFileSync(at('straight.ndjson'), 'utf8')
  changes = Number(/changes: (\d+)/.exec(stderr)![1])
})
afterAll(() => {
  program?.remove()
  rmSync(folder, { recursive: true, force: true })
})

/** A replay that keeps all there is to keep. */
function keeping(name: string, ...inputs: string[]): string[] {
  const files = ['--out', at(`${name}.ndjson`), '--archive', at(`${name}.archive`)]
  const state = ['--state', at(`${name}.state`)]
  return ['replay', ...inputs, ...PROFILE, '--workers', '2', ...files, ...state]
}

const AFTER_EACH_PIECE = ['--checkpoint-interval', '0s']

/** Runs a command that is killed at each of these changes of the file system in turn, then to its end. */
async function killedAt(moments: readonly number[], argv: readonly string[]): Promise<void> {
  for (const moment of moments) {
    const { signal } = await program.run([...argv, ...AFTER_EACH_PIECE], `write:${moment}`)
    expect(signal, `killed at change ${moment}`).toBe('SIGKILL')
  }
  await succeed(program, argv)
}

/** That the archive of a run holds each datapoint once, and gives the same events. */
async function checkArchive(name: string): Promise<void> {
  const archive = at(`${name}.archive`)
  expect(await contentOf(archive)).toEqual(await contentOf(at('straight.archive')))
  const again = at(`${name}.again.ndjson`)
  await succeed(program, ['replay', archive, ...PROFILE, '--workers', '1', '--out', again])
  expect(readFileSync(again, 'utf8')).toBe(expected)
}

/** Rows, and sums that are exact: values have two decimals. */
async function contentOf(archive: string): Promise<unknown[][]> {
  return duck(
    `select name, metric, day::varchar, count(*), count(distinct timestamp),
       sum(timestamp // 300000), sum(round(value * 100)::bigint)
     from '${archive}/*/*/*.parquet' join '${archive}/things.parquet' using (thing)
     group by all order by all`,
  )
}

test('a run over the committed data raises alarms', () => {
  expect(expected.split('\n').length).toBeGreaterThan(200)
  expect(changes).toBeGreaterThan(20)
})

test('DuckDB reads the archive, with the things by name', async () => {
  const archive = at('straight.archive')
  const found = await duck(
    `select name, metric, epoch(epoch_ms(timestamp)) * 1000, value
     from '${archive}/*/*/*.parquet' join '${archive}/things.parquet' using (thing)`,
  )
  const written = found.map(([name, metric, time, value]) =>
    [name, metric, time, value].map(String).join(','),
  )
  const given = rows.map((row) => {
    const [thing, metric, time, value] = row.split(',')
    return [thing, metric, time, String(Number(value))].join(',')
  })
  expect(written.length).toBe(787_968)
  expect(written.sort()).toEqual(given.sort())
})

test('DuckDB reads names of metrics with colons, and sizes beside other metrics', async () => {
  const behavior = (metric: string): object => ({ name: metric.slice(4), metric })
  const metrics = ['aws:message-byte-size', 'aws:num-messages-sent']
  const profile = { securityProfileName: 'p', additionalMetricsToRetain: metrics }
  writeFileSync(at('p.json'), JSON.stringify({ ...profile, behaviors: metrics.map(behavior) }))
  const log = [20, 30].map((payloadSize) => ({
    timestamp: '2026-01-01 00:00:00',
    eventType: 'Publish-In',
    status: 'Success',
    clientId: 'sensor',
    payloadSize,
  }))
  writeFileSync(at('log.ndjson'), log.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const files = ['--profile', at('p.json'), '--archive', at('log.archive'), '--quiet']
  await succeed(program, ['replay', at('log.ndjson'), ...files])
  const found = await duck(
    `select name, metric, epoch_ms(timestamp)::varchar, value
     from '${at('log.archive')}/*/*/*.parquet' join '${at('log.archive')}/things.parquet' using (thing)
     where value > 0 order by metric`,
  )
  expect(found).toEqual([
    ['sensor', 'aws:message-byte-size', '2026-01-01 00:00:00', 30],
    ['sensor', 'aws:num-messages-sent', '2026-01-01 00:00:00', 2],
  ])
})

test('killed between any two changes of the file system, again and again, and resumed', async () => {
  const chance = new Chance(11)
  // Each process begins behind the last one's checkpoint: together they stay short of the end.
  const moments = Array.from({ length: 3 }, () => chance.whole(1, Math.floor(changes * 0.3)))
  await killedAt(moments, keeping('killed', DATAPOINTS))
  expect(readFileSync(at('killed.ndjson'), 'utf8')).toBe(expected)
  await checkArchive('killed')
})

test('killed behind a checkpoint at which a day has ended and the next has no datapoints yet', async () => {
  // Sorted input may be a day out of order: the second file closes the windows of the first, not its own.
  const row = (time: string, value: number): string => `omi-1,m01,${time},${value}`
  const inputs = [
    tableFile('day-1.csv', [row('2020-01-01T10:00:00Z', 1), row('2020-01-01T10:05:00Z', 2)]),
    tableFile('day-2.csv', [row('2020-01-03T00:10:00Z', 3)]),
    tableFile('day-3.csv', [row('2020-01-03T10:00:00Z', 4)]),
  ]
  let signal: NodeJS.Signals | null = 'SIGKILL'
  for (let moment = 1; signal !== null; moment++) {
    const argv = keeping(`day-${moment}`, ...inputs)
    ;({ signal } = await program.run([...argv, ...AFTER_EACH_PIECE], `checkpoint:${moment}:after`))
    if (signal !== null) await succeed(program, argv)
    const archive = at(`day-${moment}.archive`)
    const values = await duck(`select value from '${archive}/*/*/*.parquet' order by all`)
    expect(values, `killed at checkpoint ${moment}`).toEqual([[1], [2], [3], [4]])
  }
  expect(existsSync(at('day-4.archive'))).toBe(true)
})

test('killed after any time, with threads at work, and resumed', async () => {
  const chance = new Chance(23)
  const argv = keeping('timed', ...dailyFiles('timed', rows))
  for (let i = 0; i < 4; i++) {
    const child = program.start([...argv, ...AFTER_EACH_PIECE])
    child.stdin.end()
    const timer = setTimeout(() => child.kill('SIGKILL'), straightMs * (0.1 + 0.5 * chance.next()))
    const { code, stderr } = await ended(child)
    clearTimeout(timer)
    expect([null, 0], stderr).toContain(code)
  }
  await succeed(program, argv)
  expect(existsSync(at('timed.state/lock'))).toBe(false)
  expect(readFileSync(at('timed.ndjson'), 'utf8')).toBe(expected)
  await checkArchive('timed')
})

test('a sorted replay killed behind its sorting neither sorts nor counts its rows again', async () => {
  const shuffled = tableFile('once.csv', new Chance(41).shuffle([...rows]))
  const argv = [...keeping('once', shuffled), '--log-format', 'json']
  const loud = argv.filter((word) => word !== '--quiet')
  // By then the sorting is done, and some of its buckets are evaluated.
  const { signal } = await program.run([...loud, ...AFTER_EACH_PIECE], 'checkpoint:6:after')
  expect(signal).toBe('SIGKILL')
  const marker = at('once.state/spill/complete.json')
  expect(existsSync(marker)).toBe(true)
  const { stderr } = await succeed(program, loud)
  const summary = stderr.split('\n').find((line) => line.includes('"kind":"summary"'))!
  const { progress } = JSON.parse(summary) as { progress: { rows: number } }
  expect(progress.rows).toBe(rows.length)
  expect(readFileSync(at('once.ndjson'), 'utf8')).toBe(expected)
})

test('a table in time order, learned as it is decoded, killed and resumed', async () => {
  // Learned behaviors only: with a rule, somebody looks at single rows from the start.
  const profile = JSON.parse(readFileSync(join(ASD, 'security-profile.json'), 'utf8')) as {
    behaviors: { criteria: object }[]
  }
  const behaviors = profile.behaviors.filter(({ criteria }) => 'mlDetectionConfig' in criteria)
  writeFileSync(at('learned.json'), JSON.stringify({ ...profile, behaviors }))
  const table = at('table.parquet')
  await duck(`copy (select thing, metric, timestamp, value::double as value
    from read_csv('${DATAPOINTS}') order by timestamp, thing, metric)
    to '${table}' (format parquet, row_group_size 8192)`)
  const run = (name: string, input: string): string[] => {
    const files = ['--out', at(`${name}.ndjson`), '--state', at(`${name}.state`)]
    return [
      'replay',
      input,
      '--profile',
      at('learned.json'),
      '--quiet',
      '--model',
      'quantile',
      '--workers',
      '2',
      ...files,
    ]
  }
  await succeed(program, run('table-lines', DATAPOINTS))
  const lines = readFileSync(at('table-lines.ndjson'), 'utf8')
  expect(lines.split('\n').length).toBeGreaterThan(100)
  for (const moment of [2, 3, 5]) {
    const argv = run(`table-${moment}`, table)
    const { signal } = await program.run(
      [...argv, ...AFTER_EACH_PIECE],
      `checkpoint:${moment}:after`,
    )
    expect(signal, `killed at checkpoint ${moment}`).toBe('SIGKILL')
    await succeed(program, argv)
    expect(readFileSync(at(`table-${moment}.ndjson`), 'utf8')).toBe(lines)
  }
})

test('the lines in any order, over files that overlap, killed and resumed', async () => {
  const chance = new Chance(37)
  const files: string[][] = [[], [], []]
  for (const row of chance.shuffle([...rows])) files[chance.whole(0, 2)]!.push(row)
  const inputs = files.map((lines, i) => tableFile(`shuffled-${i}.csv`, lines))
  await killedAt([12, 120], keeping('shuffled', ...inputs))
  expect(readFileSync(at('shuffled.ndjson'), 'utf8')).toBe(expected)
  expect(existsSync(at('shuffled.state/spill'))).toBe(false)
  await checkArchive('shuffled')
})

/** A file per UTC day. */
function dailyFiles(name: string, lines: readonly string[]): string[] {
  const days = new Map<number, string[]>()
  for (const line of lines) {
    const day = Math.floor(Number(line.split(',')[2]) / 86_400_000)
    if (!days.has(day)) days.set(day, [])
    days.get(day)!.push(line)
  }
  return [...days].map(([day, list]) => tableFile(`${name}-${day}.csv`, list))
}

function tableFile(name: string, lines: readonly string[]): string {
  writeFileSync(at(name), `thing,metric,timestamp,value\n${lines.join('\n')}\n`)
  return at(name)
}
