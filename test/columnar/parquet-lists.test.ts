import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { DecodeContext } from '../../src/columnar/chunk.ts'
import { appendNames, nameAt, NO_NAMES } from '../../src/columnar/name-table.ts'
import type { ParquetColumn } from '../../src/columnar/parquet-encode.ts'
import { writeParquet } from '../../src/columnar/parquet-write.ts'
import { decodeContext } from '../../src/detect/detector.ts'
import { customMetric, ML_METRICS } from '../../src/domain/metric.ts'
import { temporaryFolder } from './folder.ts'
import { decodeFile } from './rows.ts'

const METRICS = [...ML_METRICS, customMetric('load'), customMetric('users', 'strings')]
const CONTEXT: DecodeContext = decodeContext(METRICS, 300_000, 20)
const ROWS: readonly [thing: string, metric: string, value: number, list: string][] = [
  ['a', 'users', 9, '["root","eve","root"]'],
  ['a', 'load', 5, '["root"]'],
  ['b', 'users', 9, '[]'],
  ['b', 'users', 9, '[5]'],
  ['c', 'users', 9, 'root'],
  ['c', 'load', 7, ''],
]

const folder = temporaryFolder()

/** Row by row, the same name twice where it stands twice. */
const listed = (texts: readonly string[]) => appendNames(NO_NAMES, 0, texts)

function columns(withLists: boolean): ParquetColumn[] {
  const table: ParquetColumn[] = [
    { name: 'thing', type: 'UTF8', values: listed(ROWS.map((row) => row[0])) },
    { name: 'metric', type: 'UTF8', values: listed(ROWS.map((row) => row[1])) },
    { name: 'timestamp', type: 'INT64', values: new Float64Array(ROWS.length).fill(1.7e12) },
    { name: 'value', type: 'DOUBLE', values: Float64Array.from(ROWS, (row) => row[2]) },
  ]
  const list: ParquetColumn = {
    name: 'list',
    type: 'UTF8',
    values: listed(ROWS.map((row) => row[3])),
  }
  return withLists ? [...table, list] : table
}

test('a table of anybody may have lists as JSON in a column of their own', async () => {
  const path = join(folder, 'a.parquet')
  await writeParquet(path, columns(true))
  const chunk = decodeFile(path, null, CONTEXT)
  const told = Array.from({ length: chunk.rows }, (_, i) => {
    const { name } = METRICS[chunk.metric[i]!]!
    const value = chunk.value[i]!
    return `${nameAt(chunk.things, chunk.thing[i]!)} ${name === 'users' ? nameAt(chunk.things, value) : value}`
  })
  expect(told).toEqual(['a ["eve","root"]', 'a 5', 'b []', 'c 7'])
  expect(chunk.lists).toBe(true)
  expect(chunk.rejects.rows.map(({ reason, detail }) => [reason, detail])).toEqual([
    ['not-a-list', 'list [5]'],
    ['not-a-list', 'list root'],
  ])
})

test('without it rows of lists are refused', async () => {
  const path = join(folder, 'a.parquet')
  await writeParquet(path, columns(false))
  const chunk = decodeFile(path, null, CONTEXT)
  expect([chunk.rows, chunk.lists, chunk.rejects.counts]).toEqual([2, false, { 'not-a-list': 4 }])
})
