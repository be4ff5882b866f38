import type { ChunkBuilder, DecodeContext } from './chunk.ts'

/**
 * Blocks of rows on their way through the disk, in columns. Two things change what a row carries, so
 * there are four kinds of blocks.
 */
export const WITH_SIZES = 1
export const WITH_VERSIONS = 2
export const BLOCK_KINDS = 4

const HEADER_BYTES = 16
/** "FDSP": what a block starts with. */
const MAGIC = 0x50534446

/**
 * Behind a header of four 32-bit words (magic, kind, rows, 0) follow the columns, each of `rows` values,
 * and padding to 8 bytes. Byte order is the machine's: the blocks do not outlive the run.
 */
interface BlockColumns {
  value: Float64Array
  time: Float64Array
  /** Empty but in the kinds that have them. */
  min: Float64Array
  sum: Float64Array
  count: Float64Array
  identity: Float64Array
  version: Float64Array
  /** Code in the names of the whole spill. */
  thing: Int32Array
  metric: Uint16Array
}

function rowBytes(kind: number): number {
  return 22 + (kind & WITH_SIZES ? 24 : 0) + (kind & WITH_VERSIONS ? 16 : 0)
}

function blockBytes(kind: number, rows: number): number {
  return (HEADER_BYTES + rowBytes(kind) * rows + 7) & ~7
}

function columnsOf(
  memory: ArrayBufferLike,
  start: number,
  kind: number,
  rows: number,
): BlockColumns {
  let at = start + HEADER_BYTES
  const doubles = (wanted: number): Float64Array => {
    const column = new Float64Array(memory, at, wanted === 0 ? 0 : rows)
    at += column.byteLength
    return column
  }
  const sizes = kind & WITH_SIZES
  const versions = kind & WITH_VERSIONS
  const value = doubles(1)
  const time = doubles(1)
  const min = doubles(sizes)
  const sum = doubles(sizes)
  const count = doubles(sizes)
  const identity = doubles(versions)
  const version = doubles(versions)
  const thing = new Int32Array(memory, at, rows)
  const metric = new Uint16Array(memory, at + thing.byteLength, rows)
  return { value, time, min, sum, count, identity, version, thing, metric }
}

/** A block being filled: write a row into the columns at `rows`, then count it. Memory is used again. */
export class SpillBlock {
  rows = 0
  capacity = 0
  columns!: BlockColumns
  #kind = 0
  readonly #memory: ArrayBuffer

  /** `bytes` must be a multiple of 8. */
  constructor(bytes: number) {
    this.#memory = new ArrayBuffer(bytes)
  }

  /** Empties the block and makes it one of a kind. */
  open(kind: number): void {
    this.#kind = kind
    this.rows = 0
    this.capacity = Math.floor((this.#memory.byteLength - HEADER_BYTES) / rowBytes(kind))
    this.columns = columnsOf(this.#memory, 0, kind, this.capacity)
  }

  /** The block as it is written; no more rows fit afterwards. The bytes are those of the block itself. */
  seal(): Uint8Array {
    const { rows } = this
    if (rows < this.capacity) {
      const closer = columnsOf(this.#memory, 0, this.#kind, rows)
      // From left to right: no column moves over one that has yet to move.
      for (const [name, column] of Object.entries(closer) as [keyof BlockColumns, Int32Array][]) {
        if (column.length > 0) column.set((this.columns[name] as Int32Array).subarray(0, rows))
      }
      this.capacity = rows
    }
    new Uint32Array(this.#memory, 0, 4).set([MAGIC, this.#kind, rows, 0])
    return new Uint8Array(this.#memory, 0, blockBytes(this.#kind, rows))
  }
}

/** Tells the local code of a thing or a list, given its code in the names of the whole spill. */
export type LocalCode = (code: number) => number

/**
 * Adds the rows of the blocks in `memory[0, length)` to the builder. Throws a RangeError where there is
 * no whole block.
 */
export function decodeBlocks(
  memory: ArrayBufferLike,
  length: number,
  builder: ChunkBuilder,
  localCode: LocalCode,
): void {
  let total = 0
  for (const { rows } of blocksIn(memory, length)) total += rows
  builder.reserve(builder.rows + total)
  const lists = builder.context.lists.some((kind) => kind !== null) ? builder.context.lists : []
  for (const { start, kind, rows } of blocksIn(memory, length)) {
    const block = columnsOf(memory, start, kind, rows)
    const at = builder.rows
    builder.value.set(block.value, at)
    builder.time.set(block.time, at)
    builder.metric.set(block.metric, at)
    const { thing } = builder
    for (let i = 0; i < rows; i++) thing[at + i] = localCode(block.thing[i]!)
    if (lists.length > 0) translateLists(builder, lists, at, rows, localCode)
    if (kind & WITH_SIZES || builder.sizes !== null) addSizes(builder, block, at, rows)
    if (kind & WITH_VERSIONS) addVersions(builder, block, at)
    builder.rows += rows
    builder.lines += rows
  }
}

/** Rows of list metrics have the code of a list for a value. */
function translateLists(
  builder: ChunkBuilder,
  lists: DecodeContext['lists'],
  from: number,
  rows: number,
  localCode: LocalCode,
): void {
  const { metric, value } = builder
  for (let row = from; row < from + rows; row++) {
    if ((lists[metric[row]!] ?? null) === null) continue
    value[row] = localCode(value[row]!)
    builder.lists = true
  }
}

function* blocksIn(
  memory: ArrayBufferLike,
  length: number,
): Generator<{ start: number; kind: number; rows: number }> {
  for (let start = 0; start < length; ) {
    if (start + HEADER_BYTES > length) throw new RangeError(`block cut off at ${start}`)
    const [magic, kind, rows] = new Uint32Array(memory, start, 4) as unknown as [
      number,
      number,
      number,
    ]
    if (magic !== MAGIC || kind >= BLOCK_KINDS) throw new RangeError(`no block at ${start}`)
    if (start + blockBytes(kind, rows) > length) throw new RangeError(`block cut off at ${start}`)
    yield { start, kind, rows }
    start += blockBytes(kind, rows)
  }
}

/** Rows that came without sizes count as one message each. */
function addSizes(builder: ChunkBuilder, block: BlockColumns, at: number, rows: number): void {
  if (builder.sizes === null) {
    const { capacity, value } = builder
    builder.sizes = {
      min: new Float64Array(capacity),
      sum: new Float64Array(capacity),
      count: new Float64Array(capacity).fill(1, 0, at),
    }
    builder.sizes.min.set(value.subarray(0, at))
    builder.sizes.sum.set(value.subarray(0, at))
  }
  const { min, sum, count } = builder.sizes
  const sized = block.count.length > 0
  min.set(sized ? block.min : block.value, at)
  sum.set(sized ? block.sum : block.value, at)
  if (sized) count.set(block.count, at)
  else count.fill(1, at, at + rows)
}

function addVersions(builder: ChunkBuilder, block: BlockColumns, at: number): void {
  builder.versions ??= {
    identity: new Float64Array(builder.capacity),
    version: new Float64Array(builder.capacity),
  }
  builder.versions.identity.set(block.identity, at)
  builder.versions.version.set(block.version, at)
}
