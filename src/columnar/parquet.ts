/**
 * The one door to the Parquet libraries: nothing else names them. parquetjs-lite writes (columns into
 * its own row-group writer; its row interface is a hundred times slower and its reader knows hardly
 * any file but its own); hyparquet and its compressors read the encodings and codecs that are too rare
 * to have a decoder here.
 */
import { createRequire } from 'node:module'
import * as zlib from 'node:zlib'
import type * as Compressors from 'hyparquet-compressors'
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js'
import { byteStreamSplit } from 'hyparquet/src/encoding.js'
import { Codec, Encoding, PHYSICAL_NAMES, Physical } from './parquet-format.ts'

// ---- Writing: parquetjs-lite is CommonJS without types; this is the part of it that is used.

export interface WriterField {
  type: 'INT32' | 'INT64' | 'DOUBLE' | 'UTF8'
  compression: 'GZIP' | 'UNCOMPRESSED'
  statistics: false
}

export interface WriterPage {
  page: Uint8Array
  statistics: undefined
  distinct_values: ReadonlySet<never>
  first_row_index: number
  num_values: number
}

export interface EnvelopeWriter {
  rowGroups: { columns: { meta_data: { statistics?: unknown } }[] }[]
  writeHeader(): void
  writeRowGroup(group: { rowCount: number; pages: Record<string, WriterPage[]> }): void
  writeFooter(metadata: Record<string, string>): void
}

interface Library {
  ParquetSchema: new (fields: Record<string, WriterField>) => unknown
  ParquetEnvelopeWriter: new (
    schema: unknown,
    write: (bytes: Uint8Array) => void,
    close: () => void,
    offset: number,
    options: { pageIndex: false },
  ) => EnvelopeWriter
}

interface ThriftTypes {
  PageHeader: new () => Record<string, unknown>
  DataPageHeader: new () => Record<string, unknown>
  Statistics: new (fields: Record<string, unknown>) => unknown
}

interface LibraryTools {
  serializeThrift(structure: unknown): Uint8Array
}

const require = createRequire(import.meta.url)

/** A writer of row groups for these fields; it hands its bytes to `write` in order, at once. */
export function openEnvelope(
  fields: Record<string, WriterField>,
  write: (bytes: Uint8Array) => void,
): EnvelopeWriter {
  const { ParquetSchema, ParquetEnvelopeWriter } = require('parquetjs-lite') as Library
  const schema = new ParquetSchema(fields)
  return new ParquetEnvelopeWriter(schema, write, () => {}, 0, { pageIndex: false })
}

/** The header of a data page (version 1) of a REQUIRED column in PLAIN encoding. */
export function plainPageHeader(values: number, size: number, compressedSize: number): Uint8Array {
  const types = require('parquetjs-lite/gen-nodejs/parquet_types') as ThriftTypes
  const tools = require('parquetjs-lite/lib/util') as LibraryTools
  const data = Object.assign(new types.DataPageHeader(), {
    num_values: values,
    encoding: Encoding.PLAIN,
    definition_level_encoding: Encoding.RLE,
    repetition_level_encoding: Encoding.RLE,
  })
  return tools.serializeThrift(
    Object.assign(new types.PageHeader(), {
      type: 0,
      uncompressed_page_size: size,
      compressed_page_size: compressedSize,
      data_page_header: data,
    }),
  )
}

/** Statistics of a column in the footer: its least and greatest value as PLAIN bytes, no nulls. */
export function columnStatistics(min: Uint8Array, max: Uint8Array): unknown {
  const types = require('parquetjs-lite/gen-nodejs/parquet_types') as ThriftTypes
  const [least, greatest] = [Buffer.from(min), Buffer.from(max)]
  return new types.Statistics({
    min: least,
    max: greatest,
    min_value: least,
    max_value: greatest,
    null_count: 0,
  })
}

// ---- Reading

/** Loaded when a file needs it: it takes as long to load as everything else here together. */
function compressors(): typeof Compressors {
  return require('hyparquet-compressors') as typeof Compressors
}

/**
 * Decompresses a page with a codec other than SNAPPY. The result may be of another size than `size`
 * if the page is corrupt, but never much larger.
 */
export function decompress(codec: number, input: Uint8Array, size: number): Uint8Array {
  switch (codec) {
    case Codec.GZIP:
      return zlib.gunzipSync(input, { maxOutputLength: size + 1, chunkSize: size + 64 })
    case Codec.BROTLI:
      return zlib.brotliDecompressSync(input, { maxOutputLength: size + 1 })
    case Codec.ZSTD:
      return unzstd(input, size)
    case Codec.LZ4_RAW:
      return compressors().decompressLz4Raw(input, size)
    case Codec.LZ4:
      return unframeLz4(input, size)
    default:
      throw new RangeError(`compression codec ${codec} is not supported`)
  }
}

