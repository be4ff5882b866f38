import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCheckpoint } from '../../src/adapters/state-directory.ts'
import { jsonLines } from '../cli/fake-io.ts'
import { Chance } from './chance.ts'
import { ended, Program, succeed } from './program.ts'

const START = Date.UTC(2025, 0, 6)
const DAY = 86_400_000
const WINDOW = 300_000
const METRICS = ['aws:num-messages-sent', 'temperature']
const PROFILE = {
  securityProfileName: 'fleet',
  behaviors: METRICS.map((metric, i) => ({
    name: `learned-${i}`,
    metric,
    criteria: {
      consecutiveDatapointsToAlarm: 1,
      consecutiveDatapointsToClear: 1,
      mlDetectionConfig: { confidenceLevel: 'LOW' },
    },
  })),
}

let program: Program
let folder = ''
const at = (name: string): string => join(folder, name)
let common: string[] = []

beforeAll(async () => {
  program = new Program()
  folder = mkdtempSync(join(tmpdir(), 'fleet-detect-train-'))
  writeFileSync(at('profile.json'), JSON.stringify(PROFILE))
  common = ['--profile', at('profile.json'), '--min-days', '1', '--min-datapoints', '1000']
  common.push('--workers', '2', '--log-format', 'json', '--model', 'quantile')
  const chance = new Chance(3)
  // Two days to learn from, with something unusual in the second, then one to judge.
  writeFileSync(at('past.csv'), table(chance, 0, 2))
  writeFileSync(at('today.csv'), table(chance, 2, 3))
  const past = ['replay', at('past.csv'), ...common]
  await succeed(program, [...past, '--archive', at('archive'), '--out', at('past.ndjson')])
  await succeed(program, ['train', ...common, '--archive', at('archive'), '--state', at('trained')])
  await succeed(program, [...past, '--state', at('live'), '--out', at('live-past.ndjson')])
})
afterAll(() => {
  program?.remove()
  rmSync(folder, { recursive: true, force: true })
})

/**
 * Five things, two metrics, every five minutes; what is unusual is so for one datapoint. The last hour of
 * the past is calm: no alarm stands at its end.
 */
function table(chance: Chance, from: number, to: number): string {
  const lines = ['thing,metric,timestamp,value']
  for (let time = START + from * DAY; time < START + to * DAY; time += WINDOW) {
    for (let i = 0; i < 10; i++) {
      const day = (time - START) / DAY
      const unusual = (day === 1.5 || day === 2 || day === 2.5) && i < 2
      const usual = chance.whole(100, 200) + (i % 2 === 1 ? chance.next() : 0)
      const calm = day >= 2 - 1 / 24 && day < 2
      const value = unusual ? 5_000 : calm ? 150 : usual
      lines.push(`t${i >> 1},${METRICS[i % 2]},${time},${value}`)
    }
  }
  return `${lines.join('\n')}\n`
}

interface Inspected {
  behaviors: { status: string; standing: unknown[] }[]
}

async function inspect(name: string): Promise<Inspected> {
  const { stdout } = await succeed(program, ['inspect', at(name), '--json'])
  return JSON.parse(stdout) as Inspected
}

function story(name: string): string[] {
  return jsonLines(readFileSync(at(name), 'utf8')).map((event) => {
    const { violationEventTime, violationEventType, thingName } = event
    const days = ((violationEventTime as number) - START) / DAY
    return [days, thingName, violationEventType].join(' ')
  })
}

test('the past has alarms, in a run that alarms', () => {
  const noon = 1.5 + WINDOW / DAY
  expect(story('past.ndjson')).toContain(`${noon} t0 in-alarm`)
})

