import { BIN_LIMIT, binEdges, binOf, binOfHighWord } from './bins.ts'

/**
 * What training keeps of a stretch of datapoints: integer counts in fixed bins, minimum and maximum.
 * Merging is exact, associative and commutative: `merge(summary(a), summary(b)) = summary(a ++ b)`.
 */
export interface Summary {
  count: number
  /** +Infinity and -Infinity when empty. */
  min: number
  max: number
  /** Decimals it takes to write every value: 0 for whole numbers, 7 for more than six. */
  decimals: number
  /** The bins that hold something, ascending, and how many each holds; in shared memory. */
  bins: Int32Array
  counts: Float64Array
}

const HEADER_BYTES = 32
/** Values that need more are taken to have any number of decimals. */
const MAX_DECIMALS = 6
const CELLS = 2 * BIN_LIMIT + 1

/** Size of an open summary's memory; pages never touched cost nothing. */
export const OPEN_SUMMARY_BYTES: number = (HEADER_BYTES + CELLS * 4 + 63) & ~63

/**
 * A summary that is still being written, as a view over (shared) memory of zeros: one per behavior,
 * day and lane, so that no two threads write one.
 */
export class OpenSummary {
  readonly #header: Float64Array
  readonly #cells: Uint32Array

  /** `at` is where in the memory it lies, a multiple of 8. */
  constructor(memory: SharedArrayBuffer | ArrayBuffer, at = 0) {
    this.#header = new Float64Array(memory, at, 4)
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
    countBins(highWords, from, to, this.#cells)
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
    const first = BIN_LIMIT + binOf(min)
    return fromCells(
      { count, min, max, decimals },
      this.#cells.subarray(first, BIN_LIMIT + binOf(max) + 1),
      binOf(min),
    )
  }

  /** Takes a closed summary back in, as when a run resumes in the middle of a day. */
  restore(summary: Summary): void {
    if (summary.count === 0) return
    this.#header.set([summary.count, summary.min, summary.max, summary.decimals])
    summary.bins.forEach((bin, i) => {
      this.#cells[BIN_LIMIT + bin] = summary.counts[i]!
    })
  }

  clear(): void {
    if (this.count > 0) {
      this.#cells.fill(
        0,
        BIN_LIMIT + binOf(this.#header[1]!),
        BIN_LIMIT + binOf(this.#header[2]!) + 1,
      )
    }
    this.#header.fill(0)
  }
}

/** The loops over a column, each small enough to stay in the processor's registers. */
function countBins(highWords: Int32Array, from: number, to: number, cells: Uint32Array): void {
  for (let i = from; i < to; i++) cells[BIN_LIMIT + binOfHighWord(highWords[2 * i + 1]!)]!++
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
  return mergeHalves(filled, 0, filled.length)
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

/**
 * The value at `rank` (0-based) of the summarised values in ascending order: exact at both ends and
 * wherever a bin holds a single possible value, within the bin's 0.05 % elsewhere.
 */
export class OrderStatistics {
  readonly #summary: Summary
  /** Number of values before each bin. */
  readonly #before: Float64Array

  constructor(summary: Summary) {
    this.#summary = summary
    this.#before = new Float64Array(summary.counts.length)
    let sum = 0
    for (let i = 0; i < summary.counts.length; i++) {
      this.#before[i] = sum
      sum += summary.counts[i]!
    }
  }

  /** `share`, if given, is where in its bin the value is taken to lie: 0 at the low end, 1 at the high. */
  at(rank: number, share?: number): number {
    const { count, min, max, bins, counts, decimals } = this.#summary
    if (rank <= 0) return min
    if (rank >= count - 1) return max
    const i = this.#indexOf(rank)
    const bin = bins[i]!
    const [inner, outer] = binEdges(bin)
    const ordinal = rank - this.#before[i]!
    const place = share ?? (ordinal + 0.5) / counts[i]!
    const magnitude = inner + (bin < 0 ? 1 - place : place) * (outer - inner)
    const value = bin < 0 ? -magnitude : bin === 0 ? 0 : magnitude
    return Math.min(max, Math.max(min, written(value, decimals, inner, outer)))
  }

  /**
   * The quantile `q` in [0, 1], counted from the least value up (`above`) or from the greatest down
   * (`below`), interpolated linearly between order statistics (as SQL's quantile_cont). A bin's values
   * are taken to lie at its far end, so that one that many datapoints share is not beyond it.
   */
  tailQuantile(q: number, side: 'above' | 'below'): number {
    const last = this.#summary.count - 1
    const position = last * q
    const rank = Math.floor(position)
    const near = side === 'above' ? this.at(rank, 1) : this.at(last - rank, 0)
    if (position === rank) return near
    const far = side === 'above' ? this.at(rank + 1, 1) : this.at(last - rank - 1, 0)
    return near + (position - rank) * (far - near)
  }

  /** The last bin that starts at or before `rank`. */
  #indexOf(rank: number): number {
    let low = 0
    let high = this.#before.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#before[middle]! <= rank) low = middle
      else high = middle - 1
    }
    return low
  }
}

/**
 * The number nearest to `value` among those with so many decimals whose magnitude lies in
 * [inner, outer); `value` itself where decimals do not say anything.
 */
function written(value: number, decimals: number, inner: number, outer: number): number {
  if (decimals > MAX_DECIMALS) return value
  const scale = 10 ** decimals
  let steps = Math.round(Math.abs(value) * scale)
  if (!Number.isSafeInteger(steps)) return value
  while (steps / scale >= outer) steps--
  while (steps / scale < inner) steps++
  const magnitude = steps / scale
  if (magnitude >= outer) return value
  return value < 0 ? -magnitude : magnitude
}

function fromCells(
  moments: Pick<Summary, 'count' | 'min' | 'max' | 'decimals'>,
  cells: ArrayLike<number>,
  firstBin: number,
): Summary {
  let filled = 0
  for (let i = 0; i < cells.length; i++) if (cells[i] !== 0) filled++
  const bins = new Int32Array(new SharedArrayBuffer(filled * 4))
  const counts = new Float64Array(new SharedArrayBuffer(filled * 8))
  for (let i = 0, at = 0; i < cells.length; i++) {
    if (cells[i] === 0) continue
    bins[at] = firstBin + i
    counts[at++] = cells[i]!
  }
  return { ...moments, bins, counts }
}
