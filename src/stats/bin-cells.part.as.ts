// AssemblyScript, part of run-merge.as.ts: cells that count bins, one for each, in memory of zeros, and marks
// of the blocks of cells that hold something. Arguments are addresses, bins, cells and counts. What a bin
// is, float-bins.ts says.

export const LEAST_BIN: i32 = 4096
/** Cells are numbered from the least bin on: the number is the bin plus SPAN. */
export const SPAN: i32 = 0x8000
/** Cells of a block. */
export const BLOCK_BITS: i32 = 6
const BLOCK_BYTES: usize = 4 << BLOCK_BITS
/** Of the bins' bit patterns. */
const SHIFT: i32 = 15
const OFFSET: i32 = ((127 - 40) << 8) - LEAST_BIN
const MOST_BIN: i32 = SPAN - 1

/** For each set of four lanes, as bits: the bytes that bring these lanes together. */
const PACKING: usize = memory.data(256, 16)

export function fillTables(): void {
  for (let set: usize = 0; set < 16; set++) {
    let at = PACKING + (set << 4)
    v128.store(at, i8x16.splat(-1))
    for (let lane: usize = 0; lane < 4; lane++) {
      if (((set >> lane) & 1) == 0) continue
      store<u32>(at, <u32>lane * 0x04040404 + 0x03020100)
      at += 4
    }
  }
}

// @inline
export function addTo(cells: usize, marks: usize, cell: i32, times: i32): void {
  const place = cells + ((<usize>cell) << 2)
  store<i32>(place, load<i32>(place) + times)
  store<u8>(marks + <usize>(cell >> BLOCK_BITS), 1)
}

/** The next cell of runs, whose numbers up to LEAST_BIN say how many more there are of the bin before. */
// @inline
function addNumber(cells: usize, marks: usize, number: i32, before: i32): i32 {
  const isCount = ((number - LEAST_BIN) & -number) >> 31
  const cell = isCount ? before : number + SPAN
  addTo(cells, marks, cell, isCount ? number : 1)
  return cell
}

/** Adds the runs at [at, end), at least one; returns the cell of the greatest bin. */
export function addRuns(cells: usize, marks: usize, from: usize, end: usize): i32 {
  let at = from
  let cell: i32 = 0
  for (; at + 8 <= end; at += 8) {
    const numbers = v128.load64_zero(at)
    const areCounts = i16x8.lt_u(
      i16x8.sub(numbers, i16x8.splat(1)),
      i16x8.splat(<i16>(LEAST_BIN - 1)),
    )
    // Which ones are counts cannot be foreseen, but often none is.
    if (i64x2.extract_lane(areCounts, 0) == 0) {
      addTo(cells, marks, i16x8.extract_lane_s(numbers, 0) + SPAN, 1)
      addTo(cells, marks, i16x8.extract_lane_s(numbers, 1) + SPAN, 1)
      addTo(cells, marks, i16x8.extract_lane_s(numbers, 2) + SPAN, 1)
      cell = i16x8.extract_lane_s(numbers, 3) + SPAN
      addTo(cells, marks, cell, 1)
    } else {
      cell = addNumber(cells, marks, i16x8.extract_lane_s(numbers, 0), cell)
      cell = addNumber(cells, marks, i16x8.extract_lane_s(numbers, 1), cell)
      cell = addNumber(cells, marks, i16x8.extract_lane_s(numbers, 2), cell)
      cell = addNumber(cells, marks, i16x8.extract_lane_s(numbers, 3), cell)
    }
  }
  for (; at < end; at += 2) cell = addNumber(cells, marks, <i32>load<i16>(at), cell)
  return cell
}

let total: i32 = 0

/** What the counts that `collect` found last come to. */
export function collected(): i32 {
  return total
}

/**
 * Empties the cells of the marked blocks among [low, high]: writes the filled ones' bins (i16), ascending,
 * and their counts (i32); returns how many. Behind them there must be room for three more.
 */
export function collect(
  cells: usize,
  marks: usize,
  low: i32,
  high: i32,
  bins: usize,
  counts: usize,
): i32 {
  let length: usize = 0
  let totals = i32x4.splat(0)
  const zero = i32x4.splat(0)
  for (let block = low; block <= high; block++) {
    if (load<u8>(marks + <usize>block) == 0) continue
    store<u8>(marks + <usize>block, 0)
    const first = cells + <usize>block * BLOCK_BYTES
    let own = i32x4.add(i32x4.splat((block << BLOCK_BITS) - SPAN), i32x4(0, 1, 2, 3))
    for (let at = first; at < first + BLOCK_BYTES; at += 16) {
      const four = v128.load(at)
      v128.store(at, zero)
      totals = i32x4.add(totals, four)
      const filled = i32x4.bitmask(i32x4.ne(four, zero))
      const packing = v128.load(PACKING + ((<usize>filled) << 4))
      const packed = i8x16.swizzle(own, packing)
      v128.store(counts + (length << 2), i8x16.swizzle(four, packing))
      v128.store64_lane(bins + (length << 1), i16x8.narrow_i32x4_s(packed, packed), 0)
      length += <usize>popcnt(filled)
      own = i32x4.add(own, i32x4.splat(4))
    }
  }
  const halves = i32x4.add(totals, i32x4.shuffle(totals, totals, 2, 3, 0, 1))
  total = i32x4.extract_lane(halves, 0) + i32x4.extract_lane(halves, 1)
  return <i32>length
}

/** The middle of a bin. */
// @inline
export function valueOf(bin: i32): f32 {
  const magnitude = bin ^ (bin >> 31)
  const bits = ((magnitude + OFFSET) << SHIFT) | (1 << (SHIFT - 1)) | (bin & i32.MIN_VALUE)
  return reinterpret<f32>(bin == 0 ? 0 : bits)
}

/** The middles of four bins (i16). */
// @inline
export function valuesOf(halves: v128): v128 {
  const four = i32x4.extend_low_i16x8_s(halves)
  const magnitudes = v128.xor(four, i32x4.shr_s(four, 31))
  const middles = v128.or(
    i32x4.shl(i32x4.add(magnitudes, i32x4.splat(OFFSET)), SHIFT),
    i32x4.splat(1 << (SHIFT - 1)),
  )
  const signed = v128.or(middles, v128.and(four, i32x4.splat(i32.MIN_VALUE)))
  return v128.andnot(signed, i32x4.eq(four, i32x4.splat(0)))
}

/** The bin of a value that is not negative. */
// @inline
export function binOf(value: f32): i32 {
  const bin = (reinterpret<i32>(value) >> SHIFT) - OFFSET
  return bin < LEAST_BIN ? 0 : min(bin, MOST_BIN)
}
