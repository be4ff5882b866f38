import { threadId } from 'node:worker_threads'
import type { Columns, SeriesScores } from './model.ts'
import { CLAIMS, FIRST_STAGE, type SlabBlock, STAGE_BYTES, STAGES } from './series-slabs.ts'

/** Rows that a kernel takes at once: their columns stay in the processor's cache until they are copied. */
export const STAGE_ROWS = 1_024

/** What a row's flags say. */
export const UNWATCHED = 1
export const UNLEARNED = 2

/**
 * The stage of a block that is this thread's own: a kernel in WebAssembly sees one memory, that of the
 * series, so rows and scores cross it here. Behind them there is room for the kernel's tables.
 */
export class KernelStage {
  readonly thing: Int32Array
  readonly window: Int32Array
  readonly value: Float64Array
  readonly flags: Uint8Array
  readonly scores: SeriesScores
  /** Where all these begin, in the order in which kernels are told. */
  readonly places: readonly number[]
  /** Where there is room for tables, in bytes of the block. */
  readonly tables: number
  readonly end: number

  constructor(memory: SharedArrayBuffer, at: number) {
    this.end = at + STAGE_BYTES
    const take = (bytes: number): number => (at += STAGE_ROWS * bytes) - STAGE_ROWS * bytes
    this.value = new Float64Array(memory, take(8), STAGE_ROWS)
    this.thing = new Int32Array(memory, take(4), STAGE_ROWS)
    this.window = new Int32Array(memory, take(4), STAGE_ROWS)
    this.flags = new Uint8Array(memory, take(1), STAGE_ROWS)
    const column = (): Float32Array => new Float32Array(memory, take(4), STAGE_ROWS)
    this.scores = { s: column(), s0: column(), mean: column(), median: column(), slow: column() }
    const { mean, median, s, s0, slow } = this.scores
    const columns = [this.thing, this.window, this.value, this.flags, mean, median, s, s0, slow]
    this.places = columns.map(({ byteOffset }) => byteOffset)
    this.tables = (at + 63) & ~63
  }

  /** Brings the rows `[from, to)` in; returns whether they have flags. */
  enter(
    { thing, window, value, watched }: Columns,
    from: number,
    to: number,
    learned: Uint8Array | null,
  ): boolean {
    this.thing.set(thing.subarray(from, to))
    this.window.set(window.subarray(from, to))
    this.value.set(value.subarray(from, to))
    if (watched === null && learned === null) return false
    for (let row = from; row < to; row++) {
      const isOut = watched !== null && watched[thing[row]!] !== 1
      this.flags[row - from] = isOut ? UNWATCHED : learned?.[row] === 0 ? UNLEARNED : 0
    }
    return true
  }

  /** Puts tables behind the rows, from `at` on; returns where each is. */
  put(at: number, tables: readonly (Float64Array | Uint8Array)[]): number[] {
    let end = at
    return tables.map(({ buffer, byteOffset, byteLength }) => {
      const place = (end + 7) & ~7
      end = place + byteLength
      const bytes = new Uint8Array(buffer, byteOffset, byteLength)
      new Uint8Array(this.value.buffer, place, byteLength).set(bytes)
      return place
    })
  }

  /** Takes their scores out. */
  leave({ s, s0, mean, median, slow }: SeriesScores, from: number, to: number): void {
    const { scores } = this
    const rows = to - from
    s.set(scores.s.subarray(0, rows), from)
    s0.set(scores.s0.subarray(0, rows), from)
    mean.set(scores.mean.subarray(0, rows), from)
    median.set(scores.median.subarray(0, rows), from)
    slow.set(scores.slow.subarray(0, rows), from)
  }
}

/** This thread's stage in a block; null where more threads have come than there are stages. */
export function stageIn({ memory }: SlabBlock): KernelStage | null {
  const claims = new Int32Array(memory, CLAIMS, STAGES)
  const own = threadId + 1
  for (let i = 0; i < STAGES; i++) {
    const holder = Atomics.compareExchange(claims, i, 0, own)
    if (holder === 0 || holder === own)
      return new KernelStage(memory, FIRST_STAGE + i * STAGE_BYTES)
  }
  return null
}

/** Kernels by block, as long as they are not too many to remember. */
export class KernelsByBlock<Kernel> {
  readonly #known: Map<number, Kernel | null> = new Map()
  readonly #make: (block: SlabBlock, stage: KernelStage) => Kernel

  constructor(make: (block: SlabBlock, stage: KernelStage) => Kernel) {
    this.#make = make
  }

  /** Null where a block has no room for kernels, or not for this thread's. */
  of(block: SlabBlock): Kernel | null {
    if (block.wasm === null) return null
    const known = this.#known.get(block.id)
    if (known !== undefined) return known
    const stage = stageIn(block)
    const kernel = stage === null ? null : this.#make(block, stage)
    this.#known.set(block.id, kernel)
    if (this.#known.size > REMEMBERED) this.#known.delete(this.#known.keys().next().value!)
    return kernel
  }
}

const REMEMBERED = 32
