import { addCounts, BLOCKS, CELLS, clearCells, type FilledBins, filledBins } from './bin-cells.ts'

/**
 * What training keeps of a stretch of datapoints: integer counts in fixed bins, minimum and maximum.
 * Merging is exact, associative and commutative: `merge(summary(a), summary(b)) = summary(a ++ b)`.
 */
export interface Summary extends FilledBins {
  count: number
  /** +Infinity and -Infinity when empty. */
  min: number
  max: number
  /** Decimals it takes to write every value: 0 for whole numbers, 7 for more than six. */
  decimals: number
}

/** Values that need more are taken to have any number of decimals. */
export const MAX_DECIMALS = 6

export const EMPTY_SUMMARY: Summary = {
  count: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  decimals: 0,
  bins: new Int32Array(0),
  counts: new Float64Array(0),
}

export function mergeSummaries(summaries: readonly Summary[]): Summary {
  const filled = summaries.filter((summary) => summary.count > 0)
  const bins = filled.reduce((sum, summary) => sum + summary.bins.length, 0)
  if (filled.length > 2 && bins >= DENSE_BINS) return mergeDense(filled)
  return mergeHalves(filled, 0, filled.length)
}

/** Many bins are added in cells of their own, which a thread uses again and again. */
const DENSE_BINS = 4_096

let dense: { cells: Float64Array; touched: Uint8Array } | null = null

function mergeDense(summaries: readonly Summary[]): Summary {
  dense ??= { cells: new Float64Array(CELLS), touched: new Uint8Array(BLOCKS) }
  const { cells, touched } = dense
  const merged = { count: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }
  let decimals = 0
  for (const summary of summaries) {
    merged.count += summary.count
    merged.min = Math.min(merged.min, summary.min)
    merged.max = Math.max(merged.max, summary.max)
    decimals = Math.max(decimals, summary.decimals)
    addCounts(summary.bins, summary.counts, cells, touched)
  }
  const filled = filledBins(cells, touched)
  clearCells(cells, touched)
  return { ...merged, decimals, ...filled }
}

/** Merges `summaries[from, to)`, none empty: halves first, so that long lists are gone through seldom. */
function mergeHalves(summaries: readonly Summary[], from: number, to: number): Summary {
  if (from === to) return EMPTY_SUMMARY
  if (to - from === 1) return summaries[from]!
  const middle = (from + to) >> 1
  return mergeTwo(mergeHalves(summaries, from, middle), mergeHalves(summaries, middle, to))
}

function mergeTwo(a: Summary, b: Summary): Summary {
  const most = a.bins.length + b.bins.length
  const bins = new Int32Array(new SharedArrayBuffer(most * 4))
  const counts = new Float64Array(new SharedArrayBuffer(most * 8))
  const length = mergeBins(a, b, bins, counts)
  return {
    count: a.count + b.count,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    decimals: Math.max(a.decimals, b.decimals),
    bins: bins.subarray(0, length),
    counts: counts.subarray(0, length),
  }
}

/** Merges two ascending lists of bins, adding the counts of those in both; returns the length. */
function mergeBins(a: Summary, b: Summary, bins: Int32Array, counts: Float64Array): number {
  let i = 0
  let j = 0
  let at = 0
  while (i < a.bins.length && j < b.bins.length) {
    const left = a.bins[i]!
    const right = b.bins[j]!
    bins[at] = left < right ? left : right
    counts[at++] = (left <= right ? a.counts[i]! : 0) + (right <= left ? b.counts[j]! : 0)
    if (left <= right) i++
    if (right <= left) j++
  }
  const [rest, from] = i < a.bins.length ? [a, i] : [b, j]
  bins.set(rest.bins.subarray(from), at)
  counts.set(rest.counts.subarray(from), at)
  return at + rest.bins.length - from
}
