import {
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fileRun } from '../../src/adapters/file-runs.ts'
import { inputFiles } from '../../src/adapters/inputs.ts'
import { removeSpill, reopenSpill, spillRuns } from '../../src/adapters/spill.ts'
import { SpillBuckets } from '../../src/adapters/spill-buckets.ts'
import { type Chunk, ChunkBuilder, type DecodeContext } from '../../src/columnar/chunk.ts'
import { nameAt } from '../../src/columnar/name-table.ts'
import { WorkerPool } from '../../src/detect/pool.ts'
import type { InputRun, IntakeObserver, Segment } from '../../src/detect/ports.ts'
import { type DecodeResult, type DecodeTask, runDecode } from '../../src/tasks/decode.ts'

const MEMORY = 1 << 20
const WINDOW = 300_000
const context: DecodeContext = {
  metrics: ['aws:message-byte-size', 'aws:all-bytes-out', 'cpu'],
  counts: Uint8Array.of(1, 1, 0),
  lists: [],
  dimensioned: [],
  notAfter: Number.POSITIVE_INFINITY,
  windowMs: WINDOW,
  keepRejects: 5,
  thing: null,
}

interface Row {
  thing: string
  metric: number
  time: number
  value: number
  sizes: [min: number, sum: number, count: number] | null
  version: [identity: number, version: number] | null
}

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fleet-detect-spill-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

/** Chunks carry sizes or versions for all of their rows or for none; builders are told row by row. */
function chunkOf(rows: readonly Row[]): Chunk {
  const builder = new ChunkBuilder(context, Math.max(1, rows.length))
  const sized = rows.some(({ sizes }) => sizes !== null)
  if (sized) {
    const column = () => new Float64Array(rows.length)
    builder.sizes = { min: column(), sum: column(), count: column() }
  }
  for (const [i, { thing, metric, time, value, sizes, version }] of rows.entries()) {
    const code = builder.things.codeOfString(thing)
    if (version === null) builder.push(code, metric, time, value)
    else builder.pushVersion(code, metric, time, value, ...version)
    if (!sized) continue
    const [min, sum, count] = sizes ?? [value, value, 1]
    builder.sizes!.min[i] = min
    builder.sizes!.sum[i] = sum
    builder.sizes!.count[i] = count
  }
  return builder.chunk()
}

function rowsOf(chunk: Chunk): Row[] {
  return Array.from({ length: chunk.rows }, (_, i) => ({
    thing: nameAt(chunk.things, chunk.thing[i]!),
    metric: chunk.metric[i]!,
    time: chunk.time[i]!,
    value: chunk.value[i]!,
    sizes:
      chunk.sizes === null
        ? null
        : [chunk.sizes.min[i]!, chunk.sizes.sum[i]!, chunk.sizes.count[i]!],
    version:
      chunk.versions === null ? null : [chunk.versions.identity[i]!, chunk.versions.version[i]!],
  }))
}

/** What a row amounts to, whatever else its chunk carries; lines up as text to compare multisets. */
function sorted(rows: readonly Row[]): string[] {
  return rows
    .map(({ thing, metric, time, value, sizes, version }) =>
      JSON.stringify([thing, metric, time, value, sizes ?? [value, value, 1], version ?? [0, 0]]),
    )
    .sort()
}

/** A pool in this thread. Segments with a number for bytes stand for the chunk of that number. */
function poolOf(chunks: readonly Chunk[]): WorkerPool {
  const run = async (_name: string, task: DecodeTask): Promise<DecodeResult> =>
    task.source.kind === 'bytes'
      ? { chunk: chunks[task.source.bytes[0]!]!, digests: [] }
      : runDecode(task)
  return { threads: 2, run } as unknown as WorkerPool
}

function runOf(name: string, numbers: readonly number[]): InputRun {
  return {
    name,
    start: Number.NEGATIVE_INFINITY,
    bytes: numbers.length,
    skippedLines: 0,
    ordered: true,
    *segments() {
      for (const number of numbers) {
        const bytes = Uint8Array.of(number)
        yield {
          source: { kind: 'bytes', bytes, format: { name: 'json' } },
          bytes: 1,
          mark: 1,
          file: null,
          until: null,
        }
      }
    },
  }
}

const quiet: IntakeObserver = { chunk: () => {}, late: () => {}, refused: () => {} }

