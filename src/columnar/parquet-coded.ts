import type { ChunkBuilder } from './chunk.ts'
import { type Allocate, NameTarget, NumberTarget, TimeTarget } from './column-targets.ts'
import type { ColumnChunk, ParquetFile } from './parquet-format.ts'
import type { ColumnTarget } from './parquet-pages.ts'
import { ColumnReader } from './parquet-read.ts'
import { NULL_METRIC, NULL_THING, RowNames } from './row-names.ts'

/** The columns of a row group as indices into the dictionaries. */
export interface IndexColumns {
  thing: Int32Array
  metric: Int32Array
  time: Int32Array
  value: Int32Array
}

/** The values that occur in each column; an index may lie beyond them. Numbers are valid until the next read. */
export interface Dictionaries {
  /** Codes of the builder's things. */
  thing: Int32Array
  /** Indices of known metrics. */
  metric: Int32Array
  time: Float64Array
  value: Float64Array
}

/**
 * A row group of named things without decoding its rows: the columns as they are stored go to `into`.
 * Names become things of the builder, no rows are added. Null where it must be decoded row by row:
 * where a name is refused, things and metrics are not stored as dictionaries, or sizes come besides.
 * Throws as `decodeRowGroup`.
 */
export function readCodedRows(
  file: ParquetFile,
  rowGroup: number,
  builder: ChunkBuilder,
  into: IndexColumns,
): Dictionaries | null {
  const { number, columns: chunks } = file.rowGroups[rowGroup]!
  const { thing, metric, timestamp, value, sizes } = chunks
  if (file.things !== 'named' || thing === null || metric === null || sizes !== null) return null
  const names = new RowNames(builder)
  const columns = new ColumnReader(file.path, number)
  try {
    const things = new NameTarget(into.thing, names.thingCode, NULL_THING, names.noteNull)
    const codes = columns.readIndices(thing, things, into.thing)
    const metrics = new NameTarget(into.metric, names.metricIndex, NULL_METRIC, names.noteNull)
    const indices = columns.readIndices(metric, metrics, into.metric)
    if (codes === null || indices === null || names.flawed) return null
    const time = numbersOf(columns, timestamp, into.time, times, (out) => {
      return new TimeTarget(timestamp, out, times)
    })
    const values = numbersOf(columns, value, into.value, numbers, (out) => {
      return new NumberTarget(value, out, null, numbers)
    })
    return { thing: codes, metric: indices, time, value: values }
  } finally {
    columns.close()
  }
}

/** Memory that a thread uses again and again: to get it anew for each row group takes as long as to fill it. */
function reused(): Allocate {
  let memory = new Float64Array(0)
  return (length) => {
    if (memory.length < length) memory = new Float64Array(length * 2)
    return memory.subarray(0, length)
  }
}

const times: Allocate = reused()
const numbers: Allocate = reused()

/** Numbers that are not stored as a dictionary are their own. */
function numbersOf(
  columns: ColumnReader,
  chunk: ColumnChunk,
  indices: Int32Array,
  allocate: Allocate,
  targetOf: (out: Float64Array) => ColumnTarget<Float64Array>,
): Float64Array {
  const dictionary = columns.readIndices(chunk, targetOf(new Float64Array(0)), indices)
  if (dictionary !== null) return dictionary
  const own = allocate(chunk.values)
  columns.read(chunk, targetOf(own), 0)
  for (let i = 0; i < chunk.values; i++) indices[i] = i
  return own
}
