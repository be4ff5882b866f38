/** A count for every bin, in memory of zeros; by the number of the bin plus BIN_LIMIT. */
import { BIN_LIMIT } from './bins.ts'

/** Cells are gone through in blocks: those that never held anything are passed over. */
export const BLOCK_BITS = 9

export const CELLS: number = 2 * BIN_LIMIT + 1

export const BLOCKS: number = (CELLS >> BLOCK_BITS) + 1

export type Cells = Uint32Array | Float64Array

export interface FilledBins {
  /** The bins that hold something, ascending, and how many each holds; in shared memory. */
  bins: Int32Array
  counts: Float64Array
}

export function addCounts(
  bins: Int32Array,
  counts: Float64Array,
  cells: Cells,
  touched: Uint8Array,
): void {
  for (let i = 0; i < bins.length; i++) {
    const cell = BIN_LIMIT + bins[i]!
    cells[cell]! += counts[i]!
    touched[cell >> BLOCK_BITS] = 1
  }
}

export function addCells(from: Cells, touched: Uint8Array, to: Cells, toTouched: Uint8Array): void {
  for (let block = 0; block < BLOCKS; block++) {
    if (touched[block] === 0) continue
    toTouched[block] = 1
    const end = endOf(block)
    for (let cell = block << BLOCK_BITS; cell < end; cell++) to[cell]! += from[cell]!
  }
}

export function clearCells(cells: Cells, touched: Uint8Array): void {
  for (let block = 0; block < BLOCKS; block++) {
    if (touched[block] !== 0) cells.fill(0, block << BLOCK_BITS, endOf(block))
  }
  touched.fill(0)
}

function endOf(block: number): number {
  return Math.min(CELLS, (block + 1) << BLOCK_BITS)
}

/** Where `filledBins` puts what it finds before it knows how much that is; grows as needed. */
let found = { bins: new Int32Array(16_384), counts: new Float64Array(16_384) }

/** The bins of the cells that hold something. */
export function filledBins(cells: Cells, touched: Uint8Array): FilledBins {
  let length = 0
  for (let block = 0; block < BLOCKS; block++) {
    if (touched[block] === 0) continue
    if (found.bins.length - length < 1 << BLOCK_BITS) growFound()
    const { bins, counts } = found
    length = findFilled(cells, block << BLOCK_BITS, endOf(block), bins, counts, length)
  }
  const bins = new Int32Array(new SharedArrayBuffer(length * 4))
  const counts = new Float64Array(new SharedArrayBuffer(length * 8))
  bins.set(found.bins.subarray(0, length))
  counts.set(found.counts.subarray(0, length))
  return { bins, counts }
}

function growFound(): void {
  const { bins, counts } = found
  const length = bins.length * 2
  found = { bins: new Int32Array(length), counts: new Float64Array(length) }
  found.bins.set(bins)
  found.counts.set(counts)
}

/** Appends the filled ones of the cells [from, to); returns where they end. */
function findFilled(
  cells: Cells,
  from: number,
  to: number,
  bins: Int32Array,
  counts: Float64Array,
  length: number,
): number {
  let at = length
  for (let cell = from; cell < to; cell++) {
    const count = cells[cell]!
    if (count === 0) continue
    bins[at] = cell - BIN_LIMIT
    counts[at++] = count
  }
  return at
}
