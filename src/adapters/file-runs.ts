import { join } from 'node:path'
import { ChunkBuilder, type DecodeContext } from '../columnar/chunk.ts'
import { describeParquet } from '../columnar/parquet-describe.ts'
import type { ParquetFile } from '../columnar/parquet-format.ts'
import { decodeRowGroup } from '../columnar/parquet-read.ts'
import { readThingNames } from '../columnar/parquet-things.ts'
import type { InputRun, Segment } from '../detect/ports.ts'
import { DetectError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/time.ts'
import { decodeCbor } from '../formats/cbor.ts'
import { decodeCsv } from '../formats/csv.ts'
import { readCsvHeader } from '../formats/csv-header.ts'
import { decodeJsonValues } from '../formats/documents.ts'
import { decodeNdjson } from '../formats/ndjson.ts'
import type { ByteFormat } from '../tasks/segment.ts'
import { archiveRootOf, bytesOf, type InputFile } from './inputs.ts'
import { lineBlocks } from './line-blocks.ts'

/** A segment of text: long enough that handing it to a thread costs nothing, short enough to spread. */
const SEGMENT_ROWS = 262_144
const SEGMENT_BYTES = 4 * 1024 * 1024

/**
 * A file as a run of segments. `context` is needed to look for its first rows. Damaged files are data:
 * where one cannot be read (any further), a refused row says so.
 */
export function fileRun(file: InputFile, context: DecodeContext): InputRun {
  try {
    const run = runOf(file, context)
    return { ...run, segments: (from) => upToDamage(run, from) }
  } catch (error) {
    const segment = brokenSegment(error, 1)
    return {
      name: file.path,
      start: Number.NEGATIVE_INFINITY,
      bytes: file.size,
      skippedLines: 0,
      ordered: true,
      segments: (from) => (from > 0 ? [] : [segment]),
    }
  }
}

async function* upToDamage(run: InputRun, from: number): AsyncGenerator<Segment> {
  let mark = from
  try {
    for await (const segment of run.segments(from)) {
      mark = segment.mark
      yield segment
    }
  } catch (error) {
    yield brokenSegment(error, mark)
  }
}

function brokenSegment(error: unknown, mark: number): Segment {
  if (!(error instanceof DetectError) || error.kind !== 'input') throw error
  const source = { kind: 'broken' as const, detail: error.message }
  return { source, bytes: 0, mark, file: null, until: Number.NEGATIVE_INFINITY }
}

function runOf(file: InputFile, context: DecodeContext): InputRun {
  if (file.format === 'parquet') return parquetRun(file, context)
  const format = byteFormat(file)
  const base = {
    name: file.path,
    start: firstTime(file, format, context),
    bytes: file.size,
    skippedLines: format.name === 'csv' ? 1 : 0,
    ordered: true,
  }
  const lines = format.name === 'ndjson' || format.name === 'csv'
  if (!lines) return { ...base, segments: (from) => wholeFile(file, format, from) }
  if (file.gzip) return { ...base, segments: (from) => unpackedLines(file, format, from) }
  return { ...base, segments: (from) => lineRanges(file, format, from) }
}

function byteFormat({ format, head, path }: InputFile): ByteFormat {
  if (format === 'csv') {
    const layout = readCsvHeader(new TextDecoder().decode(head).split('\n', 1)[0]!)
    if (layout === null) {
      throw new DetectError(
        'input',
        `${path}: the first line is not a header with thing, metric, timestamp and value`,
      )
    }
    return { name: 'csv', layout }
  }
  if (format === 'arrow-file' || format === 'arrow-stream') return { name: 'arrow' }
  return { name: format as 'ndjson' | 'json' | 'cbor' }
}

function* lineRanges(file: InputFile, format: ByteFormat, from: number): Generator<Segment> {
  const { path, size } = file
  const header = format.name === 'csv' ? headerEnd(file) : 0
  for (let at = Math.max(from, header); at < size; at += SEGMENT_BYTES) {
    const to = Math.min(size, at + SEGMENT_BYTES)
    yield {
      source: { kind: 'lines', path, from: at, to, format },
      bytes: to - at,
      mark: to,
      file: null,
      until: null,
    }
  }
}

async function* unpackedLines(
  file: InputFile,
  format: ByteFormat,
  from: number,
): AsyncGenerator<Segment> {
  const skip = Math.max(from, format.name === 'csv' ? headerEnd(file) : 0)
  let before = skip
  for await (const { bytes, end } of lineBlocks(bytesOf(file), SEGMENT_BYTES, skip)) {
    yield {
      source: { kind: 'bytes', bytes, format },
      bytes: end - before,
      mark: end,
      file: null,
      until: null,
    }
    before = end
  }
}

/** Documents that need not end at a line end are read whole. */
async function* wholeFile(
  file: InputFile,
  format: ByteFormat,
  from: number,
): AsyncGenerator<Segment> {
  if (from > 0) return
  const pieces: Uint8Array[] = []
  for await (const piece of bytesOf(file)) pieces.push(piece)
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const bytes = new Uint8Array(new SharedArrayBuffer(length))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  yield {
    source: { kind: 'bytes', bytes, format },
    bytes: file.size,
    mark: 1,
    file: null,
    until: null,
  }
}

function headerEnd({ head }: InputFile): number {
  const newline = head.indexOf(10)
  return newline < 0 ? head.length : newline + 1
}

/** The earliest time among a file's first rows; -Infinity when there is none to see. */
function firstTime(file: InputFile, format: ByteFormat, context: DecodeContext): EpochMs {
  const builder = new ChunkBuilder({ ...context, keepRejects: 0 }, 1_024)
  const { head } = file
  if (format.name === 'ndjson') decodeNdjson(wholeLines(head), builder)
  else if (format.name === 'csv') {
    decodeCsv(wholeLines(head).subarray(headerEnd(file)), builder, format.layout)
  } else if (format.name === 'json') decodeJsonValues(head, builder)
  else if (format.name === 'cbor') decodeCbor(head, builder)
  return startOf(builder)
}

function wholeLines(head: Uint8Array): Uint8Array {
  const newline = head.lastIndexOf(10)
  return newline < 0 ? head : head.subarray(0, newline + 1)
}

function startOf(builder: ChunkBuilder): EpochMs {
  return builder.rows === 0 ? Number.NEGATIVE_INFINITY : builder.chunk().minTime
}

function parquetRun(file: InputFile, context: DecodeContext): InputRun {
  const parquet = describeParquet(file.path)
  const root = parquet.things === 'archive' ? archiveRootOf(file.path) : null
  const things = root === null ? null : join(root, 'things.parquet')
  const known = parquet.rowGroups.every(({ minTime }) => Number.isFinite(minTime))
  const later = earliestFrom(parquet)
  const inOrder = known && isInOrder(parquet, context.windowMs)
  return {
    name: file.path,
    start: known ? (later[0] ?? Number.NEGATIVE_INFINITY) : firstRowsTime(parquet, things, context),
    bytes: file.size,
    skippedLines: 0,
    ordered: true,
    *segments(from) {
      const share = file.size / Math.max(1, parquet.rowGroups.length)
      for (let at = from; at < parquet.rowGroups.length; ) {
        const to = parquet.things === 'archive' ? at + 1 : together(parquet, at)
        yield {
          source: {
            kind: 'row-groups',
            file: { ...parquet, rowGroups: parquet.rowGroups.slice(at, to) },
            things,
            inOrder: inOrder ? extentOf(parquet, at, to) : null,
          },
          bytes: share * (to - at),
          mark: to,
          file: null,
          until: known ? (later[to] ?? parquet.rowGroups[to - 1]!.maxTime) : null,
        }
        at = to
      }
    },
  }
}

/** The end of the row groups from `from` on that are decoded together: at least one. */
function together({ rowGroups }: ParquetFile, from: number): number {
  let rows = rowGroups[from]!.rows
  let to = from + 1
  while (to < rowGroups.length && rows + rowGroups[to]!.rows <= SEGMENT_ROWS) {
    rows += rowGroups[to++]!.rows
  }
  return to
}

/** Whether no row group holds a window before the last of the one ahead of it. */
function isInOrder({ rowGroups }: ParquetFile, windowMs: number): boolean {
  const windowOf = (time: EpochMs): number => Math.floor(time / windowMs)
  return rowGroups.every(
    ({ minTime }, i) => i === 0 || windowOf(minTime) >= windowOf(rowGroups[i - 1]!.maxTime),
  )
}

function extentOf(
  { rowGroups }: ParquetFile,
  from: number,
  to: number,
): { minTime: EpochMs; maxTime: EpochMs; rows: number } {
  const rows = rowGroups.slice(from, to).reduce((sum, group) => sum + group.rows, 0)
  return { minTime: rowGroups[from]!.minTime, maxTime: rowGroups[to - 1]!.maxTime, rows }
}

/** By row group, the earliest time in it and all that follow. */
function earliestFrom({ rowGroups }: ParquetFile): EpochMs[] {
  const earliest = rowGroups.map(({ minTime }) => minTime)
  for (let i = earliest.length - 2; i >= 0; i--) {
    earliest[i] = Math.min(earliest[i]!, earliest[i + 1]!)
  }
  return earliest
}

function firstRowsTime(
  parquet: ParquetFile,
  things: string | null,
  context: DecodeContext,
): EpochMs {
  if (parquet.rowGroups.length === 0) return Number.NEGATIVE_INFINITY
  const builder = new ChunkBuilder({ ...context, keepRejects: 0 }, 1_024)
  decodeRowGroup(parquet, 0, builder, things === null ? null : readThingNames(things))
  return startOf(builder)
}
