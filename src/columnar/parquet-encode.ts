/**
 * Columns to Parquet: REQUIRED columns, one PLAIN page per column and row group straight from the
 * typed array's own bytes (Parquet is little-endian, as every machine that runs Node is), handed to
 * parquetjs-lite's row-group writer. Everybody reads the result.
 */
import { gzipSync } from 'node:zlib'
import type { Names } from './name-table.ts'
import {
  columnStatistics,
  type EnvelopeWriter,
  openEnvelope,
  plainPageHeader,
  type WriterPage,
} from './parquet.ts'

/** A column and its values. INT64 from numbers: whole ones, exact up to 2^53. */
export type ParquetColumn =
  | { name: string; type: 'INT32'; values: Int32Array }
  | { name: string; type: 'INT64'; values: BigInt64Array | Float64Array }
  | { name: string; type: 'DOUBLE'; values: Float64Array }
  | { name: string; type: 'UTF8'; values: Names }

export interface ParquetOptions {
  /** GZIP (level 1: native, and smaller and faster than SNAPPY in JavaScript) by default. */
  compression?: 'GZIP' | 'UNCOMPRESSED'
  rowGroupRows?: number
  /** The file's key/value metadata. */
  metadata?: Readonly<Record<string, string>>
}

export const DEFAULT_ROW_GROUP_ROWS = 131_072

/**
 * Encodes a file piece by piece: each call gives the bytes that come next. All calls must bring the
 * same columns.
 */
export class ParquetEncoder {
  readonly #options: ParquetOptions
  readonly #shape: string
  readonly #envelope: EnvelopeWriter
  #pieces: Uint8Array[] = []

  constructor(columns: readonly ParquetColumn[], options: ParquetOptions = {}) {
    this.#options = options
    this.#shape = shapeOf(columns)
    const compression = options.compression ?? 'GZIP'
    const fields = columns.map(({ name, type }) => [
      name,
      { type, compression, statistics: false as const },
    ])
    this.#envelope = openEnvelope(Object.fromEntries(fields), (bytes) => {
      this.#pieces.push(bytes)
    })
    this.#envelope.writeHeader()
  }

  /** Adds rows: row groups of `rowGroupRows`, the last as small as it comes. */
  encode(columns: readonly ParquetColumn[]): Uint8Array[] {
    if (shapeOf(columns) !== this.#shape) throw new RangeError('columns of another shape')
    const rows = rowsOf(columns)
    const step = this.#options.rowGroupRows ?? DEFAULT_ROW_GROUP_ROWS
    for (let from = 0; from < rows; from += step) {
      this.#encodeRowGroup(columns, from, Math.min(rows, from + step))
    }
    return this.#take()
  }

  /** The footer. */
  end(): Uint8Array[] {
    this.#envelope.writeFooter({ ...this.#options.metadata })
    return this.#take()
  }

  #encodeRowGroup(columns: readonly ParquetColumn[], from: number, to: number): void {
    const rowCount = to - from
    const isPacked = this.#options.compression !== 'UNCOMPRESSED'
    const bodies = columns.map((column) => plainBytes(column, from, to))
    const pages = columns.map(({ name }, i) => {
      const body = bodies[i]!
      const stored = isPacked ? gzipSync(body, { level: 1 }) : body
      const header = plainPageHeader(rowCount, body.length, stored.length)
      const page = Buffer.concat([header, stored])
      return [name, [pageOf(page, rowCount)]]
    })
    this.#envelope.writeRowGroup({ rowCount, pages: Object.fromEntries(pages) })
    const { rowGroups } = this.#envelope
    const written = rowGroups[rowGroups.length - 1]!
    columns.forEach((column, i) => {
      const bounds = boundsOf(column, from, to)
      if (bounds === null) return
      written.columns[i]!.meta_data.statistics = columnStatistics(bounds[0]!, bounds[1]!)
    })
  }

  #take(): Uint8Array[] {
    const pieces = this.#pieces
    this.#pieces = []
    return pieces
  }
}

function pageOf(page: Uint8Array, rows: number): WriterPage {
  return {
    page,
    statistics: undefined,
    distinct_values: new Set<never>(),
    first_row_index: 0,
    num_values: rows,
  }
}

function shapeOf(columns: readonly ParquetColumn[]): string {
  return JSON.stringify(columns.map(({ name, type }) => [name, type]))
}

function rowsOf(columns: readonly ParquetColumn[]): number {
  const lengths = columns.map(({ type, values }) =>
    type === 'UTF8' ? values.count : values.length,
  )
  if (new Set(lengths).size > 1) throw new RangeError(`columns of ${lengths.join(', ')} rows`)
  return lengths[0] ?? 0
}

/** The rows [from, to) as PLAIN values. */
function plainBytes(column: ParquetColumn, from: number, to: number): Uint8Array {
  if (column.type === 'UTF8') return plainNames(column.values, from, to)
  const { values } = column
  const isWhole = column.type === 'INT64' && values instanceof Float64Array
  const part = isWhole ? int64Of(values, from, to) : values.subarray(from, to)
  return new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
}

function int64Of(values: Float64Array, from: number, to: number): Int32Array {
  const words = new Int32Array((to - from) * 2)
  for (let i = from, o = 0; i < to; i++, o += 2) {
    const value = values[i]!
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} in a column of whole numbers`)
    const high = Math.floor(value / 4_294_967_296)
    words[o] = value - high * 4_294_967_296
    words[o + 1] = high
  }
  return words
}

function plainNames(names: Names, from: number, to: number): Uint8Array {
  const { bytes, offsets } = names
  const plain = new Uint8Array(offsets[to]! - offsets[from]! + 4 * (to - from))
  const view = new DataView(plain.buffer)
  let o = 0
  for (let i = from; i < to; i++) {
    const [start, end] = [offsets[i]!, offsets[i + 1]!]
    view.setUint32(o, end - start, true)
    plain.set(bytes.subarray(start, end), o + 4)
    o += 4 + end - start
  }
  return plain
}

/** Least and greatest value as PLAIN bytes; null for names and where a NaN defies the order. */
function boundsOf(column: ParquetColumn, from: number, to: number): Uint8Array[] | null {
  if (column.type === 'UTF8') return null
  const { values } = column
  let [min, max] = [from, from]
  for (let i = from; i < to; i++) {
    const value = values[i]!
    if (value < values[min]!) min = i
    if (value > values[max]!) max = i
    if (Number.isNaN(value)) return null
  }
  const pair = values.slice(from, from + 1)
  return [min, max].map((row, isMax) => {
    const value = values[row]!
    // parquet.thrift: a bound of zero is written as -0 below and as 0 above, since they are equal.
    pair[0] = value === 0 ? (isMax === 0 ? -0 : 0) : value
    return plainBytes({ ...column, values: pair } as ParquetColumn, 0, 1).slice()
  })
}
