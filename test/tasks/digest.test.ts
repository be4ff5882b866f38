import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { nameAt } from '../../src/columnar/name-table.ts'
import { describeParquet } from '../../src/columnar/parquet-describe.ts'
import { DAY_MS, HOUR_MS } from '../../src/domain/time.ts'
import { mergeSummaries } from '../../src/stats/summary.ts'
import { runDecode } from '../../src/tasks/decode.ts'
import type { Digesting } from '../../src/tasks/digest.ts'
import type { Decoded, RowGroups } from '../../src/tasks/segment.ts'
import { duck } from '../columnar/duck.ts'
import { temporaryFolder } from '../columnar/folder.ts'
import { CONTEXT, METRICS, type Row, rowsOf } from '../columnar/rows.ts'
import { bitsOf, datapoint, summaryOf } from '../stats/datapoints.ts'

const folder = temporaryFolder()
const { windowMs } = CONTEXT
/** So that the windows that follow cross a midnight. */
const START = 20_000 * DAY_MS - 4 * windowMs

let files = 0

function fileOf(rows: readonly Row[], rowGroupSize: number): string {
  const path = join(folder, `${files++}.parquet`)
  const column = <T>(name: string, type: string, data: T[]) => ({ name, data, type })
  const buffer = parquetWriteBuffer({
    columnData: [
      column(
        'thing',
        'STRING',
        rows.map(([thing]) => thing),
      ),
      column(
        'metric',
        'STRING',
        rows.map(([, metric]) => metric),
      ),
      column(
        'timestamp',
        'INT64',
        rows.map(([, , time]) => BigInt(time)),
      ),
      column(
        'value',
        'DOUBLE',
        rows.map(([, , , value]) => value),
      ),
    ] as Parameters<typeof parquetWriteBuffer>[0]['columnData'],
    rowGroupSize,
  })
  writeFileSync(path, new Uint8Array(buffer))
  return path
}

async function decoded(path: string, digest: Digesting | null): Promise<Decoded> {
  const file = describeParquet(path)
  const source: RowGroups = { kind: 'row-groups', file, things: null, inOrder: null }
  const result = await runDecode({ source, context: CONTEXT, memory: null, digest })
  if ('failed' in result) throw new Error(result.failed)
  return result
}

const windowOf = (time: number): number => Math.floor(time / windowMs)

/** One zero for both: in the dictionaries of the files' writer they are the same. */
function zeroed([thing, metric, time, value]: Row): Row {
  return [thing, metric, time, value + 0]
}

/** All that a digest says must follow from the rows it stands for. */
function check({ chunk, digests }: Decoded, rows: readonly Row[]): void {
  const kept = rowsOf(chunk).map(zeroed)
  const inside = (time: number): boolean =>
    digests.some(({ firstWindow, endWindow }) => {
      const window = windowOf(time)
      return window >= firstWindow && window < endWindow
    })
  expect(kept).toEqual(rows.filter(([, , time]) => !inside(time)).map(zeroed))
  expect(chunk.lines).toBe(rows.length)
  for (const digest of digests) {
    const { firstWindow, endWindow, summaries, firstOf, things, firstSeen, lastSeen } = digest
    const own = rows.filter(([, , time]) => {
      return windowOf(time) >= firstWindow && windowOf(time) < endWindow
    })
    expect(digest.rows).toBe(own.length)
    expect(Math.floor((firstWindow * windowMs) / DAY_MS)).toBe(
      Math.floor((endWindow * windowMs - 1) / DAY_MS),
    )
    for (const [m, metric] of METRICS.entries()) {
      const of = own.filter(([, name]) => name === metric)
      expect(bitsOf(summaries[m]!)).toEqual(bitsOf(summaryOf(of.map(([, , , value]) => value))))
      expect(firstOf[m]).toBe(of.length === 0 ? -1 : windowOf(of[0]![2]))
    }
    const seen = [...things].map((code, i) => {
      return [nameAt(chunk.things, code), [firstSeen[i], lastSeen[i]]] as const
    })
    const expected = [...new Set(own.map(([thing]) => thing))].map((name) => {
      const windows = own.filter(([thing]) => thing === name).map(([, , time]) => windowOf(time))
      return [name, [Math.min(...windows), Math.max(...windows)]] as const
    })
    expect(new Map(seen)).toEqual(new Map(expected))
  }
}

/** The blocks of a digest must hold its rows, by metric and in the order of windows, none of them twice. */
function checkBlocks({ chunk, digests }: Decoded, rows: readonly Row[]): void {
  for (const { firstWindow, endWindow, blocks } of digests) {
    const own = rows.filter(([, , time]) => {
      return windowOf(time) >= firstWindow && windowOf(time) < endWindow
    })
    for (const [m, metric] of METRICS.entries()) {
      const held = blocks.flatMap(({ from, thing, window, value }) =>
        Array.from(thing.subarray(from[m], from[m + 1]), (code, i) => {
          const row = from[m]! + i
          return [nameAt(chunk.things, code), window[row], value[row]] as const
        }),
      )
      const expected = own
        .filter(([, name]) => name === metric)
        .map(([thing, , time, value]) => [thing, windowOf(time), value + 0] as const)
      expect(held.map(([, window]) => window)).toEqual(expected.map(([, window]) => window))
      expect(held).toEqual(expected)
    }
    const windows = blocks.map(({ window }) => [...new Set(window)])
    expect(new Set(windows.flat()).size).toBe(windows.flat().length)
  }
}

