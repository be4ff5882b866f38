import { powerOfTen } from './elementary.ts'
import { BIN_SPAN, BIN_VALUE, binValue } from './float-bins.ts'
import { rarity, tailSize } from './pareto-tail.ts'

/**
 * What the model knows of one thing's residuals: a record of 32-bit words in a table, and behind the
 * table a list of the bins in its tails. All of it follows from the counts of its bins.
 */
export const TAIL_WORDS = 16

/** Words of a record. Score of the tail quantiles; datapoints (0: no record); the two quantiles. */
export const BASE = 0
export const COUNT = 1
export const QUANTILE = 2
/** xi / sigma of either side: the fleet's step fills it in. */
export const STEEPNESS = 4
/** Where its tail bins begin in the list: those above, greatest first, then those below, least first. */
export const TAIL_AT = 6
/** How many there are above (lower half of the word) and below (upper half). */
export const TAIL_LENGTHS = 7
/**
 * Twelve bins, ascending, as 16-bit halves: below the first and from the last on lie the tails; the
 * others tell the quarter of the score between them: from the sixth one down, and from the seventh
 * one up, it is at least 1/2, 3/4, 1, 5/4, 3/2.
 */
export const GATES = 8
export const GATE_COUNT = 12

/** What the fleet's step needs of a thing, in doubles. */
export const STATISTICS = 8
export const TAIL_SIZE = 0
export const DEVIATION = 1
export const MEAN_EXCESS = 2
export const SPREAD = 4

export const UPPER = 0
export const LOWER = 1
export type Side = typeof UPPER | typeof LOWER

/** A table of records, seen as its kinds of numbers. */
export interface TailTable {
  floats: Float32Array
  words: Uint32Array
  halves: Int16Array
}

export function tailTable(memory: ArrayBufferLike, at: number, records: number): TailTable {
  const words = records * TAIL_WORDS
  return {
    floats: new Float32Array(memory, at, words),
    words: new Uint32Array(memory, at, words),
    halves: new Int16Array(memory, at, words * 2),
  }
}

/** A multiset of bins, ascending; `length` of them are filled. */
export interface Counted {
  bins: Int16Array
  counts: Int32Array
  length: number
  /** The sum of the counts; 2 at least. */
  datapoints: number
}

/** The scores that begin the quarters, and the shares of datapoints they stand for. */
export const QUARTERS = [0.5, 0.75, 1, 1.25, 1.5] as const
export const SHARES: readonly number[] = QUARTERS.map((quarter) => powerOfTen(-quarter))
const NEVER_BELOW = -BIN_SPAN
const NEVER_ABOVE = BIN_SPAN - 1

/**
 * Writes a record but for its steepness and its tail bins, and its statistics. `twoSided` false: what is
 * too low is nothing special. `thing-tail.part.as.ts` does the same for the things of a slab.
 */
export function describeTail(
  counted: Counted,
  twoSided: boolean,
  { floats, halves }: TailTable,
  record: number,
  statistics: Float64Array,
  at: number,
): void {
  const { datapoints } = counted
  const size = tailSize(datapoints)
  const base = rarity(size, datapoints)
  const word = record * TAIL_WORDS
  const median = binValue(binAtRank(counted, datapoints >> 1))
  const upper = binFromAbove(counted, size)
  const lower = binAtRank(counted, size)
  floats[word + BASE] = base
  floats[word + COUNT] = datapoints
  floats[word + QUANTILE + UPPER] = binValue(upper)
  floats[word + QUANTILE + LOWER] = binValue(lower)
  statistics[at + TAIL_SIZE] = size
  statistics[at + DEVIATION] = deviation(counted, median)
  statistics[at + MEAN_EXCESS + UPPER] = excessAbove(counted, upper) / size
  statistics[at + MEAN_EXCESS + LOWER] = excessBelow(counted, lower) / size
  statistics[at + SPREAD + UPPER] = Math.abs(binValue(upper) - median)
  statistics[at + SPREAD + LOWER] = Math.abs(binValue(lower) - median)
  const gates = word * 2 + GATES * 2
  upperGates(counted, base, upper, halves, gates + GATE_COUNT / 2)
  if (twoSided) lowerGates(counted, base, lower, halves, gates)
  else halves.fill(NEVER_BELOW, gates, gates + GATE_COUNT / 2)
}

