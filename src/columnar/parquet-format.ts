/**
 * The numbers of Parquet's own format (parquet-format, parquet.thrift) that are used here, and what a
 * reader needs to know about a file: plain data, so that it crosses to the worker threads.
 */

export const Physical = {
  INT32: 1,
  INT64: 2,
  INT96: 3,
  FLOAT: 4,
  DOUBLE: 5,
  BYTE_ARRAY: 6,
  FIXED_LEN_BYTE_ARRAY: 7,
} as const

/** By number. */
export const PHYSICAL_NAMES = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
] as const

export const Codec = {
  UNCOMPRESSED: 0,
  SNAPPY: 1,
  GZIP: 2,
  LZO: 3,
  BROTLI: 4,
  LZ4: 5,
  ZSTD: 6,
  LZ4_RAW: 7,
} as const

export const Encoding = {
  PLAIN: 0,
  PLAIN_DICTIONARY: 2,
  RLE: 3,
  DELTA_BINARY_PACKED: 5,
  DELTA_LENGTH_BYTE_ARRAY: 6,
  DELTA_BYTE_ARRAY: 7,
  RLE_DICTIONARY: 8,
  BYTE_STREAM_SPLIT: 9,
} as const

/** What the numbers of a column mean beyond their type. `epoch` is seconds or milliseconds, by size. */
export type Meaning =
  | { kind: 'plain' }
  | { kind: 'unsigned' }
  | { kind: 'decimal'; scale: number }
  | { kind: 'time'; unit: 'ms' | 'us' | 'ns' | 'day' }

/** How a column's values are written, one after the other (PLAIN), and what they mean. */
export interface ValueType {
  /** See `Physical`. */
  type: number
  /** Bytes of a FIXED_LEN_BYTE_ARRAY, else 0. */
  typeLength: number
  meaning: Meaning
}

/** One column of one row group, and where its pages lie in the file. */
export interface ColumnChunk extends ValueType {
  /** As the file calls it. */
  name: string
  optional: boolean
  /** See `Codec`. */
  codec: number
  offset: number
  bytes: number
  values: number
}

/** The columns of a row group that make datapoints; null where the file has none. */
export interface DatapointChunks {
  thing: ColumnChunk | null
  metric: ColumnChunk | null
  timestamp: ColumnChunk
  value: ColumnChunk
  /** Minimum, sum and count behind the value, where the file is an archive of message sizes. */
  sizes: { min: ColumnChunk; sum: ColumnChunk; count: ColumnChunk } | null
  /** The values of list metrics, as JSON. */
  list: ColumnChunk | null
}

export interface RowGroup {
  /** Which of the file's row groups it is: what messages call it. */
  number: number
  rows: number
  /** Row number in the file of its first row. */
  firstRow: number
  /** Earliest and latest timestamp in epoch milliseconds according to the footer; NaN if it does not say. */
  minTime: number
  maxTime: number
  columns: DatapointChunks
}

/** What the footer of a file of datapoints says. */
export interface ParquetFile {
  path: string
  /** Bytes. */
  size: number
  rows: number
  /** `archive`: things are codes into `things.parquet`; `named`: things are strings. */
  things: 'archive' | 'named'
  /** The metric of all rows, from a `metric=...` folder of the path, where there is no such column. */
  metric: string | null
  rowGroups: RowGroup[]
  /** The file's key/value metadata. */
  metadata: Record<string, string>
}
