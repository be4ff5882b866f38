// AssemblyScript, part of run-merge.as.ts: what thing-tail.ts does with the bins of a thing, to the same bits.
// Bins are i16, ascending, counts i32; `length` of both are filled, with `datapoints` altogether. Other
// arguments are addresses.

import { valueOf, valuesOf } from './bin-cells.part.as'

/** -log10 of the share of `extreme` among `count`, never certain. */
declare function rarity(extreme: f64, count: f64): f64

const TAIL_SHARE: f64 = 0.02
const LEAST_TAIL: i32 = 10

/** Offsets in a record. */
const BASE: usize = 0
const COUNT: usize = 4
export const QUANTILES: usize = 8
export const STEEPNESS: usize = 16
export const TAIL_AT: usize = 24
export const TAIL_LENGTHS: usize = 28
const GATES: usize = 32
/** Of either side; the last one above and the first one below begin the tails. */
const SIDE_GATES: i32 = 6
const QUARTERS: i32 = 5

/** Offsets in statistics. */
const TAIL_SIZE: usize = 0
const DEVIATION: usize = 8
const MEAN_EXCESS: usize = 16
const SPREAD: usize = 32
export const UPPER: usize = 0
export const LOWER: usize = 1

const NEVER_BELOW: i32 = -0x8000
const NEVER_ABOVE: i32 = 0x7fff

let scoresAt: usize = 0
let sharesAt: usize = 0

/** The scores that begin the quarters (f64), ascending, and the shares of datapoints they stand for. */
export function quarters(scores: usize, shares: usize): void {
  scoresAt = scores
  sharesAt = shares
}

let bins: usize = 0
let counts: usize = 0
let length: i32 = 0
let datapoints: i32 = 0

// @inline
function bin(i: i32): i32 {
  return <i32>load<i16>(bins + ((<usize>i) << 1))
}

// @inline
function count(i: i32): i32 {
  return load<i32>(counts + ((<usize>i) << 2))
}

/** Writes a record but for its steepness, its statistics, and the bins in its tails; returns where these end. */
export function describeTail(
  theBins: usize,
  theCounts: usize,
  theLength: i32,
  theDatapoints: i32,
  twoSided: bool,
  record: usize,
  statistics: usize,
  tails: usize,
  tailsEnd: usize,
): usize {
  bins = theBins
  counts = theCounts
  length = theLength
  datapoints = theDatapoints
  const share = <i32>floor(TAIL_SHARE * <f64>datapoints)
  const size = min(max(LEAST_TAIL, share), datapoints - 1)
  const base = rarity(<f64>size, <f64>datapoints)
  const median = <f64>valueOf(binAtRank(datapoints >> 1))
  const upper = binFromAbove(size)
  const lower = binAtRank(size)
  store<f32>(record, <f32>base, BASE)
  store<f32>(record, <f32>datapoints, COUNT)
  store<f32>(record + (UPPER << 2), valueOf(upper), QUANTILES)
  store<f32>(record + (LOWER << 2), valueOf(lower), QUANTILES)
  store<f64>(statistics, <f64>size, TAIL_SIZE)
  store<f64>(statistics, deviation(median), DEVIATION)
  store<f64>(statistics + (UPPER << 3), excessAbove(upper) / <f64>size, MEAN_EXCESS)
  store<f64>(statistics + (LOWER << 3), excessBelow(lower) / <f64>size, MEAN_EXCESS)
  store<f64>(statistics + (UPPER << 3), abs(<f64>valueOf(upper) - median), SPREAD)
  store<f64>(statistics + (LOWER << 3), abs(<f64>valueOf(lower) - median), SPREAD)
  const gates = record + GATES
  upperGates(base, upper, gates + SIDE_GATES * 2)
  if (twoSided) lowerGates(base, lower, gates)
  else for (let i = 0; i < SIDE_GATES; i++) store<i16>(gates + ((<usize>i) << 1), NEVER_BELOW)
  return listTail(record, tails, tailsEnd)
}

/** Of sixteen counts, a step by which walks get ahead. */
const STEP: i32 = 16

/** The counts at [i, i + STEP) together. */
// @inline
function countOfStep(i: i32): i32 {
  const at = counts + ((<usize>i) << 2)
  const a = i32x4.add(v128.load(at), v128.load(at, 16))
  const b = i32x4.add(v128.load(at, 32), v128.load(at, 48))
  const c = i32x4.add(a, b)
  const d = i32x4.add(c, i32x4.shuffle(c, c, 2, 3, 0, 1))
  return i32x4.extract_lane(d, 0) + i32x4.extract_lane(d, 1)
}

function binAtRank(rank: i32): i32 {
  let before = 0
  let i = 0
  while (i + STEP < length) {
    const step = countOfStep(i)
    if (before + step > rank) break
    before += step
    i += STEP
  }
  while (i < length - 1) {
    before += count(i)
    if (before > rank) break
    i++
  }
  return bin(i)
}

/** Of ranks counted from the greatest datapoint. */
function binFromAbove(rank: i32): i32 {
  let above = 0
  let i = length - 1
  while (i > 0) {
    above += count(i)
    if (above > rank) break
    i--
  }
  return bin(i)
}

