/**
 * Row groups of Parquet files of datapoints: our own archive (things as codes, the metric in the path)
 * and tables of other makers (names as strings). Files are untrusted: whatever is wrong with one
 * becomes a DetectError that names file, row group and column.
 */
import { closeSync, readSync } from 'node:fs'
import { DetectError } from '../domain/errors.ts'
import { admitRows } from './admit.ts'
import type { ChunkBuilder, SizeColumns } from './chunk.ts'
import type { Names } from './name-table.ts'
import { openForReading } from './parquet-footer.ts'
import type { ColumnChunk, ParquetFile, RowGroup } from './parquet-format.ts'
import { type PageKernels, PlainKernels } from './page-kernels.ts'
import { WasmKernels } from './page-kernels-wasm.ts'
import { type ColumnTarget, decodeColumn, decodeIndices } from './parquet-pages.ts'
import { CodeTarget, NameTarget, NumberTarget, TimeTarget } from './column-targets.ts'
import { listColumn, readLists } from './parquet-lists.ts'
import { NULL_METRIC, NULL_THING, RowNames } from './row-names.ts'

/**
 * Adds the rows of a row group, by its place in `file.rowGroups`, to the builder: those that may enter become rows, the others are
 * counted by reason. `things` are the names behind an archive's codes, null for other files.
 * Synchronous; nothing is added when it throws.
 */
export function decodeRowGroup(
  file: ParquetFile,
  rowGroup: number,
  builder: ChunkBuilder,
  things: Names | null = null,
): void {
  const group = rowGroupOf(file, rowGroup)
  if (file.things === 'archive' && things === null) {
    throw new DetectError('archive', `${file.path} holds codes of things, but there are no names`)
  }
  const columns = new ColumnReader(file.path, group.number)
  try {
    builder.reserve(builder.rows + group.rows)
    const { list } = group.columns
    const names = new RowNames(builder, { lists: list !== null })
    readThings(columns, file, group, builder, names, things)
    readMetrics(columns, file, group, builder, names)
    const from = builder.rows
    columns.read(
      group.columns.timestamp,
      new TimeTarget(group.columns.timestamp, builder.time),
      from,
    )
    let valueMissing: Uint8Array | null = null
    const onMissing = (row: number): void => {
      valueMissing ??= new Uint8Array(group.rows)
      valueMissing[row - from] = 1
    }
    const value = new NumberTarget(group.columns.value, builder.value, onMissing)
    columns.read(group.columns.value, value, from)
    readSizes(columns, group, builder)
    if (list !== null) readLists(columns, list, group.rows, builder, names)
    admitRows(builder, { count: group.rows, names, valueMissing })
  } finally {
    columns.close()
  }
}

/** The columns of one row group of our archive as they lie there; each holds `rows` values. */
export interface ArchiveColumns {
  rows: number
  /** Codes into `things.parquet`. */
  thing: Int32Array
  time: Float64Array
  value: Float64Array
  sizes: SizeColumns | null
  /** Of list metrics: codes of their texts. */
  lists: { code: Int32Array; texts: Names } | null
}

/** A row group of our archive without the way through names and checks: for training. */
export function readArchiveColumns(file: ParquetFile, rowGroup: number): ArchiveColumns {
  const group = rowGroupOf(file, rowGroup)
  const { thing, timestamp, value, sizes, list } = group.columns
  if (thing === null || file.things !== 'archive') {
    throw new DetectError('archive', `${file.path} is not part of an archive`)
  }
  const { rows } = group
  const columns = new ColumnReader(file.path, group.number)
  try {
    const numbers = (chunk: ColumnChunk): Float64Array => {
      const out = new Float64Array(rows)
      columns.read(chunk, new NumberTarget(chunk, out, null), 0)
      return out
    }
    const codes = new Int32Array(rows)
    columns.read(thing, new CodeTarget(codes), 0)
    const time = new Float64Array(rows)
    columns.read(timestamp, new TimeTarget(timestamp, time), 0)
    return {
      rows,
      thing: codes,
      time,
      value: numbers(value),
      sizes: sizes && {
        min: numbers(sizes.min),
        sum: numbers(sizes.sum),
        count: numbers(sizes.count),
      },
      lists: list && listColumn(columns, list, rows),
    }
  } finally {
    columns.close()
  }
}

function rowGroupOf(file: ParquetFile, rowGroup: number): RowGroup {
  const group = file.rowGroups[rowGroup]
  if (group === undefined) throw new RangeError(`${file.path} has no row group ${rowGroup}`)
  return group
}

/** A column with more bytes is decoded without WebAssembly, whose memory ends at 4 GiB. */
const MAX_WASM_BYTES = 2 ** 30

/** One for each thread: decoding is synchronous. */
let shared: WasmKernels | null = null

function kernelsFor(bytes: number): PageKernels {
  if (bytes > MAX_WASM_BYTES) return new PlainKernels()
  shared ??= new WasmKernels()
  return shared
}

