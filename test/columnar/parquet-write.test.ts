import * as fc from 'fast-check'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Names, NameTable } from '../../src/columnar/name-table.ts'
import { describeParquet } from '../../src/columnar/parquet-describe.ts'
import { readArchiveColumns } from '../../src/columnar/parquet-read.ts'
import { readThingNames, thingColumns } from '../../src/columnar/parquet-things.ts'
import type { ParquetColumn } from '../../src/columnar/parquet-encode.ts'
import { ParquetFileWriter, writeParquet } from '../../src/columnar/parquet-write.ts'
import { duck } from './duck.ts'
import { temporaryFolder } from './folder.ts'
import { decodeFile, rowsOf } from './rows.ts'

const folder = temporaryFolder()
const daily = join(
  folder,
  `metric=${encodeURIComponent('aws:num-messages-sent')}`,
  'day=2026-11-20',
)
mkdirSync(daily, { recursive: true })

function archiveColumns(rows: { thing: number; time: number; value: number }[]): ParquetColumn[] {
  return [
    { name: 'thing', type: 'INT32', values: Int32Array.from(rows, (row) => row.thing) },
    { name: 'timestamp', type: 'INT64', values: Float64Array.from(rows, (row) => row.time) },
    { name: 'value', type: 'DOUBLE', values: Float64Array.from(rows, (row) => row.value) },
  ]
}

function names(...all: string[]): Names {
  const table = new NameTable()
  for (const name of all) table.codeOfString(name)
  return table.snapshot()
}

const row = fc.record({
  thing: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  time: fc.oneof(
    fc.integer({ min: 100_000_000_000, max: 253_402_300_799_999 }),
    fc.constant(253_402_300_799_999),
  ),
  value: fc.oneof(fc.double(), fc.constantFrom(-0, 5e-324, -5e-324, Number.MAX_VALUE)),
})

test('what is written is read back exactly, whatever the compression and the row groups', async () => {
  const path = join(daily, 'law.parquet')
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 60 }),
      fc.constantFrom('GZIP' as const, 'UNCOMPRESSED' as const),
      fc.integer({ min: 1, max: 40 }),
      async (rows, compression, rowGroupRows) => {
        await writeParquet(path, archiveColumns(rows), { compression, rowGroupRows })
        const file = describeParquet(path)
        expect(file.rowGroups).toHaveLength(Math.ceil(rows.length / rowGroupRows))
        const back = file.rowGroups.flatMap((_, i) => {
          const { thing, time, value } = readArchiveColumns(file, i)
          return Array.from(thing, (code, k) => ({ thing: code, time: time[k], value: value[k] }))
        })
        // toEqual tells -0 from 0 and takes NaN for NaN.
        expect(back).toEqual(rows)
      },
    ),
    { numRuns: 60 },
  )
})

test('the footer tells the time range of each row group and keeps the metadata', async () => {
  const path = join(daily, 'range.parquet')
  const start = Date.UTC(2026, 10, 20)
  const rows = [3, 1, 2, 9, 7, 8].map((k) => ({ thing: 0, time: start + k, value: k }))
  const options = { rowGroupRows: 3, metadata: { layout: 'v1', note: 'größer' } }
  await writeParquet(path, archiveColumns(rows), options)
  const file = describeParquet(path)
  expect(file.rowGroups.map(({ minTime, maxTime }) => [minTime - start, maxTime - start])).toEqual([
    [1, 3],
    [7, 9],
  ])
  expect(file.rowGroups.map(({ firstRow }) => firstRow)).toEqual([0, 3])
  expect(file.metadata).toEqual({ layout: 'v1', note: 'größer' })
  expect([file.things, file.metric, file.rows]).toEqual(['archive', 'aws:num-messages-sent', 6])
})

test('DuckDB reads an archive with the names of its things', async () => {
  const things = names('pump-1', 'Ventil-ß', 'x'.repeat(128))
  await writeParquet(join(folder, 'things.parquet'), thingColumns(things))
  const rows = Array.from({ length: 1_000 }, (_, i) => ({
    thing: i % 3,
    time: Date.UTC(2026, 10, 20) + i * 300_000,
    value: i === 17 ? -0 : i / 7,
  }))
  const sub = join(folder, 'read', 'metric=temperature', 'day=2026-11-20')
  mkdirSync(sub, { recursive: true })
  await writeParquet(join(sub, 'a.parquet'), archiveColumns(rows), { rowGroupRows: 300 })
  const found = await duck(
    `select name, metric, day::varchar, timestamp, value
     from read_parquet('${folder}/read/**/*.parquet', hive_partitioning = true)
     join '${folder}/things.parquet' using (thing) order by timestamp`,
  )
  const expected = rows.map(({ thing, time, value }) => [
    ['pump-1', 'Ventil-ß', 'x'.repeat(128)][thing],
    'temperature',
    '2026-11-20',
    BigInt(time),
    value,
  ])
  expect(found).toEqual(expected)
  const pruned = await duck(
    `select count(*) from '${sub}/a.parquet' where timestamp >= ${rows[900]!.time} and value >= 0`,
  )
  expect(pruned).toEqual([[100n]])
})

