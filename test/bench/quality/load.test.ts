import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findSets, loadSet } from '../../../bench/quality/load.ts'
import { DetectError } from '../../../src/domain/errors.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quality-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const HEADER = 'thing,metric,timestamp,value\n'
const ROWS = `${HEADER}a,m,1000,1\nb,m,1000,-2.5\na,m,2000,3e2\r\na,n,3000,0\na,m,2000,4\n`
const LABELS = {
  dataset: 'two things',
  evaluateFrom: { a: 2000, 'b|m': 9000 },
  labels: [
    { thing: 'a', metric: 'm', start: 1500, end: 2000, kind: 'anomaly' },
    { thing: 'a', metric: 'm', start: 1000, end: 1000, kind: 'ignore' },
    { thing: 'b', metric: 'm', start: 5000, end: 6000, kind: 'anomaly' },
    { thing: 'a', metric: '*', start: 3000, end: 3000, kind: 'anomaly' },
  ],
}

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text)
  return path
}

function writeSet(rows = ROWS, labels: unknown = LABELS): void {
  write('two.csv.gz', rows)
  write('two.labels.json', JSON.stringify(labels))
}

async function failure(): Promise<DetectError> {
  const error: unknown = await loadSet(findSets(folder, null)[0]!).catch(
    (caught: unknown) => caught,
  )
  expect(error).toBeInstanceOf(DetectError)
  return error as DetectError
}

test('series hold their rows in the order of the file, with labels and where judging begins', async () => {
  writeSet()
  const set = await loadSet(findSets(folder, ['two'])[0]!)
  expect(set).toMatchObject({ name: 'two', dataset: 'two things' })
  expect(set.series).toEqual([
    {
      thing: 'a',
      metric: 'm',
      time: Float64Array.of(1000, 2000, 2000),
      value: Float64Array.of(1, 300, 4),
      anomalies: [[1, 2]],
      ignored: [[0, 0]],
      from: 1,
    },
    {
      thing: 'b',
      metric: 'm',
      time: Float64Array.of(1000),
      value: Float64Array.of(-2.5),
      anomalies: [],
      ignored: [],
      from: 0,
    },
    {
      thing: 'a',
      metric: 'n',
      time: Float64Array.of(3000),
      value: Float64Array.of(0),
      anomalies: [],
      ignored: [],
      from: 0,
    },
  ])
  expect(set.devices).toEqual([
    {
      thing: 'a',
      series: [0, 2],
      time: Float64Array.of(1000, 2000, 3000),
      aligned: false,
      anomalies: [[2, 2]],
      ignored: [],
      from: 1,
    },
  ])
})

test('a set may also be a folder of its own', async () => {
  writeSet()
  mkdirSync(join(folder, 'own'))
  write('own/datapoints.csv.gz', ROWS)
  write('own/labels.json', JSON.stringify(LABELS))
  expect(findSets(folder, null).map(({ name }) => name)).toEqual(['own', 'two'])
  expect((await loadSet(findSets(folder, ['own'])[0]!)).series).toHaveLength(3)
})

test('what is not there is named', () => {
  expect(() => findSets(join(folder, 'none'), null)).toThrow(/no folder/)
  expect(() => findSets(folder, null)).toThrow(/no labelled sets/)
  writeSet()
  expect(() => findSets(folder, ['one'])).toThrow(/no set "one" in .*, only two/)
})

test.each([
  ['a wrong header', 'thing,metric,time,value\n', /two\.csv\.gz:1: the header/],
  ['a missing field', `${HEADER}a,m,1000,1\na,1000,1\n`, /two\.csv\.gz:3: should be.*"a,1000,1"/],
  ['a field too many', `${HEADER}a,m,x,1000,1\n`, /two\.csv\.gz:2: a row has four/],
  ['a time that is none', `${HEADER}a,m,noon,1\n`, /two\.csv\.gz:2: should be/],
  ['a missing value', `${HEADER}a,m,1000,\n`, /two\.csv\.gz:2: should be/],
  ['a value that is no number', `${HEADER}a,m,1000,NaN\n`, /two\.csv\.gz:2: should be/],
  ['an empty file', '', /two\.csv\.gz: empty/],
])('%s is an error with file and line', async (_, rows, message) => {
  writeSet(rows)
  const error = await failure()
  expect(error.kind).toBe('input')
  expect(error.message).toMatch(message)
})

test('a file that is not gzip is an error with its name', async () => {
  writeSet()
  writeFileSync(join(folder, 'two.csv.gz'), ROWS)
  expect((await failure()).message).toMatch(/two\.csv\.gz: /)
})

test.each([
  ['no list', { labels: 1 }, /has no list "labels"/],
  ['an unknown kind', { labels: [{ ...LABELS.labels[0], kind: 'odd' }] }, /labels\[0\]/],
  ['an end before its start', { labels: [{ ...LABELS.labels[0], end: 1 }] }, /labels\[0\]/],
])('labels with %s are an error', async (_, labels, message) => {
  writeSet(ROWS, labels)
  expect((await failure()).message).toMatch(message)
})

test('the small set that comes with the project', async () => {
  const data = new URL('../../../data', import.meta.url).pathname
  const set = await loadSet(findSets(data, ['asd'])[0]!)
  expect(set.series).toHaveLength(72)
  expect(set.series.flatMap(({ anomalies }) => anomalies)).toHaveLength(220)
  expect(set.devices).toHaveLength(12)
  expect(set.devices.flatMap(({ anomalies }) => anomalies)).toHaveLength(76)
  for (const { time, from } of set.series) expect(time[from]).toBe(1_580_774_400_000)
})
