// AssemblyScript, compiled into run-merge.wasm.ts: BinCounts.addRuns and drain of bin-counts.ts for the
// seats of a slab over many days, see run-merger.ts. Arguments are addresses, seats and days.

const LEAST_BIN: i32 = 4096
const SPAN: i32 = 0x8000
/** Cells of a block; a byte tells which blocks hold something. */
const BLOCK_BITS: i32 = 6

let countsAt: usize = 0
let touchedAt: usize = 0
let binsAt: usize = 0
let sumsAt: usize = 0

/** Counts of all bins and marks of their blocks, zeros; and where what is found goes: i16 bins, i32 counts. */
export function places(counts: usize, touched: usize, bins: usize, sums: usize): void {
  countsAt = counts
  touchedAt = touched
  binsAt = bins
  sumsAt = sums
}

let datapoints: i32 = 0

/** How many datapoints the last merge found. */
export function merged(): i32 {
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
  return collect(low >> BLOCK_BITS, high >> BLOCK_BITS)
}

function collect(low: i32, high: i32): i32 {
  let length: usize = 0
  let total: i32 = 0
  for (let block = low; block <= high; block++) {
    if (load<u8>(touchedAt + <usize>block) == 0) continue
    store<u8>(touchedAt + <usize>block, 0)
    const first = block << BLOCK_BITS
    const cells = countsAt + ((<usize>first) << 2)
    let filled: u64 = 0
    for (let i: usize = 0; i < 8; i++) {
      const a = v128.load(cells + (i << 5))
      const b = v128.load(cells + (i << 5), 16)
      const zeros = i16x8.eq(i16x8.narrow_i32x4_u(a, b), i16x8.splat(0))
      filled |= (<u64>(~i16x8.bitmask(zeros) & 0xff)) << ((<u64>i) << 3)
    }
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