/** Reads and decodes the columns of one row group, and says where it failed. */
export class ColumnReader {
  readonly #path: string
  readonly #rowGroup: number
  readonly #descriptor: number

  constructor(path: string, rowGroup: number) {
    this.#path = path
    this.#rowGroup = rowGroup
    this.#descriptor = openForReading(path)
  }

  read<A extends Int32Array | Float64Array>(
    chunk: ColumnChunk,
    target: ColumnTarget<A>,
    at: number,
  ): void {
    this.#decode(chunk, (kernels) => decodeColumn(kernels, chunk, target, at))
  }

  /** As `decodeIndices`. */
  readIndices<A extends Int32Array | Float64Array>(
    chunk: ColumnChunk,
    target: ColumnTarget<A>,
    indices: Int32Array,
  ): A | null {
    return this.#decode(chunk, (kernels) => decodeIndices(kernels, chunk, target, indices))
  }

  #decode<Result>(chunk: ColumnChunk, decode: (kernels: PageKernels) => Result): Result {
    try {
      const kernels = kernelsFor(chunk.bytes)
      kernels.reserveFile(chunk.bytes)
      const read = readSync(this.#descriptor, kernels.file, 0, chunk.bytes, chunk.offset)
      if (read < chunk.bytes) throw new RangeError('the file has become shorter')
      return decode(kernels)
    } catch (cause) {
      const place = `${this.#path}, row group ${this.#rowGroup}, column "${chunk.name}"`
      throw new DetectError('input', `${place}: ${(cause as Error).message}`, { cause })
    }
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}

function readThings(
  columns: ColumnReader,
  file: ParquetFile,
  group: RowGroup,
  builder: ChunkBuilder,
  names: RowNames,
  things: Names | null,
): void {
  const { rows, thing } = builder
  const chunk = group.columns.thing
  if (chunk === null) {
    const name = builder.context.thing
    const code = name === null ? names.refuse('no-thing', 'thing missing') : names.thingNamed(name)
    thing.fill(code, rows, rows + group.rows)
  } else if (file.things === 'named' || things === null) {
    columns.read(chunk, new NameTarget(thing, names.thingCode, NULL_THING, names.noteNull), rows)
  } else {
    columns.read(chunk, new CodeTarget(thing), rows)
    translate(thing, rows, rows + group.rows, names, things)
  }
}

const UNSEEN = -0x8000_0000

/** Codes of the archive to codes of the builder; each name is looked up once. */
function translate(
  thing: Int32Array,
  from: number,
  to: number,
  names: RowNames,
  things: Names,
): void {
  const codes = new Int32Array(things.count).fill(UNSEEN)
  for (let i = from; i < to; i++) {
    const archived = thing[i]!
    if (archived < 0 || archived >= codes.length) {
      throw new DetectError('archive', `thing ${archived} is not in things.parquet`)
    }
    let code = codes[archived]!
    if (code === UNSEEN) {
      const { bytes, offsets } = things
      code = names.thingCode(bytes, offsets[archived]!, offsets[archived + 1]!)
      codes[archived] = code
    }
    thing[i] = code
  }
}

function readMetrics(
  columns: ColumnReader,
  file: ParquetFile,
  group: RowGroup,
  builder: ChunkBuilder,
  names: RowNames,
): void {
  const { rows, metric } = builder
  const chunk = group.columns.metric
  if (chunk !== null) {
    const target = new NameTarget(metric, names.metricIndex, NULL_METRIC, names.noteNull)
    columns.read(chunk, target, rows)
  } else {
    metric.fill(names.metricNamed(file.metric ?? ''), rows, rows + group.rows)
  }
}

/** Fills the size columns behind the builder's rows; rows without sizes count as one message. */
function readSizes(columns: ColumnReader, group: RowGroup, builder: ChunkBuilder): void {
  const { rows, value } = builder
  const chunks = group.columns.sizes
  if (chunks === null && builder.sizes === null) return
  if (builder.sizes === null) {
    builder.sizes = emptySizes(builder.capacity)
    setSingle(builder.sizes, value, 0, rows)
  }
  const { min, sum, count } = builder.sizes
  if (chunks === null) {
    setSingle(builder.sizes, value, rows, rows + group.rows)
  } else {
    columns.read(chunks.min, new NumberTarget(chunks.min, min, null), rows)
    columns.read(chunks.sum, new NumberTarget(chunks.sum, sum, null), rows)
    columns.read(chunks.count, new NumberTarget(chunks.count, count, null), rows)
  }
}

function emptySizes(length: number): SizeColumns {
  return {
    min: new Float64Array(length),
    sum: new Float64Array(length),
    count: new Float64Array(length),
  }
}

function setSingle(sizes: SizeColumns, value: Float64Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    sizes.min[i] = value[i]!
    sizes.sum[i] = value[i]!
    sizes.count[i] = 1
  }
}