async function rowsIn(run: InputRun): Promise<Row[]> {
  const rows: Row[] = []
  for await (const { source } of run.segments(0)) {
    const result = await runDecode({ source, context, memory: null, digest: null })
    if ('failed' in result) throw new Error(result.failed)
    rows.push(...rowsOf(result.chunk))
  }
  return rows
}

async function spill(chunks: readonly Row[][], limit?: number): Promise<InputRun[]> {
  const pool = poolOf(chunks.map(chunkOf))
  return await spillRuns([runOf('in', [...chunks.keys()])], directory, {
    pool,
    context,
    windowMs: WINDOW,
    memoryBytes: MEMORY,
    observer: quiet,
    ...(limit === undefined ? {} : { limit }),
  })
}

const anyRow: fc.Arbitrary<Row> = fc.record({
  thing: fc.constantFrom('a', 'b', 'pump/7', 'köln', 'x'.repeat(128)),
  metric: fc.nat(2),
  // Mostly a few hours, now and then anywhere from 1970 to 9999.
  time: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1_790_000_000_000, max: 1_790_020_000_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 253_402_300_799_999 }) },
  ),
  value: fc.double({ noNaN: true, noDefaultInfinity: true }),
  sizes: fc.constant(null),
  version: fc.constant(null),
})
const number = fc.double({ noNaN: true, noDefaultInfinity: true })
const sizedRow = fc
  .tuple(anyRow, fc.tuple(number, number, fc.nat()))
  .map(([row, sizes]): Row => ({ ...row, sizes }))
const versionedRow = fc
  .tuple(anyRow, fc.tuple(fc.nat(), fc.nat()))
  .map(([row, version]): Row => ({ ...row, version }))
const bothRow = fc
  .tuple(sizedRow, fc.tuple(fc.nat(), fc.nat()))
  .map(([row, version]): Row => ({ ...row, version }))
const anyChunks = fc.array(
  fc.oneof(
    ...[anyRow, sizedRow, versionedRow, bothRow].map((row) => fc.array(row, { maxLength: 40 })),
  ),
  { maxLength: 12 },
)

test('buckets hold all rows exactly once, with sizes and versions, in order of time', async () => {
  await fc.assert(
    fc.asyncProperty(anyChunks, async (chunks) => {
      const runs = await spill(chunks)
      const rows = await Promise.all(runs.map((run) => rowsIn(run)))
      expect(sorted(rows.flat())).toEqual(sorted(chunks.flat()))
      for (const [i, run] of runs.entries()) {
        expect(run.start % WINDOW).toBe(0)
        expect(rows[i]!.length).toBeGreaterThan(0)
        for (const { time } of rows[i]!) {
          expect(time).toBeGreaterThanOrEqual(run.start)
          expect(time).toBeLessThan(runs[i + 1]?.start ?? Number.POSITIVE_INFINITY)
        }
      }
      expect(new Set(runs.map(({ name }) => name)).size).toBe(runs.length)
    }),
    { numRuns: 60 },
  )
})

test('the order of the rows does not matter', async () => {
  const shuffled = fc
    .array(anyRow, { minLength: 1, maxLength: 200 })
    .chain((rows) =>
      fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
    )
  const bucketsOf = async (rows: Row[]) => {
    const runs = await spill([rows.slice(0, 70), rows.slice(70)])
    return await Promise.all(
      runs.map(async (run) => [run.name, run.start, sorted(await rowsIn(run))]),
    )
  }
  await fc.assert(
    fc.asyncProperty(shuffled, async ([rows, others]) => {
      expect(await bucketsOf(others)).toEqual(await bucketsOf(rows))
    }),
    { numRuns: 40 },
  )
})

test('rows from the limit on are left out', async () => {
  const row = (time: number): Row => ({
    thing: 'a',
    metric: 0,
    time,
    value: 1,
    sizes: null,
    version: null,
  })
  const runs = await spill([[row(9), row(10), row(3), row(11)]], 10)
  expect((await rowsIn(runs[0]!)).map(({ time }) => time).sort((a, b) => a - b)).toEqual([3, 9])
  expect(runs.length).toBe(1)
})

