import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { gzipSync } from 'node:zlib'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { duck } from '../columnar/duck.ts'
import { cli, jsonLines } from './fake-io.ts'

const SENT = 'aws:num-messages-sent'
const PROFILE = {
  securityProfileName: 'fleet',
  behaviors: [
    {
      name: 'sent',
      metric: SENT,
      criteria: {
        consecutiveDatapointsToAlarm: 1,
        consecutiveDatapointsToClear: 1,
        mlDetectionConfig: { confidenceLevel: 'LOW' },
      },
    },
  ],
}

let folder = ''
let path = (name: string): string => name
let common: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-detect-replay-'))
  path = (name) => join(folder, name)
  writeFileSync(path('p.json'), JSON.stringify(PROFILE))
  const fleet = ['--things', '5', '--days', '4', '--training-days', '2', '--metrics', SENT]
  await cli('generate', ...fleet, '--clean', '--out', path('fleet.ndjson'))
  const learning = ['--min-days', '2', '--min-datapoints', '1000', '--workers', '1']
  common = ['--profile', path('p.json'), ...learning, '--log-format', 'json']
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function events(name: string): Record<string, unknown>[] {
  return jsonLines(readFileSync(path(name), 'utf8'))
}

test('a replay writes events, an archive and a state, and sums up', async () => {
  const keep = ['--archive', path('archive'), '--state', path('state'), '--out', path('a.ndjson')]
  const { code, stdout, stderr } = await cli('replay', path('fleet.ndjson'), ...common, ...keep)
  expect([code, stdout]).toEqual([0, ''])
  const summary = jsonLines(stderr).find(({ kind }) => kind === 'summary')!
  const rows = readFileSync(path('fleet.ndjson'), 'utf8').trimEnd().split('\n').length
  expect(summary).toMatchObject({ command: 'replay', interrupted: false, minDays: 2 })
  expect(summary.progress).toMatchObject({ rows, things: 5, rejected: {} })
  const [sent] = summary.behaviors as Record<string, unknown>[]
  expect(sent).toMatchObject({ behavior: 'sent', modelStatus: 'ACTIVE' })
  const written = events('a.ndjson')
  expect(written.length).toBe((summary.progress as { events: number }).events)
  expect(sent!.alarms).toBeGreaterThan(0)
  const opened = written.filter(({ violationEventType }) => violationEventType === 'in-alarm')
  expect(opened.length).toBe(sent!.alarms)
  const times = written.map(({ violationEventTime }) => violationEventTime as number)
  expect(times).toEqual([...times].sort((a, b) => a - b))

  const archive = JSON.parse((await cli('inspect', path('archive'), '--json')).stdout) as object
  expect(archive).toMatchObject({ kind: 'archive', things: 5, metrics: [{ metric: SENT }] })
  const state = JSON.parse((await cli('inspect', path('state'), '--json')).stdout) as object
  expect(state).toMatchObject({
    kind: 'state',
    things: 5,
    behaviors: [{ behavior: 'sent', status: 'ACTIVE', kind: 'ml' }],
  })
  const { stdout: text } = await cli('inspect', path('state'))
  expect(text).toMatch(/^fleet\/sent +aws:num-messages-sent +ACTIVE /m)
})

test('--from leaves out earlier events, nothing else', async () => {
  await cli('replay', path('fleet.ndjson'), ...common, '--out', path('all.ndjson'))
  const all = events('all.ndjson')
  const middle = all[all.length >> 1]!.violationEventTime as number
  const out = ['--out', path('late.ndjson'), '--from', new Date(middle).toISOString()]
  expect((await cli('replay', path('fleet.ndjson'), ...common, ...out)).code).toBe(0)
  const late = all.filter(({ violationEventTime }) => (violationEventTime as number) >= middle)
  expect(late.length).toBeGreaterThan(0)
  expect(events('late.ndjson')).toEqual(late)
})

test('refused rows are counted, written with their place, and fail only --strict runs', async () => {
  writeFileSync(path('bad.ndjson'), readFileSync(path('fleet.ndjson')))
  appendFileSync(path('bad.ndjson'), 'what is this?\n')
  const files = ['--out', path('b.ndjson'), '--rejects', path('rejects.ndjson')]
  const lenient = await cli('replay', path('bad.ndjson'), ...common, ...files)
  expect(lenient.code).toBe(0)
  const summary = jsonLines(lenient.stderr).find(({ kind }) => kind === 'summary')!
  expect(summary.progress).toMatchObject({ rejected: { malformed: 1 } })
  expect(events('rejects.ndjson')).toEqual([
    expect.objectContaining({
      file: path('bad.ndjson'),
      reason: 'malformed',
      text: 'what is this?',
    }),
  ])
  const strict = await cli('replay', path('bad.ndjson'), ...common, ...files, '--strict')
  expect(strict.code).toBe(1)
  expect(jsonLines(strict.stderr).at(-1)).toMatchObject({
    level: 'error',
    message: '--strict: 1 row refused',
  })
})

