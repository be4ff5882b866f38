import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Chunk, DecodeContext } from '../columnar/chunk.ts'
import { NameTable } from '../columnar/name-table.ts'
import { BLOCK_KINDS, SpillBlock, WITH_SIZES, WITH_VERSIONS } from '../columnar/spill-block.ts'
import { DetectError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/time.ts'
import { TimeGroups } from './spill-groups.ts'

const BLOCK_BYTES = 16 * 1024
/** As much memory for each bucket on average: the length of a write to the disk. */
const BUCKET_SHARE_BYTES = 64 * 1024
const MIN_BUCKETS = 16
const MAX_BUCKETS = 4_096
const MIN_MEMORY_BYTES: number = MIN_BUCKETS * BUCKET_SHARE_BYTES
/** A stretch of a file that is read and decoded together. */
const SEGMENT_BYTES = 4 * 1024 * 1024

/** A file of blocks; segments begin at the cuts, the last of which is the file's length. */
export interface SpillFile {
  name: string
  cuts: number[]
}

/** All rows of a stretch of time. */
export interface SortedBucket {
  start: EpochMs
  files: SpillFile[]
}

interface Bucket {
  files: SpillFile[]
  /** The block being filled, by kind. */
  open: (SpillBlock | null)[]
  full: SpillBlock[]
}

/**
 * Rows in any order in, buckets of time out: each a whole number of windows, as short as the memory
 * allows at the spread of the times. Rows wait in blocks of fixed size; when there is no more memory
 * for those, the buckets that hold most are appended to their files.
 */
export class SpillBuckets {
  /** Each thing, and each list, once; as many as the input has. */
  readonly names: NameTable = new NameTable()
  /** Memory taken for rows so far. It never exceeds what was allowed, and does not shrink. */
  bufferBytes = 0
  readonly #directory: string
  readonly #lists: DecodeContext['lists']
  readonly #memoryBytes: number
  readonly #maxBuckets: number
  readonly #free: SpillBlock[] = []
  #buckets: Map<number, Bucket> = new Map()
  #widthMs: number
  #files = 0
  readonly #groups = new TimeGroups()
  /** Codes in `names`, by the chunk's own. */
  #codes: Int32Array = new Int32Array(1_024)

  /** `lists` by metric: the values of those that are lists are codes. */
  constructor(
    directory: string,
    windowMs: number,
    memoryBytes: number,
    lists: DecodeContext['lists'] = [],
  ) {
    if (memoryBytes < MIN_MEMORY_BYTES) {
      throw new RangeError(`${memoryBytes} bytes of memory for sorting, of ${MIN_MEMORY_BYTES}`)
    }
    this.#directory = directory
    this.#lists = lists
    this.#widthMs = windowMs
    this.#memoryBytes = memoryBytes
    this.#maxBuckets = Math.min(MAX_BUCKETS, Math.floor(memoryBytes / BUCKET_SHARE_BYTES))
  }

  /** Takes in the rows earlier than `limit`. */
  take(chunk: Chunk, limit: EpochMs): void {
    this.#internThings(chunk)
    const buckets = this.#group(chunk, limit)
    const kind =
      (chunk.sizes === null ? 0 : WITH_SIZES) | (chunk.versions === null ? 0 : WITH_VERSIONS)
    const { ends, order } = this.#groups
    let at = 0
    for (const [i, bucket] of buckets.entries()) {
      while (at < ends[i]!) {
        const open = bucket.open[kind]!
        const full = open === null || open.rows === open.capacity
        const block = full ? this.#nextBlock(bucket, kind) : open
        const to = Math.min(ends[i]!, at + block.capacity - block.rows)
        const part = order.subarray(at, to)
        const start = block.rows
        copyRows(chunk, part, this.#codes, block)
        if (chunk.lists) this.#translateLists(chunk, part, block, start)
        at = to
      }
    }
  }

  /** Writes what is left and returns the buckets in order of time. */
  finish(): SortedBucket[] {
    for (const bucket of this.#buckets.values()) this.#write(bucket)
    return [...this.#buckets]
      .sort(([a], [b]) => a - b)
      .map(([number, { files }]) => ({ start: number * this.#widthMs, files }))
  }

  #internThings({ things }: Chunk): void {
    const { bytes, offsets, count } = things
    if (this.#codes.length < count) this.#codes = new Int32Array(count * 2)
    for (let code = 0; code < count; code++) {
      this.#codes[code] = this.names.codeOf(bytes, offsets[code]!, offsets[code + 1]!)
    }
  }

  /** Codes of lists are the chunk's own, as those of things are. */
  #translateLists({ metric, value }: Chunk, rows: Int32Array, block: SpillBlock, at: number): void {
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!
      if ((this.#lists[metric[row]!] ?? null) === null) continue
      block.columns.value[at + i] = this.#codes[value[row]!]!
    }
  }

  /** Groups a chunk's rows by bucket; the buckets in the order of the groups. */
  #group({ rows, time }: Chunk, limit: EpochMs): Bucket[] {
    for (;;) {
      this.#groups.group(time, rows, this.#widthMs, limit)
      const buckets = this.#bucketsOf(this.#groups.numbers)
      if (buckets !== null) return buckets
      this.#widen()
    }
  }

  /** The buckets by their numbers; null, and none is made, where there would be too many. */
  #bucketsOf(numbers: readonly number[]): Bucket[] | null {
    const known = numbers.map((number) => this.#buckets.get(number))
    const missing = known.filter((bucket) => bucket === undefined).length
    if (this.#buckets.size + missing > this.#maxBuckets) return null
    return known.map((bucket, i) => bucket ?? this.#newBucket(numbers[i]!))
  }

  #newBucket(number: number): Bucket {
    const bucket = { files: [], open: new Array<null>(BLOCK_KINDS).fill(null), full: [] }
    this.#buckets.set(number, bucket)
    return bucket
  }

  /** Doubles the width of the buckets: neighbors become one. Files stay what they are. */
  #widen(): void {
    const wider = new Map<number, Bucket>()
    for (const [number, bucket] of this.#buckets) {
      const half = Math.floor(number / 2)
      const other = wider.get(half)
      if (other === undefined) {
        wider.set(half, bucket)
        continue
      }
      other.files.push(...bucket.files)
      other.full.push(...bucket.full, ...bucket.open.filter((block) => block !== null))
    }
    this.#buckets = wider
    this.#widthMs *= 2
  }

  #nextBlock(bucket: Bucket, kind: number): SpillBlock {
    const filled = bucket.open[kind]!
    if (filled !== null) bucket.full.push(filled)
    bucket.open[kind] = null
    const block = this.#free.pop() ?? this.#newBlock() ?? this.#freedBlock()
    block.open(kind)
    bucket.open[kind] = block
    return block
  }

  #newBlock(): SpillBlock | null {
    if (this.bufferBytes + BLOCK_BYTES > this.#memoryBytes) return null
    this.bufferBytes += BLOCK_BYTES
    return new SpillBlock(BLOCK_BYTES)
  }

  /** Writes the buckets that hold most until half of the memory is free. */
  #freedBlock(): SpillBlock {
    const wanted = this.#memoryBytes / BLOCK_BYTES / 2
    const fullest = [...this.#buckets.values()].sort((a, b) => blocksOf(b) - blocksOf(a))
    for (const bucket of fullest) {
      if (this.#free.length >= wanted) break
      this.#write(bucket)
    }
    return this.#free.pop()!
  }

  /** Appends what a bucket holds to its file and frees the blocks. */
  #write(bucket: Bucket): void {
    const blocks = [...bucket.full, ...bucket.open.filter((block) => block !== null)]
    if (blocks.length === 0) return
    if (bucket.files.length === 0) bucket.files.push({ name: `${this.#files++}.rows`, cuts: [0] })
    const target = bucket.files[0]!
    const path = join(this.#directory, target.name)
    try {
      const file = openSync(path, 'a')
      try {
        for (const block of blocks) {
          const bytes = block.seal()
          for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
          grow(target, bytes.length)
        }
      } finally {
        closeSync(file)
      }
    } catch (error) {
      const reason = (error as Error).message
      throw new DetectError('state', `cannot sort the input in ${path}: ${reason}`, {
        cause: error,
      })
    }
    this.#free.push(...blocks)
    bucket.full = []
    bucket.open.fill(null)
  }
}

/** Copies rows of a chunk behind those of a block, which must have room for them and be of their kind. */
function copyRows(
  { time, value, thing, metric, sizes, versions }: Chunk,
  rows: Int32Array,
  codes: Int32Array,
  block: SpillBlock,
): void {
  const { columns } = block
  const at = block.rows
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    columns.value[at + i] = value[row]!
    columns.time[at + i] = time[row]!
    columns.thing[at + i] = codes[thing[row]!]!
    columns.metric[at + i] = metric[row]!
  }
  if (sizes !== null) {
    copyColumn(sizes.min, rows, columns.min, at)
    copyColumn(sizes.sum, rows, columns.sum, at)
    copyColumn(sizes.count, rows, columns.count, at)
  }
  if (versions !== null) {
    copyColumn(versions.identity, rows, columns.identity, at)
    copyColumn(versions.version, rows, columns.version, at)
  }
  block.rows += rows.length
}

function copyColumn(from: Float64Array, rows: Int32Array, to: Float64Array, at: number): void {
  for (let i = 0; i < rows.length; i++) to[at + i] = from[rows[i]!]!
}

function blocksOf({ full, open }: Bucket): number {
  return full.length + open.filter((block) => block !== null).length
}

/** Counts a block on to a file's last segment, or begins another with it when that is long enough. */
function grow({ cuts }: SpillFile, bytes: number): void {
  const end = cuts[cuts.length - 1]!
  const begun = cuts[cuts.length - 2]
  if (begun === undefined || end - begun >= SEGMENT_BYTES) cuts.push(end + bytes)
  else cuts[cuts.length - 1] = end + bytes
}