/** The standard deviation; values are taken relative to one in their midst, summed in ascending order. */
function deviation(middle: f64): f64 {
  // Sum and sum of squares beside one another. Behind the last count there are zeros, which add nothing.
  v128.store(counts + ((<usize>length) << 2), i32x4.splat(0))
  const from = f64x2.splat(middle)
  let sums = f64x2.splat(0)
  for (let i = 0; i < length; i += 4) {
    const values = valuesOf(v128.load64_zero(bins + ((<usize>i) << 1)))
    const each = v128.load(counts + ((<usize>i) << 2))
    const a = f64x2.sub(f64x2.promote_low_f32x4(values), from)
    const b = f64x2.sub(f64x2.promote_low_f32x4(i32x4.shuffle(values, values, 2, 3, 2, 3)), from)
    const weightedA = f64x2.mul(a, f64x2.convert_low_i32x4_s(each))
    const weightedB = f64x2.mul(b, f64x2.convert_low_i32x4_s(i32x4.shuffle(each, each, 2, 3, 2, 3)))
    const squaresA = f64x2.mul(weightedA, a)
    const squaresB = f64x2.mul(weightedB, b)
    sums = f64x2.add(sums, i64x2.shuffle(weightedA, squaresA, 0, 2))
    sums = f64x2.add(sums, i64x2.shuffle(weightedA, squaresA, 1, 3))
    sums = f64x2.add(sums, i64x2.shuffle(weightedB, squaresB, 0, 2))
    sums = f64x2.add(sums, i64x2.shuffle(weightedB, squaresB, 1, 3))
  }
  const mean = f64x2.extract_lane(sums, 0) / <f64>datapoints
  const square = f64x2.extract_lane(sums, 1) / <f64>datapoints
  return sqrt(max<f64>(0, square - mean * mean))
}

function excessAbove(quantile: i32): f64 {
  const from = <f64>valueOf(quantile)
  let sum: f64 = 0
  for (let i = length - 1; bin(i) > quantile; i--) {
    sum += <f64>count(i) * (<f64>valueOf(bin(i)) - from)
  }
  return sum
}

function excessBelow(quantile: i32): f64 {
  const from = <f64>valueOf(quantile)
  let sum: f64 = 0
  for (let i = 0; bin(i) < quantile; i++) sum += <f64>count(i) * (from - <f64>valueOf(bin(i)))
  return sum
}

/** How many datapoints, counted twice and ties once, the score of a quarter allows to be as extreme. */
// @inline
function allowed(quarter: i32): i32 {
  const most = <f64>(datapoints + 1) * load<f64>(sharesAt + ((<usize>quarter) << 3)) - 0.5
  return <i32>floor(2 * most)
}

// @inline
function isBeyond(quarter: i32, base: f64): bool {
  return load<f64>(scoresAt + ((<usize>quarter) << 3)) > base
}

/** The least bin of each quarter; walks down from the greatest bin. */
function upperGates(base: f64, quantile: i32, gates: usize): void {
  const tail = min(NEVER_ABOVE, quantile + 1)
  store<i16>(gates + (QUARTERS << 1), tail)
  let i = length - 1
  let above = 0
  for (let j = QUARTERS - 1; j >= 0; j--) {
    let gate = tail
    if (!isBeyond(j, base)) {
      const most = allowed(j)
      for (; i >= STEP; i -= STEP) {
        const step = countOfStep(i + 1 - STEP)
        if (2 * (above + step) > most) break
        above += step
      }
      while (i >= 0 && 2 * above + count(i) <= most) above += count(i--)
      gate = i < 0 ? bin(0) : 2 * above <= most ? bin(i) + 1 : bin(i + 1)
    }
    store<i16>(gates + ((<usize>j) << 1), min(tail, gate))
  }
}

/** The same from below: a bin *below* the gate is in the quarter. */
function lowerGates(base: f64, quantile: i32, gates: usize): void {
  store<i16>(gates, quantile)
  let i = 0
  let below = 0
  for (let j = QUARTERS - 1; j >= 0; j--) {
    let gate = quantile
    if (!isBeyond(j, base)) {
      const most = allowed(j)
      for (; i + STEP < length; i += STEP) {
        const step = countOfStep(i)
        if (2 * (below + step) > most) break
        below += step
      }
      while (i < length && 2 * below + count(i) <= most) below += count(i++)
      gate = i >= length ? bin(length - 1) + 1 : 2 * below <= most ? bin(i) : bin(i - 1) + 1
    }
    store<i16>(gates + ((<usize>(QUARTERS - j)) << 1), max(quantile, gate))
  }
}

/** Lists the bins beyond the quantiles, each as often as it was seen; returns where the list ends. */
function listTail(record: usize, tails: usize, from: usize): usize {
  const upper = <i32>load<i16>(record, GATES + 2 * (2 * SIDE_GATES - 1))
  const lower = <i32>load<i16>(record, GATES)
  let end = from
  for (let i = length - 1; i >= 0 && bin(i) >= upper; i--) {
    for (let n = count(i); n > 0; n--, end += 2) store<i16>(end, bin(i))
  }
  const above = <u32>((end - from) >> 1)
  for (let i = 0; i < length && bin(i) < lower; i++) {
    for (let n = count(i); n > 0; n--, end += 2) store<i16>(end, bin(i))
  }
  const all = <u32>((end - from) >> 1)
  store<u32>(record, <u32>((from - tails) >> 1), TAIL_AT)
  store<u32>(record, above | ((all - above) << 16), TAIL_LENGTHS)
  return end
}