test('an input that is not there ends it with exit 1 and its name', async () => {
  const { code, stderr } = await cli('replay', path('none.ndjson'), ...common)
  expect(code).toBe(1)
  expect(jsonLines(stderr).at(-1)).toEqual({
    level: 'error',
    kind: 'error',
    message: `${path('none.ndjson')}: no such file or directory`,
  })
})

test('train leaves a state with models from an archive', async () => {
  const places = ['--archive', path('archive2'), '--state', path('trained')]
  const [events, archive] = [path('c.ndjson'), path('archive2')]
  await cli('replay', path('fleet.ndjson'), ...common, '--archive', archive, '--out', events)
  const { code, stderr } = await cli('train', ...common, ...places)
  expect(code).toBe(0)
  const summary = jsonLines(stderr).find(({ kind }) => kind === 'summary')!
  expect(summary.command).toBe('train')
  const { stdout } = await cli('inspect', path('trained'), '--json')
  expect(JSON.parse(stdout)).toMatchObject({ behaviors: [{ behavior: 'sent', status: 'ACTIVE' }] })
})

test('a file that was appended to is read on, one that was replaced from its start', async () => {
  const day = readFileSync(path('fleet.ndjson'), 'utf8').split(/(?<=\n)/)
  const half = day.length >> 1
  const lines = [day.slice(0, half - 9), day.slice(half - 9, half), day.slice(half)]
  const state = ['--state', path('grown'), '--out', path('grown-events.ndjson')]
  const rowsAfter = async (content: string[]): Promise<[unknown, boolean]> => {
    writeFileSync(path('growing.ndjson'), content.join(''))
    const { code, stderr } = await cli('replay', path('growing.ndjson'), ...common, ...state)
    expect(code).toBe(0)
    const summary = jsonLines(stderr).find(({ kind }) => kind === 'summary')!
    return [
      (summary.progress as { rows: number }).rows,
      stderr.includes('has changed since it was read'),
    ]
  }
  const [first, second, third] = lines as [string[], string[], string[]]
  expect(await rowsAfter(first)).toEqual([first.length, false])
  expect(await rowsAfter([...first, ...second])).toEqual([half, false])
  expect(await rowsAfter([...first, ...second])).toEqual([half, false])
  expect(await rowsAfter(third)).toEqual([day.length, true])
})

test('damaged files in a directory cost what is damaged, and nothing else', async () => {
  const lines = readFileSync(path('fleet.ndjson'), 'utf8').split(/(?<=\n)/)
  const directory = path('damaged')
  mkdirSync(directory)
  writeFileSync(join(directory, 'good.ndjson'), lines.slice(0, 100).join(''))
  const packed = gzipSync(lines.slice(100).join(''))
  writeFileSync(join(directory, 'cut.ndjson.gz'), packed.subarray(0, packed.length >> 1))
  writeFileSync(join(directory, 'cut.parquet'), `PAR1${'x'.repeat(1_000)}`)
  writeFileSync(join(directory, 'README.txt'), 'not data')
  const { code, stderr } = await cli('replay', directory, ...common, '--out', path('d.ndjson'))
  expect(code).toBe(0)
  const summary = jsonLines(stderr).find(({ kind }) => kind === 'summary')!
  const { rows, rejected } = summary.progress as { rows: number; rejected: unknown }
  expect(rejected).toEqual({ malformed: 2 })
  expect(rows).toBeGreaterThan(1_000)
  expect(rows).toBeLessThan(lines.length)
  expect(stderr).toContain('README.txt: cannot tell the format')
})