function binAtRank({ bins, counts, length }: Counted, rank: number): number {
  let before = 0
  let i = 0
  while (i < length - 1 && (before += counts[i]!) <= rank) i++
  return bins[i]!
}

/** Of ranks counted from the greatest datapoint. */
function binFromAbove({ bins, counts, length }: Counted, rank: number): number {
  let above = 0
  let i = length - 1
  while (i > 0 && (above += counts[i]!) <= rank) i--
  return bins[i]!
}

/** The standard deviation; values are taken relative to one in their midst, summed in ascending order. */
function deviation({ bins, counts, length, datapoints }: Counted, middle: number): number {
  let sum = 0
  let squares = 0
  for (let i = 0; i < length; i++) {
    const value = BIN_VALUE[BIN_SPAN + bins[i]!]! - middle
    const weighted = value * counts[i]!
    sum += weighted
    squares += weighted * value
  }
  const mean = sum / datapoints
  return Math.sqrt(Math.max(0, squares / datapoints - mean * mean))
}

function excessAbove({ bins, counts, length }: Counted, quantile: number): number {
  const from = binValue(quantile)
  let sum = 0
  for (let i = length - 1; bins[i]! > quantile; i--) sum += counts[i]! * (binValue(bins[i]!) - from)
  return sum
}

function excessBelow({ bins, counts }: Counted, quantile: number): number {
  const from = binValue(quantile)
  let sum = 0
  for (let i = 0; bins[i]! < quantile; i++) sum += counts[i]! * (from - binValue(bins[i]!))
  return sum
}

/** How many datapoints, ties counting half, the score of a quarter allows to be as extreme. */
function allowed(quarter: number, datapoints: number): number {
  return (datapoints + 1) * SHARES[quarter]! - 0.5
}

/**
 * The least bin of each quarter: a value there has no more datapoints above it, ties counting half,
 * than the quarter allows. Walks down from the greatest bin.
 */
function upperGates(
  { bins, counts, length, datapoints }: Counted,
  base: number,
  quantile: number,
  halves: Int16Array,
  at: number,
): void {
  const tail = Math.min(NEVER_ABOVE, quantile + 1)
  halves[at + QUARTERS.length] = tail
  let i = length - 1
  let above = 0
  for (let j = QUARTERS.length - 1; j >= 0; j--) {
    if (QUARTERS[j]! > base) {
      halves[at + j] = tail
      continue
    }
    const most = allowed(j, datapoints)
    while (i >= 0 && above + 0.5 * counts[i]! <= most) above += counts[i--]!
    const least = i < 0 ? bins[0]! : above <= most ? bins[i]! + 1 : bins[i + 1]!
    halves[at + j] = Math.min(tail, least)
  }
}

/** The same from below: a bin *below* the gate is in the quarter. */
function lowerGates(
  { bins, counts, length, datapoints }: Counted,
  base: number,
  quantile: number,
  halves: Int16Array,
  at: number,
): void {
  halves[at] = quantile
  let i = 0
  let below = 0
  for (let j = QUARTERS.length - 1; j >= 0; j--) {
    const gate = at + QUARTERS.length - j
    if (QUARTERS[j]! > base) {
      halves[gate] = quantile
      continue
    }
    const most = allowed(j, datapoints)
    while (i < length && below + 0.5 * counts[i]! <= most) below += counts[i++]!
    const first = i >= length ? bins[length - 1]! + 1 : below <= most ? bins[i]! : bins[i - 1]! + 1
    halves[gate] = Math.max(quantile, first)
  }
}

/** Lists the bins beyond the quantiles, each as often as it was seen; returns where the list ends. */
export function listTail(
  counted: Counted,
  { words, halves }: TailTable,
  record: number,
  tails: Int16Array,
  at: number,
): number {
  const { bins, counts, length } = counted
  const word = record * TAIL_WORDS
  const gates = word * 2 + GATES * 2
  const upper = halves[gates + GATE_COUNT - 1]!
  const lower = halves[gates]!
  let end = at
  for (let i = length - 1; i >= 0 && bins[i]! >= upper; i--) {
    for (let n = counts[i]!; n > 0; n--) tails[end++] = bins[i]!
  }
  const above = end - at
  for (let i = 0; i < length && bins[i]! < lower; i++) {
    for (let n = counts[i]!; n > 0; n--) tails[end++] = bins[i]!
  }
  words[word + TAIL_AT] = at
  words[word + TAIL_LENGTHS] = above | ((end - at - above) << 16)
  return end
}
