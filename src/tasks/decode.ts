import { type Chunk, ChunkBuilder, type DecodeContext, type TimeRange } from '../columnar/chunk.ts'
import { DetectError } from '../domain/errors.ts'
import type { NdjsonScanner } from '../formats/ndjson-wasm.ts'
import type { Digesting } from './digest.ts'
import { readLines } from './read-lines.ts'
import { refuseBroken } from './refuse-broken.ts'
import { remembered } from './remembered.ts'
import type { ByteFormat, Decoded, SegmentSource } from './segment.ts'

/** A stretch of input that is decoded together. */
export interface DecodeTask {
  source: SegmentSource
  context: DecodeContext
  /** Memory for the columns, to be used again; null: make some. */
  memory: SharedArrayBuffer | null
  /** Whole windows may come so in place of their rows, where the rows are fit for it; null: they may not. */
  digest: Digesting | null
}

/** An expected failure leaves the thread as data: errors lose their kind on the way. */
export type DecodeResult = Decoded | { failed: string }

export async function runDecode(task: DecodeTask): Promise<DecodeResult> {
  const builder = new ChunkBuilder(task.context, 8_192, task.memory)
  try {
    const { source } = task
    if (task.digest !== null && source.kind === 'row-groups') {
      const { digestRowGroups } = await import('./decode-row-groups.ts')
      const digested = digestRowGroups(source, builder, task.digest)
      return digested ?? (await runDecode({ ...task, digest: null }))
    }
    const range = await decode(source, builder)
    return { chunk: range === null ? builder.chunk() : builder.chunk(range), digests: [] }
  } catch (error) {
    if (!(error instanceof DetectError)) throw error
    if (error.kind !== 'input') return { failed: error.message }
    return { chunk: brokenChunk(task.context, error.message), digests: [] }
  }
}

function brokenChunk(context: DecodeContext, detail: string): Chunk {
  const builder = new ChunkBuilder(context, 1)
  refuseBroken(builder, detail)
  return builder.chunk()
}

/** Returns the range of times where the input says it. A thread loads only the decoders it needs. */
async function decode(source: SegmentSource, builder: ChunkBuilder): Promise<TimeRange | null> {
  if (source.kind === 'broken') throw new DetectError('input', source.detail)
  if (source.kind === 'row-groups') {
    const { decodeRowGroups } = await import('./decode-row-groups.ts')
    return decodeRowGroups(source, builder)
  }
  if (source.kind === 'spilled') {
    const { readSpilled, readSpilledNames } = await import('./read-spilled.ts')
    const { path, from, to, names } = source
    readSpilled(path, from, to, remembered(names, readSpilledNames), builder)
  } else if (source.kind === 'bytes') await decodeBytes(source.bytes, source.format, builder)
  else await decodeLines(source, builder)
  return null
}

/** From so many bytes on the copy into the scanner's memory pays. */
const SCANNED_BYTES = 65_536

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

async function decodeBytes(
  bytes: Uint8Array,
  format: ByteFormat,
  builder: ChunkBuilder,
): Promise<void> {
  if (format.name === 'ndjson' && bytes.length >= SCANNED_BYTES) {
    const { NdjsonScanner } = await import('../formats/ndjson-wasm.ts')
    scanner ??= new NdjsonScanner()
    scanner.input(bytes.length).set(bytes)
    scanner.decode(bytes.length, builder)
  } else if (format.name === 'ndjson') {
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