describe('memory', () => {
  /** 30,000 rows in each of 40 chunks, in no order, over `spread` windows: 25 times the memory. */
  function* manyChunks(spread: number): Generator<Chunk> {
    let state = 1
    for (let c = 0; c < 40; c++) {
      const builder = new ChunkBuilder(context, 30_000)
      for (let i = 0; i < 30_000; i++) {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
        const thing = builder.things.codeOfString(`thing-${state % 977}`)
        builder.push(thing, state % 3, (state % spread) * WINDOW + (state % 1_000), c * 30_000 + i)
      }
      yield builder.chunk()
    }
  }

  test.each([1, 7, 16, 17, 1_000, 1_000_000])(
    'stays within its bound: %i windows',
    async (spread) => {
      const sorting = new SpillBuckets(directory, WINDOW, MEMORY)
      for (const chunk of manyChunks(spread)) {
        sorting.take(chunk, Number.POSITIVE_INFINITY)
        expect(sorting.bufferBytes).toBeLessThanOrEqual(MEMORY)
      }
      const buckets = sorting.finish()
      expect(sorting.bufferBytes).toBeGreaterThan(MEMORY / 2)
      expect(buckets.length).toBeLessThanOrEqual(16)
      // As short as they may be: half the width would make too many.
      if (spread <= 16) expect(buckets.length).toBe(spread)
      else expect(buckets.length).toBeGreaterThan(16 / 4)
      const bytes = buckets.flatMap(({ files }) => files.map(({ cuts }) => cuts.at(-1) ?? 0))
      expect(bytes.reduce((sum, length) => sum + length)).toBeGreaterThanOrEqual(40 * 30_000 * 22)
    },
  )

  test('rows of long buckets come back in segments, each from its mark on', async () => {
    const chunks = [...manyChunks(2)]
    const runs = await spillRuns([runOf('in', [...chunks.keys()])], directory, {
      pool: poolOf(chunks),
      context,
      windowMs: WINDOW,
      memoryBytes: MEMORY,
      observer: quiet,
    })
    const seen = new Uint8Array(40 * 30_000)
    for (const run of runs) {
      const segments = [...(run.segments(0) as Iterable<Segment>)]
      expect(segments.length).toBeGreaterThan(2)
      expect(segments.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(run.bytes)
      for (const [i, segment] of segments.entries()) {
        expect([...(run.segments(segment.mark) as Iterable<Segment>)]).toEqual(
          segments.slice(i + 1),
        )
        const result = await runDecode({
          source: segment.source,
          context,
          memory: null,
          digest: null,
        })
        for (const value of (result as { chunk: Chunk }).chunk.value) seen[value]!++
      }
    }
    expect(seen.every((times) => times === 1)).toBe(true)
  })

  test('too little is refused at once', () => {
    expect(() => new SpillBuckets(directory, WINDOW, 1_000)).toThrow(/1000 bytes/)
  })
})

describe('with files and threads', () => {
  const pool = new WorkerPool(2)
  afterAll(async () => {
    await pool.close()
  })
  const options = () => ({
    pool,
    context,
    windowMs: WINDOW,
    memoryBytes: 8 * MEMORY,
    observer: quiet,
  })
  const line = (thing: string, time: number, value: number | string): string =>
    `{"thing":"${thing}","metric":"cpu","timestamp":${time},"value":${JSON.stringify(value)}}\n`
  const HOUR = 3_600_000
  const T0 = 1_790_000_100_000

  function inputs(): { paths: string[]; runs: InputRun[]; expected: string[] } {
    const input = join(directory, 'input')
    const expected: string[] = []
    const paths = ['a', 'b'].map((file, f) => {
      const lines = Array.from({ length: 3_000 }, (_, i) => {
        const time = T0 + ((i * 7_919) % 24) * HOUR + f
        if (i % 1_000 === 17) return line(file, time, 'broken')
        expected.push(JSON.stringify([`${file}-${i % 50}`, 2, time, i, [i, i, 1], [0, 0]]))
        return line(`${file}-${i % 50}`, time, i)
      })
      writeFileSync(`${input}-${file}`, lines.join(''))
      return `${input}-${file}`
    })
    const runs = inputFiles(paths, null).map((file) => fileRun(file, context))
    return { paths, runs, expected: expected.sort() }
  }

  test('the observer hears of each chunk once, by the name of the original', async () => {
    const { paths, runs, expected } = inputs()
    const heard: [string, number, number, number][] = []
    const observer: IntakeObserver = {
      ...quiet,
      chunk: ({ name }, { lines, rejects }, bytes) =>
        heard.push([name, lines, rejects.counts['not-a-number'] ?? 0, bytes]),
    }
    const spilled = await spillRuns(runs, join(directory, 'spill'), { ...options(), observer })
    expect(heard).toEqual(paths.map((path, i) => [path, 3_000, 3, runs[i]!.bytes]))
    expect(spilled.length).toBe(24)
    const rows: Row[] = []
    for (const run of spilled) {
      for await (const { source } of run.segments(0)) {
        const task: DecodeTask = { source, context, memory: null, digest: null }
        const { chunk } = await pool.run<{ chunk: Chunk }>('decode', task)
        // Each chunk brings the names of its own things only.
        expect(chunk.things.count).toBe(new Set(chunk.thing).size)
        rows.push(...rowsOf(chunk))
      }
    }
    expect(sorted(rows)).toEqual(expected)
  })

  test('a complete spill is taken up again, by nobody else', async () => {
    const { paths, runs } = inputs()
    const spillDirectory = join(directory, 'spill')
    expect(reopenSpill(spillDirectory, runs)).toBeNull()
    const unlimited = { ...options(), limit: Infinity }
    const spilled = await spillRuns(runs, spillDirectory, unlimited)
    const again = reopenSpill(spillDirectory, runs, unlimited)!
    expect(again.map(({ name, start, bytes }) => [name, start, bytes])).toEqual(
      spilled.map(({ name, start, bytes }) => [name, start, bytes]),
    )
    expect(await rowsIn(again[5]!)).toEqual(await rowsIn(spilled[5]!))

    expect(reopenSpill(spillDirectory, runs.slice(1))).toBeNull()
    expect(reopenSpill(spillDirectory, [...runs].reverse())).toBeNull()
    expect(reopenSpill(spillDirectory, [{ ...runs[0]!, bytes: 1 }, runs[1]!])).toBeNull()
    const others = { ...options(), context: { ...context, metrics: ['cpu'] } }
    expect(reopenSpill(spillDirectory, runs, others)).toBeNull()
    expect(reopenSpill(spillDirectory, runs, { ...options(), limit: T0 })).toBeNull()
    utimesSync(paths[0]!, 1, 1)
    expect(reopenSpill(spillDirectory, runs)).toBeNull()
  })

  test('an incomplete one is not, and is cleared away by the next', async () => {
    const { runs } = inputs()
    const spillDirectory = join(directory, 'spill')
    await spillRuns(runs, spillDirectory, options())
    truncateSync(join(spillDirectory, '3.rows'), 100)
    expect(reopenSpill(spillDirectory, runs)).toBeNull()
    await spillRuns(runs, spillDirectory, options())
    expect(reopenSpill(spillDirectory, runs)).not.toBeNull()

    const missing = { ...runs[0]!, segments: () => [segmentOf(join(directory, 'missing.arrow'))] }
    await expect(spillRuns([runs[1]!, missing], spillDirectory, options())).rejects.toThrow()
    expect(reopenSpill(spillDirectory, [runs[1]!, missing])).toBeNull()
    expect(readdirSync(spillDirectory)).not.toContain('complete.json')
    removeSpill(spillDirectory)
    expect(existsSync(spillDirectory)).toBe(false)
  })

  test('what cannot be told from another input is sorted anew', async () => {
    const { runs } = inputs()
    const piped = { ...runs[0]!, name: 'stdin', bytes: null }
    await spillRuns([piped], join(directory, 'spill'), options())
    expect(reopenSpill(join(directory, 'spill'), [piped])).toBeNull()
  })

  test('damage is reported with the file that has it', async () => {
    const { runs } = inputs()
    const spilled = await spillRuns(runs, join(directory, 'spill'), options())
    const path = join(directory, 'spill', '0.rows')
    const damaged = spilled.find((run) =>
      [...(run.segments(0) as Iterable<{ source: object }>)].some(
        ({ source }) => (source as { path: string }).path === path,
      ),
    )!
    writeFileSync(path, new Uint8Array(damaged.bytes!))
    await expect(rowsIn(damaged)).rejects.toThrow(/0\.rows: damaged: no block at 0/)
  })
})

function segmentOf(path: string) {
  return {
    source: { kind: 'lines' as const, path, from: 0, to: 1, format: { name: 'ndjson' as const } },
    bytes: 1,
    mark: 1,
    file: null,
    until: null,
  }
}
