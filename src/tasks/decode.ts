import { statSync } from 'node:fs'
import { type Chunk, ChunkBuilder, type DecodeContext, type TimeRange } from '../columnar/chunk.ts'
import type { ParquetFile } from '../columnar/parquet-format.ts'
import { DetectError } from '../domain/errors.ts'
import type { CsvLayout } from '../formats/csv-header.ts'
import type { NdjsonScanner } from '../formats/ndjson-wasm.ts'
import { readLines } from './read-lines.ts'

/** How bytes are read; `csv` takes its columns from the file's first line. */
export type ByteFormat =
  | { name: 'ndjson' }
  | { name: 'csv'; layout: CsvLayout }
  | { name: 'json' }
  | { name: 'cbor' }
  | { name: 'arrow' }

export type SegmentSource =
  /** What cannot be read at all: one refused row, and the run goes on. */
  | { kind: 'broken'; detail: string }
  /** The lines of a file that begin in `[from, to)`. */
  | { kind: 'lines'; path: string; from: number; to: number; format: ByteFormat }
  /** Bytes in shared memory; cut at line ends where the format has lines. */
  | { kind: 'bytes'; bytes: Uint8Array; format: ByteFormat }
  /** Row groups `[from, to)` of a Parquet file; `things` is the file of names behind an archive's codes. */
  | { kind: 'row-groups'; path: string; from: number; to: number; things: string | null }
  /** Sorted rows: the blocks in `[from, to)` of a bucket's file; `names` is the file of the spill's names. */
  | { kind: 'spilled'; path: string; from: number; to: number; names: string }

/** A stretch of input that is decoded together. */
export interface DecodeTask {
  source: SegmentSource
  context: DecodeContext
  /** Memory for the columns, to be used again; null: make some. */
  memory: SharedArrayBuffer | null
}

/** An expected failure leaves the thread as data: errors lose their kind on the way. */
export type DecodeResult = { chunk: Chunk } | { failed: string }

export async function runDecode(task: DecodeTask): Promise<DecodeResult> {
  const builder = new ChunkBuilder(task.context, 8_192, task.memory)
  try {
    const range = await decode(task.source, builder)
    return { chunk: range === null ? builder.chunk() : builder.chunk(range) }
  } catch (error) {
    if (!(error instanceof DetectError)) throw error
    if (error.kind !== 'input') return { failed: error.message }
    return { chunk: brokenChunk(task.context, error.message) }
  }
}

/** Damaged input is data: a refused row that says what is wrong. */
function brokenChunk(context: DecodeContext, detail: string): Chunk {
  const builder = new ChunkBuilder(context, 1)
  builder.reject(1, 'malformed', detail, '')
  builder.lines++
  return builder.chunk()
}

/** Returns the range of times where the input says it. A thread loads only the decoders it needs. */
async function decode(source: SegmentSource, builder: ChunkBuilder): Promise<TimeRange | null> {
  if (source.kind === 'broken') throw new DetectError('input', source.detail)
  if (source.kind === 'row-groups') return decodeRowGroups(source, builder)
  if (source.kind === 'spilled') {
    const { readSpilled, readSpilledNames } = await import('./read-spilled.ts')
    const { path, from, to, names } = source
    readSpilled(path, from, to, remembered(names, readSpilledNames), builder)
  } else if (source.kind === 'bytes') await decodeBytes(source.bytes, source.format, builder)
  else await decodeLines(source, builder)
  return null
}

let scanner: NdjsonScanner | null = null
let plain: Uint8Array = new Uint8Array(0)

async function decodeLines(
  { path, from, to, format }: SegmentSource & { kind: 'lines' },
  builder: ChunkBuilder,
): Promise<void> {
  if (format.name === 'ndjson') {
    const { NdjsonScanner } = await import('../formats/ndjson-wasm.ts')
    scanner ??= new NdjsonScanner()
    const ndjson = scanner
    readLines(path, from, to, {
      region: (bytes) => ndjson.input(bytes),
      lines: (length) => numbered(builder, () => ndjson.decode(length, builder)),
    })
  } else if (format.name === 'csv') {
    const { decodeCsv } = await import('../formats/csv.ts')
    const { layout } = format
    readLines(path, from, to, {
      region: plainRegion,
      lines: (length) =>
        numbered(builder, () => decodeCsv(plain.subarray(0, length), builder, layout)),
    })
  } else throw new RangeError(`${format.name} has no lines`)
}

async function decodeRowGroups(
  { path, from, to, things }: SegmentSource & { kind: 'row-groups' },
  builder: ChunkBuilder,
): Promise<TimeRange | null> {
  const { describeParquet } = await import('../columnar/parquet-describe.ts')
  const { decodeRowGroup } = await import('../columnar/parquet-read.ts')
  const { readThingNames } = await import('../columnar/parquet-things.ts')
  const file: ParquetFile = remembered(path, describeParquet)
  const names = things === null ? null : remembered(things, readThingNames)
  const groups = file.rowGroups.slice(from, to)
  builder.reserve(groups.reduce((rows, group) => rows + group.rows, 0))
  for (let rowGroup = from; rowGroup < to; rowGroup++) {
    decodeRowGroup(file, rowGroup, builder, names)
  }
  const minTime = Math.min(...groups.map((group) => group.minTime))
  const maxTime = Math.max(...groups.map((group) => group.maxTime))
  return Number.isFinite(minTime) && Number.isFinite(maxTime) ? { minTime, maxTime } : null
}

async function decodeBytes(
  bytes: Uint8Array,
  format: ByteFormat,
  builder: ChunkBuilder,
): Promise<void> {
  if (format.name === 'ndjson') {
    const { decodeNdjson } = await import('../formats/ndjson.ts')
    decodeNdjson(bytes, builder)
  } else if (format.name === 'csv') {
    const { decodeCsv } = await import('../formats/csv.ts')
    decodeCsv(bytes, builder, format.layout)
  } else if (format.name === 'json') {
    const { decodeJsonValues } = await import('../formats/documents.ts')
    decodeJsonValues(bytes, builder)
  } else if (format.name === 'cbor') {
    const { decodeCbor } = await import('../formats/cbor.ts')
    decodeCbor(bytes, builder)
  } else {
    const { decodeArrow } = await import('../columnar/arrow.ts')
    decodeArrow(bytes, builder)
  }
}

/** Decoders number lines from the start of their bytes; a segment's start is earlier. */
function numbered(builder: ChunkBuilder, decodeLines: () => void): void {
  const before = builder.lines
  const rejected = builder.rejects.rows.length
  decodeLines()
  for (const row of builder.rejects.rows.slice(rejected)) row.line += before
}

function plainRegion(bytes: number): Uint8Array {
  if (plain.length < bytes) {
    const larger = new Uint8Array(bytes * 2)
    larger.set(plain)
    plain = larger
  }
  return plain
}

/** Footers and names are read once per thread and version of the file. */
const files = new Map<string, { stamp: string; value: unknown }>()
const REMEMBERED_FILES = 64

function remembered<T>(path: string, read: (path: string) => T): T {
  const { mtimeMs, size } = statSync(path)
  const stamp = `${mtimeMs}:${size}`
  const known = files.get(path)
  if (known?.stamp === stamp) return known.value as T
  const value = read(path)
  files.delete(path)
  files.set(path, { stamp, value })
  if (files.size > REMEMBERED_FILES) files.delete(files.keys().next().value!)
  return value
}
