// AssemblyScript, compiled into run-merge.wasm.ts: what bin-counts.ts and thing-tail.ts do, for the seats of
// a slab; see run-merger.ts. Arguments are addresses, seats, days and counts.
import {
  addRuns,
  addTo,
  binOf,
  BLOCK_BITS,
  collect,
  collected,
  fillTables,
  LEAST_BIN,
  SPAN,
  valueOf,
} from './bin-cells.part.as'
import {
  describeTail,
  LOWER,
  QUANTILES,
  STEEPNESS,
  TAIL_AT,
  TAIL_LENGTHS,
  UPPER,
} from './thing-tail.part.as'

export { collected }
export { quarters } from './thing-tail.part.as'

const LAST_CELL: i32 = 2 * SPAN - 1

let countsAt: usize = 0
let marksAt: usize = 0
let bitsAt: usize = 0
let binsAt: usize = 0
let sumsAt: usize = 0
let allCountsAt: usize = 0
let allMarksAt: usize = 0

/**
 * Counts of all bins, marks of their blocks and a bit for each bin, zeros; where what is found goes: i16
 * bins, i32 counts; and counts and marks of a second kind.
 */
export function places(
  counts: usize,
  marks: usize,
  bits: usize,
  bins: usize,
  sums: usize,
  allCounts: usize,
  allMarks: usize,
): void {
  countsAt = counts
  marksAt = marks
  bitsAt = bits
  binsAt = bins
  sumsAt = sums
  allCountsAt = allCounts
  allMarksAt = allMarks
  fillTables()
}

/**
 * Describes the tails of the seats [from, to) that have `least` datapoints on all days together: their
 * records, statistics and tail bins, from `tailsEnd` on; returns where these end. `starts` and `runs` are
 * columns of addresses.
 */
export function describe(
  from: i32,
  to: i32,
  least: i32,
  days: i32,
  starts: usize,
  runs: usize,
  twoSided: bool,
  records: usize,
  statistics: usize,
  tails: usize,
  tailsEnd: usize,
): usize {
  let end = tailsEnd
  for (let seat = from; seat < to; seat++) {
    const length = merge(seat, days, starts, runs)
    if (collected() < least) continue
    const record = records + ((<usize>seat) << 6)
    const own = statistics + ((<usize>seat) << 6)
    end = describeTail(binsAt, sumsAt, length, collected(), twoSided, record, own, tails, end)
  }
  return end
}

/** Merges a seat's runs of all days; returns the bins filled. */
function merge(seat: i32, days: i32, starts: usize, runs: usize): i32 {
  let low = LAST_CELL
  let high = 0
  for (let day = 0; day < days; day++) {
    const start = load<usize>(starts + ((<usize>day) << 2)) + ((<usize>seat) << 2)
    const first = load<usize>(runs + ((<usize>day) << 2))
    const at = first + (load<usize>(start) << 1)
    const end = first + (load<usize>(start, 4) << 1)
    if (at == end) continue
    low = min(low, <i32>load<i16>(at) + SPAN)
    high = max(high, addRuns(countsAt, marksAt, at, end))
  }
  return collect(countsAt, marksAt, low >> BLOCK_BITS, high >> BLOCK_BITS, binsAt, sumsAt)
}

/**
 * Writes the runs of `count` bins, in any order, to `runs`, and adds them to those of the slab; returns
 * where the runs end.
 */
export function close(log: usize, count: i32, runs: usize): usize {
  let low = LAST_CELL
  let high = 0
  for (let i = 0; i < count; i++) {
    const cell = <i32>load<i16>(log + ((<usize>i) << 1)) + SPAN
    const at = countsAt + ((<usize>cell) << 2)
    store<i32>(at, load<i32>(at) + 1)
    const word = bitsAt + ((<usize>(cell >> BLOCK_BITS)) << 3)
    store<u64>(word, load<u64>(word) | ((<u64>1) << (<u64>(cell & 63))))
    low = min(low, cell)
    high = max(high, cell)
  }
  let end = runs
  for (let block = low >> BLOCK_BITS; block <= high >> BLOCK_BITS; block++) {
    const word = bitsAt + ((<usize>block) << 3)
    let filled = load<u64>(word)
    store<u64>(word, 0)
    while (filled != 0) {
      const cell = (block << BLOCK_BITS) + <i32>ctz(filled)
      filled &= filled - 1
      const at = countsAt + ((<usize>cell) << 2)
      const times = load<i32>(at)
      store<i32>(at, 0)
      addTo(allCountsAt, allMarksAt, cell, times)
      store<i16>(end, cell - SPAN)
      end += 2
      for (let more = times - 1; more > 0; more -= LEAST_BIN - 1) {
        store<i16>(end, min(more, LEAST_BIN - 1))
        end += 2
      }
    }
  }
  return end
}

/** Adds bins and their counts. */
export function addList(bins: usize, counts: usize, length: i32): void {
  for (let i = 0; i < length; i++) {
    const cell = <i32>load<i16>(bins + ((<usize>i) << 1)) + SPAN
    addTo(allCountsAt, allMarksAt, cell, load<i32>(counts + ((<usize>i) << 2)))
  }
}

/** Takes out what was added of the slab; returns the bins filled. */
export function closeAll(): i32 {
  return collect(allCountsAt, allMarksAt, 0, LAST_CELL >> BLOCK_BITS, binsAt, sumsAt)
}

/**
 * Adds up the bins of the excesses in the tails of the first `seats` seats, each in units of its own mean
 * excess; `ratio` is what a steepness is divided by for that. `collectUpper` and `closeAll` take them out.
 */
export function addExcesses(seats: i32, records: usize, tails: usize, ratio: f64): void {
  for (let seat = 0; seat < seats; seat++) {
    const record = records + ((<usize>seat) << 6)
    const lengths = load<u32>(record, TAIL_LENGTHS)
    const from = tails + ((<usize>load<u32>(record, TAIL_AT)) << 1)
    const middle = from + ((<usize>(lengths & 0xffff)) << 1)
    const end = middle + ((<usize>(lengths >> 16)) << 1)
    addSide(record + (UPPER << 2), from, middle, ratio, countsAt, marksAt)
    addSide(record + (LOWER << 2), middle, end, ratio, allCountsAt, allMarksAt)
  }
}

function addSide(
  record: usize,
  from: usize,
  to: usize,
  ratio: f64,
  cells: usize,
  marks: usize,
): void {
  const quantile = <f64>load<f32>(record, QUANTILES)
  const steepness = <f64>load<f32>(record, STEEPNESS)
  for (let at = from; at < to; at += 2) {
    const excess = abs(<f64>valueOf(<i32>load<i16>(at)) - quantile)
    addTo(cells, marks, binOf(<f32>(excess * steepness * ratio)) + SPAN, 1)
  }
}

export function collectUpper(): i32 {
  return collect(countsAt, marksAt, 0, LAST_CELL >> BLOCK_BITS, binsAt, sumsAt)
}