test('training leaves the models of a run over the same datapoints, to the bit', async () => {
  const learned = ({ behaviors }: Inspected) =>
    behaviors.map((behavior) => ({ ...behavior, standing: null }))
  const trained = await inspect('trained')
  expect(trained.behaviors.map(({ status }) => status)).toEqual(['ACTIVE', 'ACTIVE'])
  expect(learned(trained)).toEqual(learned(await inspect('live')))
  const columns = (name: string) =>
    Object.entries(readCheckpoint(at(name))!.columns).filter(([column]) =>
      /^watch\.\d+\.(model|next|day|open)/.test(column),
    )
  expect(columns('trained').length).toBeGreaterThan(4)
  expect(columns('trained')).toEqual(columns('live'))
})

test('a replay with the trained state judges from its first window on, and raises nothing older', async () => {
  for (const state of ['trained', 'live']) {
    cpSync(at(state), at(`${state}-replay`), { recursive: true })
    const files = ['--state', at(`${state}-replay`), '--out', at(`${state}-today.ndjson`)]
    await succeed(program, ['replay', at('today.csv'), ...common, ...files])
  }
  const today = story('trained-today.ndjson')
  // The first window of the day: the model of the midnight before last is in force.
  expect(today[0]).toBe(`${2 + WINDOW / DAY} t0 in-alarm`)
  expect(today).toContain(`${2.5 + WINDOW / DAY} t0 in-alarm`)
  expect(readFileSync(at('trained-today.ndjson'), 'utf8')).toBe(
    readFileSync(at('live-today.ndjson'), 'utf8'),
  )
})

test('a stream with the trained state does the same', async () => {
  cpSync(at('trained'), at('trained-stream'), { recursive: true })
  const files = ['--state', at('trained-stream'), '--out', at('stream-today.ndjson')]
  const child = program.start(['stream', ...common, ...files, '--idle-timeout', 'off'])
  child.stdin.end(readFileSync(at('today.csv')))
  const { code, stderr } = await ended(child)
  expect(code, stderr).toBe(0)
  expect(readFileSync(at('stream-today.ndjson'), 'utf8')).toBe(
    readFileSync(at('live-today.ndjson'), 'utf8'),
  )
})

test('a finished state goes on: rows of windows it has closed are late', async () => {
  cpSync(at('live'), at('overlap'), { recursive: true })
  const [header, ...rows] = readFileSync(at('past.csv'), 'utf8').trimEnd().split('\n')
  writeFileSync(at('again.csv'), [header, ...rows.slice(-30), ''].join('\n'))
  const files = ['--state', at('overlap'), '--out', at('overlap.ndjson')]
  const inputs = [at('again.csv'), at('today.csv')]
  const { stderr } = await succeed(program, ['replay', ...inputs, ...common, ...files])
  const summary = jsonLines(stderr).find(({ kind }) => kind === 'summary')!
  expect(summary.progress).toMatchObject({ late: 30 })
  expect(readFileSync(at('overlap.ndjson'), 'utf8')).toBe(
    readFileSync(at('live-today.ndjson'), 'utf8'),
  )
})

test('a rule whose duration is another one begins its sums anew', async () => {
  const rule = (durationSeconds: number): object => ({
    name: 'sent',
    metric: METRICS[0],
    criteria: { comparisonOperator: 'less-than', value: { count: 1_000 }, durationSeconds },
  })
  const run = async (durationSeconds: number, minutes: number): Promise<string> => {
    const profile = { securityProfileName: 'sums', behaviors: [rule(durationSeconds)] }
    writeFileSync(at('sums.json'), JSON.stringify(profile))
    const row = `a,${METRICS[0]},${START + minutes * 60_000},600`
    const input = at(`sums-${minutes}.csv`)
    writeFileSync(input, `thing,metric,timestamp,value\n${row}\n`)
    const files = ['--state', at('sums'), '--out', at('sums.ndjson')]
    await succeed(program, ['replay', input, '--profile', at('sums.json'), ...files])
    return readFileSync(at('sums.ndjson'), 'utf8')
  }
  expect(await run(900, 0)).toBe('')
  expect(await run(600, 5)).toBe('')
  // The state goes on where the duration is the same.
  expect(jsonLines(await run(600, 10))).toMatchObject([{ metricValue: { count: 1_200 } }])
})
