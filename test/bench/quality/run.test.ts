import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runQuality } from '../../../bench/quality/run.ts'
import type { ModelQuality } from '../../../src/cli/model-quality.ts'
import { MODEL_NAMES } from '../../../src/stats/model-kinds.ts'
import { noisyFleet } from './fleets.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quality-'))
  writeSet('fleet', 'four things')
  writeSet('nab', 'NAB, three series of it')
})
afterAll(() => rmSync(folder, { recursive: true }))

function writeSet(name: string, dataset: string): void {
  const fleet = noisyFleet(1_500)
  fleet[2]!.value.fill(10_000, 1_000, 1_005)
  const rows = fleet.flatMap(({ thing, metric, time, value }) =>
    [...time].map((moment, i) => `${thing},${metric},${moment},${value[i]}`),
  )
  const [start, end] = [fleet[2]!.time[1_000], fleet[2]!.time[1_020]]
  const labels = ['m', '*'].map((metric) => ({ thing: 't2', metric, start, end, kind: 'anomaly' }))
  const from = fleet[0]!.time[600]
  const evaluateFrom = { t0: from, 't1|m': from, t2: from }
  const table = `thing,metric,timestamp,value\n${rows.join('\n')}\n`
  writeFileSync(join(folder, `${name}.csv.gz`), gzipSync(table))
  const file = { dataset, evaluateFrom, labels }
  writeFileSync(join(folder, `${name}.labels.json`), JSON.stringify(file))
}

async function quality(...args: string[]) {
  const lines: string[] = []
  const progress: string[] = []
  const code = await runQuality(args, {
    result: (line) => lines.push(line),
    progress: (line) => progress.push(line),
  })
  return { code, text: lines.join('\n'), progress: progress.join('\n') }
}

test('fleets and the NAB corpus come from one command, with the goals', async () => {
  const { code, text, progress } = await quality('--data', folder)
  expect(code).toBe(0)
  expect(progress).toContain('fleet: DSPOT')
  expect(text).toContain('fleet: 3 series, 4500 datapoints, 1 labelled anomalies')
  expect(text).toContain('nab: 3 series, 4500 datapoints, 1 labelled anomalies')
  for (const name of ['model quantile', 'pooled, naive', 'Holt-Winters z']) {
    expect(text.match(new RegExp(`^  ${name} `, 'gm'))!.length).toBeGreaterThanOrEqual(2)
  }
  expect(text).toMatch(/^ {2}floor +67\.0 +61\.0 +71\.0 +66\.0$/m)
  expect(text).toMatch(/^ {2}reach for +0\.0030 +0\.250 +0\.0100 +0\.400 +0\.100 +0\.650$/m)
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110)
})

test('what our models came to is written for the program to tell', async () => {
  const path = join(folder, 'record.json')
  const { code, text } = await quality('--data', folder, '--only', 'model', '--record', path)
  expect(code).toBe(0)
  const { models } = JSON.parse(readFileSync(path, 'utf8')) as ModelQuality
  expect(Object.keys(models)).toEqual(MODEL_NAMES)
  const { series, events, recall, levels } = models.full.fleet!
  expect([series, events]).toEqual([3, 1])
  expect(text).toMatch(new RegExp(`model full +.* ${recall.toFixed(3)} `))
  expect(levels.MEDIUM.recall).toBe(1)
  expect(Object.keys(models.full)).toEqual(['fleet'])
})

test('as JSON for programs, of some detectors and one set', async () => {
  const { code, text } = await quality(
    '--data',
    folder,
    '--sets',
    'fleet',
    '--only',
    'dspot',
    '--json',
  )
  expect(code).toBe(0)
  const { sets } = JSON.parse(text) as { sets: { set: string; verdicts: object }[] }
  expect(sets).toMatchObject([
    {
      set: 'fleet',
      scorer: 'fleets',
      goals: null,
      verdicts: {
        DSPOT: { f1: 1, pAuc: 1, device: { recall: 1 }, levels: { HIGH: { recall: 1, delay: 0 } } },
      },
    },
  ])
  expect(Object.keys(sets[0]!.verdicts)).toEqual(['DSPOT'])
})

test('generated fleets are judged part by part besides', async () => {
  const fleet = ['--fleets', 'sparse', '--things', '30', '--days', '24', '--seed', '3']
  const { code, text, progress } = await quality(...fleet, '--only', 'quantile')
  expect(code).toBe(0)
  expect(progress).toContain('generating 30 things: sparse, seed 3')
  expect(text).toContain('gen-sparse-3: 390 series')
  expect(text).toMatch(/^ {2}own quantile, tail +0\./m)
  expect(text).toMatch(/^model quantile: events by incident and strength/m)
  expect(text).toMatch(/^ {2}all +\d+( +[01]\.\d\d){3} +\d+/m)
  expect(text).toMatch(/^ {2}aws:num-authorization-failures +\d+ +0\.\d+/m)
  expect(text).toMatch(/^ {2}log-upload +\d+( +[01]\.\d{5}){3}$/m)
  expect(text).toMatch(/^ {2}none, LOW( +\d\.\d+){7} +\d+\.\d\d +-?\d+\.\d$/m)
  expect(text).not.toContain('own quantile, tail: events by')
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110)
})

test('help shows examples and the exit codes', async () => {
  const { code, text } = await quality('--help')
  expect(code).toBe(0)
  expect(text).toMatch(
    /Examples:\n {2}npm run quality[^]*Exit codes: 0 success, 1 failure, 2 wrong/,
  )
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(105)
})

test.each([
  [['--fast'], /Unknown option/],
  [['--data', '/no/such/folder'], /no folder/],
  [['--sets', 'none'], /no set "none" in/],
  [
    ['--only', 'none'],
    /fits none of: model full; model compact; model single series; model quantile; pooled/,
  ],
  [['--onset', 'x'], /--onset "x" should be/],
  [['--fleets', 'mixed,weekly'], /--fleets "weekly" is none of mixed, uniform, sparse/],
  [['--fleets', 'mixed', '--things', '0'], /--things "0" should be a whole number from 1 on/],
  [['--fleets', 'mixed', '--seed', '1.5'], /--seed "1\.5" should be/],
  [['--fleets', 'mixed', '--days', '14'], /--days "14" should be a whole number from 15 on/],
])('%j is wrong usage', async (args, message) => {
  const { code, text, progress } = await quality('--data', folder, ...args)
  expect(code).toBe(2)
  expect(text).toBe('')
  expect(progress).toMatch(message)
})

test('a broken file is a failure', async () => {
  writeFileSync(join(folder, 'broken.csv.gz'), gzipSync('thing\n'))
  writeFileSync(join(folder, 'broken.labels.json'), '{"labels": []}')
  const { code, progress } = await quality('--data', folder, '--sets', 'broken')
  expect(code).toBe(1)
  expect(progress).toMatch(/broken\.csv\.gz:1: the header should be/)
})