/** Per window a subset of things and metrics; times anywhere in the window, in any order there. */
const fleet: fc.Arbitrary<Row[]> = fc
  .array(
    fc.record({
      gap: fc.constantFrom(1, 1, 1, 1, 2, 11),
      cells: fc.uniqueArray(
        fc.record({
          thing: fc.integer({ min: 0, max: 6 }),
          metric: fc.integer({ min: 0, max: 2 }),
          offset: fc.integer({ min: 0, max: windowMs - 1 }),
          value: datapoint,
        }),
        { selector: ({ thing, metric }) => thing * 3 + metric, maxLength: 14 },
      ),
    }),
    { minLength: 1, maxLength: 16 },
  )
  .map((windows) => {
    let window = windowOf(START)
    return windows.flatMap(({ gap, cells }) => {
      window += gap
      return cells.map(({ thing, metric, offset, value }): Row => {
        const positive = metric < 2 ? Math.abs(value) : value
        return [`thing-${thing}`, METRICS[metric]!, window * windowMs + offset, positive]
      })
    })
  })
  .filter((rows) => rows.length > 0)

test('a digest is what the rows it stands for come to, however they lie in row groups', async () => {
  let windows = 0
  await fc.assert(
    fc.asyncProperty(fleet, fc.integer({ min: 3, max: 60 }), async (rows, rowGroupSize) => {
      const path = fileOf(rows, rowGroupSize)
      const result = await decoded(path, 'summaries')
      check(result, rows)
      expect(result.digests.flatMap(({ blocks }) => blocks)).toEqual([])
      const withRows = await decoded(path, 'with-rows')
      check(withRows, rows)
      checkBlocks(withRows, rows)
      for (const digest of result.digests) windows += digest.endWindow - digest.firstWindow
    }),
    { numRuns: 100 },
  )
  expect(windows).toBeGreaterThan(50)
})

/** Two hours and a half around midnight: three things, all metrics. */
const ORDERLY: readonly Row[] = Array.from({ length: 30 * 9 }, (_, i): Row => {
  const window = windowOf(START) + Math.floor(i / 9)
  return [`t${i % 3}`, METRICS[Math.floor(i / 3) % 3]!, window * windowMs + i, i % 7]
})

test('cuts lie at midnight and at 01:00; the first and the last window stay rows', async () => {
  const { chunk, digests } = await decoded(fileOf(ORDERLY, 20), 'summaries')
  const midnight = (START + 4 * windowMs) / windowMs
  const one = midnight + HOUR_MS / windowMs
  expect(digests.map(({ firstWindow, endWindow }) => [firstWindow, endWindow])).toEqual([
    [midnight - 3, midnight],
    [midnight, one],
    [one, midnight + 25],
  ])
  expect(chunk.rows).toBe(18)
  check({ chunk, digests }, ORDERLY)
})

test('files of DuckDB, of several row groups', async () => {
  const path = join(folder, 'duck.parquet')
  await duck(`copy (select 'pump-' || lpad((i // 3 % 37)::varchar, 2, '0') as thing,
      ['aws:num-messages-sent', 'aws:message-byte-size', 'temperature'][1 + i % 3] as metric,
      ${START} + (i // 111) * 300000 + i // 3 % 37 as timestamp,
      case when i % 3 < 2 then (i * 7919) % 1000 else sin(i) end::double as value
    from range(12000) t(i)) to '${path}' (format parquet, row_group_size 2048)`)
  const plain = await decoded(path, null)
  expect(plain.digests).toEqual([])
  const digested = await decoded(path, 'summaries')
  check(digested, rowsOf(plain.chunk))
  const summaries = digested.digests.map((digest) => digest.summaries[2]!)
  expect(mergeSummaries(summaries).count).toBeGreaterThan(3_900)
})

describe('rows that are not fit for a digest come as they are', () => {
  const changed = (at: number, row: Row): Row[] => ORDERLY.map((own, i) => (i === at ? row : own))
  const [thing, metric, time] = ORDERLY[100]!
  const cases: [string, readonly Row[]][] = [
    ['two of a thing and metric in a window', [...ORDERLY.slice(0, 101), ...ORDERLY.slice(100)]],
    ['a window that comes back', [...ORDERLY.slice(0, 200), ...ORDERLY.slice(100, 120)]],
    ['a negative count', changed(100, [thing, METRICS[0]!, time, -1])],
    ['no number', changed(100, [thing, metric, time, Number.NaN])],
    ['an unknown metric', changed(100, [thing, 'nobody:knows', time, 1])],
    ['a name that is none', changed(100, ['', metric, time, 1])],
    ['a moment before 1970', changed(100, [thing, metric, -5, 1])],
  ]
  test.each(cases)('%s', async (_, rows) => {
    const path = fileOf(rows, 20)
    const plain = await decoded(path, null)
    const digested = await decoded(path, 'summaries')
    expect(digested.digests).toEqual([])
    expect(rowsOf(digested.chunk)).toEqual(rowsOf(plain.chunk))
    expect(digested.chunk.rejects).toEqual(plain.chunk.rejects)
    expect(digested.chunk.lines).toBe(rows.length)
    // What the attempt left behind must not be found in the next one.
    check(await decoded(fileOf(ORDERLY, 20), 'summaries'), ORDERLY)
  })
})

test('a damaged row group costs itself alone', async () => {
  const path = fileOf(ORDERLY, 20)
  const { chunk } = await decoded(path, null)
  const { offset } = describeParquet(path).rowGroups[3]!.columns.value
  const bytes = readFileSync(path)
  bytes.fill(0xff, offset, offset + 12)
  writeFileSync(path, bytes)
  const digested = await decoded(path, 'summaries')
  expect(digested.digests).toEqual([])
  expect(rowsOf(digested.chunk)).toEqual([
    ...rowsOf(chunk).slice(0, 60),
    ...rowsOf(chunk).slice(80),
  ])
  expect(digested.chunk.rejects.counts).toEqual({ malformed: 1 })
  expect(digested.chunk.rejects.rows[0]).toMatchObject({ line: 61 })
})
