/** Arrow IPC streams and files of datapoints to columns, from Arrow's own buffers: never a row object. */
import { type Data, type RecordBatch, RecordBatchReader } from 'apache-arrow'
import { admitRows, NO_TIME } from './admit.ts'
import { ArrayReader, nameArrays, readNumberArray, readTimeArray } from './arrow-arrays.ts'
import type { ChunkBuilder } from './chunk.ts'
import { columnOf, type DatapointField } from './datapoint-fields.ts'
import { NULL_METRIC, NULL_THING, RowNames } from './row-names.ts'

/**
 * Adds the rows of a whole stream or file to the builder. Bytes that are no Arrow, or a table without
 * the columns of a datapoint, are one refused line after the rows before them.
 */
export function decodeArrow(bytes: Uint8Array, builder: ChunkBuilder): void {
  try {
    // Arrow makes typed arrays over the bytes, which must begin where eight bytes begin.
    const aligned = bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes)
    const reader = RecordBatchReader.from(aligned).open()
    if (!reader.schema) throw new RangeError('no schema')
    const decoder = new BatchDecoder(builder)
    for (const batch of reader) decoder.decode(batch)
  } catch (error) {
    refuse(builder, error)
  }
}

/**
 * As `decodeArrow`, for a stream that need not fit into memory: one builder, made by `newBuilder`, for
 * each of its batches.
 */
export async function* decodeArrowStream(
  source: AsyncIterable<Uint8Array>,
  newBuilder: () => ChunkBuilder,
): AsyncGenerator<ChunkBuilder> {
  try {
    const reader = await (await RecordBatchReader.from(source)).open()
    if (!reader.schema) throw new RangeError('no schema')
    for await (const batch of reader) {
      const builder = newBuilder()
      new BatchDecoder(builder).decode(batch)
      yield builder
    }
  } catch (error) {
    const builder = newBuilder()
    refuse(builder, error)
    yield builder
  }
}

function refuse(builder: ChunkBuilder, error: unknown): void {
  builder.lines++
  builder.reject(builder.lines, 'malformed', `Arrow: ${(error as Error).message}`, '')
}

/** Decodes record batches into one builder; each part of a dictionary is looked up once. */
export class BatchDecoder {
  readonly #builder: ChunkBuilder
  readonly #names: RowNames
  readonly #thingReader: ArrayReader<Int32Array>
  readonly #metricReader: ArrayReader<Int32Array>
  readonly #timeReader = new ArrayReader(readTimeArray)
  readonly #valueReader = new ArrayReader(readNumberArray)

  constructor(builder: ChunkBuilder) {
    this.#builder = builder
    this.#names = new RowNames(builder)
    this.#thingReader = new ArrayReader(nameArrays(this.#names.thingCode))
    this.#metricReader = new ArrayReader(nameArrays(this.#names.metricIndex))
  }

  /** Adds the rows of a batch. Throws, and adds none, when it lacks a column or one is corrupt. */
  decode(batch: RecordBatch): void {
    const builder = this.#builder
    const names = this.#names
    const count = batch.numRows
    const at = builder.rows
    builder.reserve(at + count)
    this.#readThings(batch, at, count)
    const onMissing = names.noteNull
    const metrics = { out: builder.metric, at, count, missing: NULL_METRIC, onMissing }
    this.#metricReader.column(need(batch, 'metric'), metrics, (n) => new Int32Array(n))
    const times = { out: builder.time, at, count, missing: NO_TIME, onMissing: () => {} }
    this.#timeReader.column(need(batch, 'timestamp'), times, (n) => new Float64Array(n))
    let valueMissing: Uint8Array | null = null
    const noteMissing = (row: number): void => {
      valueMissing ??= new Uint8Array(count)
      valueMissing[row] = 1
    }
    const missing = Number.NaN
    const values = { out: builder.value, at, count, missing, onMissing: noteMissing }
    this.#valueReader.column(need(batch, 'value'), values, (n) => new Float64Array(n))
    admitRows(builder, { count, names, valueMissing })
  }

  #readThings(batch: RecordBatch, at: number, count: number): void {
    const { thing: out, context } = this.#builder
    if (columnData(batch, 'thing') === null && context.thing !== null) {
      out.fill(this.#names.thingNamed(context.thing), at, at + count)
      return
    }
    const onMissing = this.#names.noteNull
    const things = { out, at, count, missing: NULL_THING, onMissing }
    this.#thingReader.column(need(batch, 'thing'), things, (n) => new Int32Array(n))
  }
}

function columnData(batch: RecordBatch, field: DatapointField): Data | null {
  const names = batch.schema.fields.map(({ name }) => name)
  return batch.data.children[columnOf(field, names)] ?? null
}

function need(batch: RecordBatch, field: DatapointField): Data {
  const data = columnData(batch, field)
  if (data !== null) return data
  const names = batch.schema.fields.map(({ name }) => name).join(', ')
  throw new RangeError(`no column "${field}", only: ${names}`)
}
