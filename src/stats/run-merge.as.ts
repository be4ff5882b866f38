// AssemblyScript, compiled into run-merge.wasm.ts: what bin-counts.ts does, for the seats of a slab; see
// run-merger.ts. Arguments are addresses, seats, days and counts.

const LEAST_BIN: i32 = 4096
const SPAN: i32 = 0x8000
/** Of the bins' bit patterns, see float-bins.ts. */
const SHIFT: i32 = 15
const OFFSET: i32 = ((127 - 40) << 8) - LEAST_BIN
/** Cells of a block; a byte tells which blocks hold something. */
const BLOCK_BITS: i32 = 6

let countsAt: usize = 0
let touchedAt: usize = 0
let binsAt: usize = 0
let sumsAt: usize = 0
let allCountsAt: usize = 0
let allTouchedAt: usize = 0

/**
 * Counts of all bins and marks of their blocks, zeros; where what is found goes: i16 bins, i32 counts;
 * and counts and marks of a second kind, for a slab as a whole.
 */
export function places(
  counts: usize,
  touched: usize,
  bins: usize,
  sums: usize,
  allCounts: usize,
  allTouched: usize,
): void {
  countsAt = counts
  touchedAt = touched
  binsAt = bins
  sumsAt = sums
  allCountsAt = allCounts
  allTouchedAt = allTouched
}

let datapoints: i32 = 0

/** How many datapoints the last call found. */
export function found(): i32 {
  return datapoints
}

/** Merges a seat's runs of all days; `starts` and `runs` are columns of addresses. Returns the bins filled. */
export function merge(seat: i32, days: i32, starts: usize, runs: usize): i32 {
  let low: i32 = 2 * SPAN - 1
  let high: i32 = 0
  for (let day = 0; day < days; day++) {
    const start = load<usize>(starts + ((<usize>day) << 2)) + ((<usize>seat) << 2)
    const first = load<usize>(runs + ((<usize>day) << 2))
    let at = first + (load<usize>(start) << 1)
    const end = first + (load<usize>(start, 4) << 1)
    if (at == end) continue
    let cell: i32 = <i32>load<i16>(at) + SPAN
    if (cell < low) low = cell
    for (; at < end; at += 2) {
      const number = <i32>load<i16>(at)
      const isCount = ((number - LEAST_BIN) & -number) >> 31
      cell = isCount ? cell : number + SPAN
      const count = countsAt + ((<usize>cell) << 2)
      store<i32>(count, load<i32>(count) + (isCount ? number : 1))
      store<u8>(touchedAt + <usize>(cell >> BLOCK_BITS), 1)
    }
    if (cell > high) high = cell
  }
  return collect(countsAt, touchedAt, low >> BLOCK_BITS, high >> BLOCK_BITS)
}

/** Which of a block's cells hold something. */
// @inline
function filledCells(cells: usize): u64 {
  let filled: u64 = 0
  for (let i: usize = 0; i < 8; i++) {
    const a = v128.load(cells + (i << 5))
    const b = v128.load(cells + (i << 5), 16)
    const zeros = i16x8.eq(i16x8.narrow_i32x4_u(a, b), i16x8.splat(0))
    filled |= (<u64>(~i16x8.bitmask(zeros) & 0xff)) << ((<u64>i) << 3)
  }
  return filled
}

function collect(counts: usize, touched: usize, low: i32, high: i32): i32 {
  let length: usize = 0
  let total: i32 = 0
  for (let block = low; block <= high; block++) {
    if (load<u8>(touched + <usize>block) == 0) continue
    store<u8>(touched + <usize>block, 0)
    const first = block << BLOCK_BITS
    const cells = counts + ((<usize>first) << 2)
    let filled = filledCells(cells)
    while (filled != 0) {
      const bit = <i32>ctz(filled)
      filled &= filled - 1
      const count = cells + ((<usize>bit) << 2)
      const sum = load<i32>(count)
      store<i32>(count, 0)
      store<i16>(binsAt + (length << 1), first + bit - SPAN)
      store<i32>(sumsAt + (length << 2), sum)
      total += sum
      length++
    }
  }
  datapoints = total
  return <i32>length
}

let sum: f64 = 0
let squares: f64 = 0

/** Sums the bins found last relative to `middle`, and their squares. */
export function sumUp(length: i32, middle: f64): void {
  let sumOf: f64 = 0
  let squaresOf: f64 = 0
  for (let i: usize = 0; i < <usize>length; i++) {
    const bin = <i32>load<i16>(binsAt + (i << 1))
    const magnitude = bin ^ (bin >> 31)
    const bits = ((magnitude + OFFSET) << SHIFT) | (1 << (SHIFT - 1)) | (bin & i32.MIN_VALUE)
    const value = <f64>reinterpret<f32>(bin == 0 ? 0 : bits) - middle
    const weighted = value * <f64>load<i32>(sumsAt + (i << 2))
    sumOf += weighted
    squaresOf += weighted * value
  }
  sum = sumOf
  squares = squaresOf
}

export function summed(): f64 {
  return sum
}

export function squared(): f64 {
  return squares
}

/**
 * Writes the runs of `count` bins, in any order, to `runs`, and adds them to those of the slab; returns
 * where the runs end.
 */
export function close(log: usize, count: i32, runs: usize): usize {
  let low: i32 = 2 * SPAN - 1
  let high: i32 = 0
  for (let i = 0; i < count; i++) {
    const cell = <i32>load<i16>(log + ((<usize>i) << 1)) + SPAN
    const at = countsAt + ((<usize>cell) << 2)
    store<i32>(at, load<i32>(at) + 1)
    store<u8>(touchedAt + <usize>(cell >> BLOCK_BITS), 1)
    low = min(low, cell)
    high = max(high, cell)
  }
  let end = runs
  for (let block = low >> BLOCK_BITS; block <= high >> BLOCK_BITS; block++) {
    if (load<u8>(touchedAt + <usize>block) == 0) continue
    store<u8>(touchedAt + <usize>block, 0)
    store<u8>(allTouchedAt + <usize>block, 1)
    const first = block << BLOCK_BITS
    const cells = countsAt + ((<usize>first) << 2)
    const all = allCountsAt + ((<usize>first) << 2)
    let filled = filledCells(cells)
    while (filled != 0) {
      const bit = <i32>ctz(filled)
      filled &= filled - 1
      const cell = cells + ((<usize>bit) << 2)
      const allCell = all + ((<usize>bit) << 2)
      const times = load<i32>(cell)
      store<i32>(cell, 0)
      store<i32>(allCell, load<i32>(allCell) + times)
      store<i16>(end, first + bit - SPAN)
      end += 2
      for (let more = times - 1; more > 0; more -= LEAST_BIN - 1) {
        store<i16>(end, min(more, LEAST_BIN - 1))
        end += 2
      }
    }
  }
  return end
}

/** Takes out what was added of the slab; returns the bins filled. */
export function closeAll(): i32 {
  return collect(allCountsAt, allTouchedAt, 0, (2 * SPAN - 1) >> BLOCK_BITS)
}