test.each(['quantile', 'full'])(
  'a table of another tool, in order and out of it, gives what the lines give (%s)',
  async (model) => {
    const run = (input: string, out: string) =>
      cli('replay', input, ...common, '--model', model, '--out', out)
    expect((await run(path('fleet.ndjson'), path('lines.ndjson'))).code).toBe(0)
    const rows = `from read_json('${path('fleet.ndjson')}', format = 'newline_delimited')`
    const columns = 'thing, metric, timestamp, value::double as value'
    const orders = { sorted: 'timestamp', unsorted: 'hash(timestamp, thing)' }
    for (const [name, order] of Object.entries(orders)) {
      const table = path(`${name}.parquet`)
      await duck(
        `copy (select ${columns} ${rows} order by ${order}) to '${table}' (row_group_size 2048)`,
      )
      const out = path(`${name}.ndjson`)
      expect((await run(table, out)).code).toBe(0)
      expect(readFileSync(out, 'utf8')).toBe(readFileSync(path('lines.ndjson'), 'utf8'))
    }
    expect(events('lines.ndjson').length).toBeGreaterThan(0)
  },
)

test('--scores: every evaluated datapoint, the same in all three formats', async () => {
  const run = [
    'replay',
    path('fleet.ndjson'),
    ...common,
    '--model',
    'full',
    '--out',
    path('s.ndjson'),
  ]
  for (const extension of ['csv', 'ndjson', 'parquet']) {
    const { code } = await cli(...run, '--scores', path(`scores.${extension}`))
    expect(code).toBe(0)
  }
  const two = path('two.csv')
  const { code: ended } = await cli(...run, '--scores', two, '--workers', '2')
  expect([ended, readFileSync(two, 'utf8')]).toEqual([0, readFileSync(path('scores.csv'), 'utf8')])
  const rows = jsonLines(readFileSync(path('scores.ndjson'), 'utf8'))
  expect(rows.length).toBeGreaterThan(1_000)
  for (const { score, score0, level, value, low, high } of rows as Record<string, number>[]) {
    expect(score!).toBeLessThanOrEqual(score0!)
    expect(score0! >= 2).toBe(value! > high! || (low !== null && value! < low!))
    expect(level).toBe(score! >= 4 ? 'HIGH' : score! >= 3 ? 'MEDIUM' : score! >= 2 ? 'LOW' : 'NONE')
  }
  const [header, ...lines] = readFileSync(path('scores.csv'), 'utf8').trimEnd().split('\n')
  expect(header!.split(',')).toEqual(Object.keys(rows[0]!))
  expect(lines).toEqual(rows.map((row) => Object.values(row).join(',')))
  const query = `SELECT * REPLACE (if(isinf(low), NULL, low) AS low, if(isinf(high), NULL, high) AS high)
    FROM '${path('scores.parquet')}'`
  const parquet = await duck(query)
  const plain = parquet.map((row) =>
    row.map((cell) => (typeof cell === 'bigint' ? Number(cell) : cell)),
  )
  expect(plain).toEqual(rows.map((row) => Object.values(row)))
})

test('--scores with a name that says no format is refused', async () => {
  const { code, stderr } = await cli('replay', 'a.csv', ...common, '--scores', 'scores.txt')
  expect(code).toBe(2)
  expect(stderr).toContain('.csv, .ndjson, .parquet')
})

test('--to: what lies behind is as if it did not exist, however far the input was read ahead', async () => {
  const lines = readFileSync(path('fleet.ndjson'), 'utf8').trimEnd().split('\n')
  const timeOf = (line: string): number => (JSON.parse(line) as { timestamp: number }).timestamp
  const first = timeOf(lines[0]!)
  // Read ahead, the input would go on for months: time enough for everything to fall silent.
  const later = lines.map((line) => {
    const row = JSON.parse(line) as { timestamp: number }
    return JSON.stringify({ ...row, timestamp: row.timestamp + 60 * 86_400_000 })
  })
  const to = first + 3 * 86_400_000 + 1_207 * 60_000
  writeFileSync(path('long.ndjson'), `${[...lines, ...later].join('\n')}\n`)
  writeFileSync(path('short.ndjson'), `${lines.filter((line) => timeOf(line) < to).join('\n')}\n`)
  const summaries = []
  for (const [name, more] of [
    ['long', ['--to', new Date(to).toISOString()]],
    ['short', []],
  ] as const) {
    const out = path(`${name}-to.ndjson`)
    const end = await cli('replay', path(`${name}.ndjson`), ...common, ...more, '--out', out)
    expect(end.code).toBe(0)
    const { behaviors } = jsonLines(end.stderr).find(({ kind }) => kind === 'summary')!
    summaries.push([readFileSync(out, 'utf8'), behaviors])
  }
  expect(summaries[0]).toEqual(summaries[1])
  expect(summaries[0]![0]).not.toBe('')
})
