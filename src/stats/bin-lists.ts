import { BinCounts } from './bin-counts.ts'
import { BIN_SPAN } from './float-bins.ts'
import type { AtLeast } from './tail-model.ts'
import type { Counted } from './thing-tail.ts'

/** A multiset of bins on its way between threads, ascending. */
export interface BinList {
  bins: Int16Array
  counts: Int32Array
}

/** Memory that a thread uses again and again. */
const scratch: Counted = {
  bins: new Int16Array(2 * BIN_SPAN),
  counts: new Int32Array(2 * BIN_SPAN),
  length: 0,
  datapoints: 0,
}

export function addList(into: BinCounts, { bins, counts }: BinList): void {
  into.addCounted(bins, counts, bins.length)
}

/** Drains a multiset; what comes out holds until the next one is drained. */
export function drain(counts: BinCounts): Counted {
  scratch.length = counts.drain(scratch.bins, scratch.counts)
  let datapoints = 0
  for (let i = 0; i < scratch.length; i++) datapoints += scratch.counts[i]!
  scratch.datapoints = datapoints
  return scratch
}

/** Drains a multiset into shared memory of its own. */
export function drainList(counts: BinCounts): BinList {
  return sharedList(drain(counts))
}

/** A copy in shared memory. */
export function sharedList({ bins, counts, length }: Counted): BinList {
  const list = {
    bins: sharedHalves(bins, length),
    counts: new Int32Array(new SharedArrayBuffer(length * 4)),
  }
  list.counts.set(counts.subarray(0, length))
  return list
}

/** Drains a multiset into its table of how many lie at each bin or beyond. */
export function cumulated(counts: BinCounts): AtLeast {
  const { bins, counts: each, length } = drain(counts)
  if (length === 0) return { first: 0, counts: new Uint32Array(0) }
  const first = bins[0]!
  const table = new Uint32Array(bins[length - 1]! - first + 1)
  for (let i = 0; i < length; i++) table[bins[i]! - first] = each[i]!
  for (let i = table.length - 2; i >= 0; i--) table[i]! += table[i + 1]!
  return { first, counts: table }
}

/** A copy of the first `length` in shared memory. */
export function sharedHalves(column: Int16Array, length: number): Int16Array {
  const shared = new Int16Array(new SharedArrayBuffer(length * 2))
  shared.set(column.subarray(0, length))
  return shared
}