type Decompress = (input: Uint8Array, options: { maxOutputLength: number }) => Uint8Array

/** Node's own from 22.15 on. */
const nativeZstd = (zlib as { zstdDecompressSync?: Decompress }).zstdDecompressSync

function unzstd(input: Uint8Array, size: number): Uint8Array {
  if (nativeZstd !== undefined) return nativeZstd(input, { maxOutputLength: size + 1 })
  return compressors().decompressZstd(input, new Uint8Array(size))
}

/** Hadoop's framing of LZ4 (big-endian sizes before each block), or bare LZ4, which some writers call so. */
function unframeLz4(input: Uint8Array, size: number): Uint8Array {
  const { decompressLz4Raw } = compressors()
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  const output = new Uint8Array(size)
  let p = 0
  let o = 0
  while (p + 8 <= input.length) {
    const decoded = view.getUint32(p)
    const coded = view.getUint32(p + 4)
    p += 8
    if (coded > input.length - p || decoded > size - o) break
    output.set(decompressLz4Raw(input.subarray(p, p + coded), decoded), o)
    p += coded
    o += decoded
  }
  return p === input.length && o === size ? output : decompressLz4Raw(input, size)
}

/**
 * Rewrites the values of a page in one of the rarer encodings (deltas, split byte streams) as PLAIN.
 * Throws a RangeError when they are corrupt or the encoding does not go with the type.
 */
export function plainValues(
  encoding: number,
  type: number,
  typeLength: number,
  values: Uint8Array,
  count: number,
): Uint8Array {
  if (count === 0) return new Uint8Array(0)
  const reader = { view: new DataView(values.buffer, values.byteOffset, values.length), offset: 0 }
  if (encoding === Encoding.BYTE_STREAM_SPLIT && type !== Physical.BYTE_ARRAY) {
    const split = byteStreamSplit(reader, count, PHYSICAL_NAMES[type]!, typeLength)
    if (ArrayBuffer.isView(split)) return bytesOf(split)
  }
  const isBytes = type === Physical.BYTE_ARRAY
  if (encoding === Encoding.DELTA_BINARY_PACKED && (type === 1 || type === 2)) {
    const numbers = type === Physical.INT32 ? new Int32Array(count) : new BigInt64Array(count)
    deltaBinaryUnpack(reader, count, numbers)
    return bytesOf(numbers)
  }
  if (encoding === Encoding.DELTA_LENGTH_BYTE_ARRAY && isBytes) {
    const lengths = new Int32Array(count)
    deltaBinaryUnpack(reader, count, lengths)
    return joinStrings(values, reader.offset, new Int32Array(count), lengths)
  }
  if (encoding === Encoding.DELTA_BYTE_ARRAY && isBytes) {
    const shared = new Int32Array(count)
    deltaBinaryUnpack(reader, count, shared)
    const lengths = new Int32Array(count)
    deltaBinaryUnpack(reader, count, lengths)
    return joinStrings(values, reader.offset, shared, lengths)
  }
  throw new RangeError(`encoding ${encoding} of type ${PHYSICAL_NAMES[type]} is not supported`)
}

/** Strings that share their first bytes with the string before, written as PLAIN (a length before each). */
function joinStrings(
  source: Uint8Array,
  start: number,
  shared: Int32Array,
  lengths: Int32Array,
): Uint8Array {
  let size = 0
  let previous = 0
  let p = start
  for (let i = 0; i < lengths.length; i++) {
    if (shared[i]! < 0 || shared[i]! > previous) throw new RangeError('shared prefix too long')
    if (lengths[i]! < 0 || lengths[i]! > source.length - p) throw new RangeError('string too long')
    previous = shared[i]! + lengths[i]!
    size += 4 + previous
    p += lengths[i]!
    if (size > MAX_STRINGS_BYTES) throw new RangeError('strings too long')
  }
  const plain = new Uint8Array(size)
  const view = new DataView(plain.buffer)
  let o = 0
  let before = 0
  p = start
  for (let i = 0; i < lengths.length; i++) {
    const kept = shared[i]!
    view.setUint32(o, kept + lengths[i]!, true)
    plain.copyWithin(o + 4, before, before + kept)
    plain.set(source.subarray(p, p + lengths[i]!), o + 4 + kept)
    before = o + 4
    o += 4 + kept + lengths[i]!
    p += lengths[i]!
  }
  return plain
}

/** Prefixes can blow up a small page; no page of names is as large as this. */
const MAX_STRINGS_BYTES = 2 ** 28

function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