test('our own reader joins the names too', async () => {
  const path = join(daily, 'named.parquet')
  const rows = [
    { thing: 2, time: 1_700_000_000_000, value: 5 },
    { thing: 0, time: 1_700_000_000_001, value: 6 },
    { thing: 2, time: 1_700_000_000_002, value: 7 },
  ]
  await writeParquet(path, archiveColumns(rows))
  const chunk = decodeFile(path, names('a', 'b', 'c'))
  expect(rowsOf(chunk)).toEqual([
    ['c', 'aws:num-messages-sent', 1_700_000_000_000, 5],
    ['a', 'aws:num-messages-sent', 1_700_000_000_001, 6],
    ['c', 'aws:num-messages-sent', 1_700_000_000_002, 7],
  ])
  expect(chunk.things.count).toBe(2)
  expect(() => decodeFile(path, names('a', 'b'))).toThrow(/thing 2 is not in things.parquet/)
  expect(() => decodeFile(path)).toThrow(/codes of things/)
})

test('message sizes keep their minimum, sum and count', async () => {
  const path = join(daily, 'sizes.parquet')
  const column = (name: string, ...values: number[]): ParquetColumn => ({
    name,
    type: 'DOUBLE',
    values: Float64Array.from(values),
  })
  const rows = [3, 4, 5].map((k) => ({ thing: 0, time: 1_700_000_000_000 + k, value: k * 100 }))
  await writeParquet(path, [
    ...archiveColumns(rows),
    column('min', 1, Number.NaN, 3),
    column('sum', 400, 500, 600),
    { name: 'count', type: 'INT64', values: Float64Array.of(2, 3, 4) },
  ])
  const chunk = decodeFile(path, names('a'))
  const { min, sum, count } = chunk.sizes!
  expect(rowsOf(chunk).map(([, , , value]) => value)).toEqual([300, 500])
  expect([min, sum, count].map((sizes) => [...sizes.subarray(0, 2)])).toEqual([
    [1, 3],
    [400, 600],
    [2, 4],
  ])
  expect(chunk.rejects.counts).toEqual({ 'not-a-number': 1 })
})

test('names of things come back in the order of their codes', async () => {
  const path = join(folder, 'many-things.parquet')
  const all = Array.from({ length: 5_000 }, (_, i) => `thing-${i * 7919}`)
  await writeParquet(path, thingColumns(names(...all)), { rowGroupRows: 1_000 })
  const back = readThingNames(path)
  const decoder = new TextDecoder()
  const texts = Array.from({ length: back.count }, (_, i) =>
    decoder.decode(back.bytes.subarray(back.offsets[i], back.offsets[i + 1])),
  )
  expect(texts).toEqual(all)
  expect(() => readThingNames(join(daily, 'sizes.parquet'))).toThrow(/no table of codes/)
})

test('a file is replaced whole or not at all', async () => {
  const path = join(folder, 'whole.parquet')
  const columns = archiveColumns([{ thing: 0, time: 1_700_000_000_000, value: 1 }])
  await writeParquet(path, columns)
  const before = readFileSync(path)
  const writer = await ParquetFileWriter.create(path, columns)
  await writer.write(columns)
  expect(readFileSync(path)).toEqual(before)
  await writer.abandon()
  const fraction: ParquetColumn = { name: 'x', type: 'INT64', values: Float64Array.of(0.5) }
  await expect(writeParquet(path, [fraction])).rejects.toThrow(/0.5/)
  expect(readFileSync(path)).toEqual(before)
  expect(readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([])
})

test('columns of different lengths or shapes are refused', async () => {
  const one: ParquetColumn = { name: 'a', type: 'INT32', values: Int32Array.of(1) }
  const two: ParquetColumn = { name: 'b', type: 'INT32', values: Int32Array.of(1, 2) }
  const path = join(folder, 'uneven.parquet')
  await expect(writeParquet(path, [one, two])).rejects.toThrow(RangeError)
  const writer = await ParquetFileWriter.create(path, [one])
  await expect(writer.write([{ ...one, name: 'c' }])).rejects.toThrow(/shape/)
  await writer.abandon()
  expect(existsSync(path)).toBe(false)
})

test('files that are none are named in the error', () => {
  const path = join(folder, 'no.parquet')
  for (const content of [
    '',
    'PAR1',
    'x'.repeat(100),
    `${'x'.repeat(90)}\u{7f}\u{7f}\u{7f}\u{7f}PAR1`,
  ]) {
    writeFileSync(path, content)
    expect(() => describeParquet(path)).toThrow(/no\.parquet is not a readable Parquet file/)
  }
  expect(() => describeParquet(join(folder, 'absent.parquet'))).toThrow(/cannot read .*absent/)
})
