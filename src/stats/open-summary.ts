import {
  addCells,
  addCounts,
  BLOCK_BITS,
  BLOCKS,
  CELLS,
  clearCells,
  filledBins,
} from './bin-cells.ts'
import { BIN_LIMIT, binOfHighWord } from './bins.ts'
import { EMPTY_SUMMARY, MAX_DECIMALS, type Summary } from './summary.ts'

const MOMENTS_BYTES = 32

const HEADER_BYTES = (MOMENTS_BYTES + BLOCKS + 63) & ~63

/** Size of an open summary's memory; pages never touched cost nothing. */
export const OPEN_SUMMARY_BYTES: number = (HEADER_BYTES + CELLS * 4 + 63) & ~63

/**
 * A summary that is still being written, as a view over (shared) memory of zeros: one per behavior,
 * day and lane, so that no two threads write one.
 */
export class OpenSummary {
  readonly #header: Float64Array
  readonly #cells: Uint32Array
  /** 1 for a block of cells that may hold something. */
  readonly #touched: Uint8Array

  /** `at` is where in the memory it lies, a multiple of 8. */
  constructor(memory: SharedArrayBuffer | ArrayBuffer, at = 0) {
    this.#header = new Float64Array(memory, at, 4)
    this.#touched = new Uint8Array(memory, at + MOMENTS_BYTES, BLOCKS)
    this.#cells = new Uint32Array(memory, at + HEADER_BYTES, CELLS)
  }

  get count(): number {
    return this.#header[0]!
  }

  /** Adds `values[from, to)`, all finite; with `watched`, only rows whose `thing` it marks with 1. */
  add(
    values: Float64Array,
    from: number,
    to: number,
    things: Int32Array | null = null,
    watched: Uint8Array | null = null,
  ): void {
    if (watched !== null) {
      this.#addWatched(values, from, to, things!, watched)
      return
    }
    if (from === to) return
    const highWords = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
    countBins(highWords, from, to, this.#cells, this.#touched)
    const header = this.#header
    const filled = header[0]! > 0
    header[0]! += to - from
    // Adding 0 makes a negative zero positive: which of the two came first must not matter.
    header[1] = least(values, from, to, filled ? header[1]! : Number.POSITIVE_INFINITY) + 0
    header[2] = greatest(values, from, to, filled ? header[2]! : Number.NEGATIVE_INFINITY) + 0
    header[3] = decimalsOf(values, from, to, header[3]!)
  }

  #addWatched(
    values: Float64Array,
    from: number,
    to: number,
    things: Int32Array,
    watched: Uint8Array,
  ): void {
    const own = new Float64Array(to - from)
    let rows = 0
    for (let i = from; i < to; i++) if (watched[things[i]!] === 1) own[rows++] = values[i]!
    this.add(own, 0, rows)
  }

  close(): Summary {
    const [count, min, max, decimals] = this.#header as unknown as [number, number, number, number]
    if (count === 0) return EMPTY_SUMMARY
    return { count, min, max, decimals, ...filledBins(this.#cells, this.#touched) }
  }

  /** As the merge of the closed summaries, which are empty then; none is scanned twice. */
  static closeAll(summaries: readonly OpenSummary[]): Summary {
    const [first, ...others] = summaries.filter(({ count }) => count > 0)
    if (first === undefined) return EMPTY_SUMMARY
    for (const other of others) first.#moveIn(other)
    const closed = first.close()
    first.clear()
    return closed
  }

  #moveIn(other: OpenSummary): void {
    const [count, min, max, decimals] = other.#header as unknown as [number, number, number, number]
    const header = this.#header
    header[0]! += count
    header[1] = Math.min(header[1]!, min)
    header[2] = Math.max(header[2]!, max)
    header[3] = Math.max(header[3]!, decimals)
    addCells(other.#cells, other.#touched, this.#cells, this.#touched)
    other.clear()
  }

  /** Adds the datapoints of a closed summary. */
  merge({ count, min, max, decimals, bins, counts }: Summary): void {
    if (count === 0) return
    const header = this.#header
    const filled = header[0]! > 0
    header[0]! += count
    header[1] = filled ? Math.min(header[1]!, min) : min
    header[2] = filled ? Math.max(header[2]!, max) : max
    header[3] = Math.max(header[3]!, decimals)
    addCounts(bins, counts, this.#cells, this.#touched)
  }

  clear(): void {
    clearCells(this.#cells, this.#touched)
    this.#header.fill(0)
  }
}

/** The loops over a column, each small enough to stay in the processor's registers. */
function countBins(
  highWords: Int32Array,
  from: number,
  to: number,
  cells: Uint32Array,
  touched: Uint8Array,
): void {
  for (let i = from; i < to; i++) {
    const cell = BIN_LIMIT + binOfHighWord(highWords[2 * i + 1]!)
    cells[cell]!++
    touched[cell >> BLOCK_BITS] = 1
  }
}

function least(values: Float64Array, from: number, to: number, start: number): number {
  let min = start
  for (let i = from; i < to; i++) if (values[i]! < min) min = values[i]!
  return min
}

function greatest(values: Float64Array, from: number, to: number, start: number): number {
  let max = start
  for (let i = from; i < to; i++) if (values[i]! > max) max = values[i]!
  return max
}

/** How many decimals it takes to write the values, at least `start`; beyond MAX_DECIMALS it is one more. */
function decimalsOf(values: Float64Array, from: number, to: number, start: number): number {
  let decimals = start
  let scale = 10 ** decimals
  for (let i = from; i < to && decimals <= MAX_DECIMALS; i++) {
    const value = values[i]!
    if (isWritten(value, scale)) continue
    // Of huge values rounding may spoil a scale although a smaller one does: each counts for itself,
    // or the order of the values would matter.
    decimals = Math.max(decimals, leastDecimals(value))
    scale = 10 ** decimals
  }
  return decimals
}

function leastDecimals(value: number): number {
  let decimals = 0
  while (decimals <= MAX_DECIMALS && !isWritten(value, 10 ** decimals)) decimals++
  return decimals
}

function isWritten(value: number, scale: number): boolean {
  return Math.round(value * scale) / scale === value
}
