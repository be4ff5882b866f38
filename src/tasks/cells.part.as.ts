// AssemblyScript, part of the modules that count values of metrics in cells: digest.as.ts, score.as.ts.
// Arguments are addresses, but for counts, cells, windows and values. What a bin is, bins.ts says, and
// what decimals are, summary.ts.

/** The entry of a value: the number of its bin's cell, and in the low bits its decimals. */
const DECIMALS_BITS: u32 = 3
const DECIMALS_MASK: u32 = 7

/**
 * The state of a metric: f64 minimum and maximum, u32 decimals, i32 first window, which is -1 before it,
 * and as u32 the first entry, and how many, whose bins lie between those of minimum and maximum.
 */
export const STATE_SHIFT: usize = 5
const MAXIMUM: usize = 8
const DECIMALS: usize = 16
const FIRST_WINDOW: usize = 20
const INNER: usize = 24
const INNER_COUNT: usize = 28

const BIN_SHIFT: i32 = 9
const FIRST_MAGNITUDE: i32 = (1023 - 32) << 11
const BIN_LIMIT: i32 = 96 << 11
const MAX_DECIMALS: u32 = 6

/** The entry of a finite value. */
export function entryOf(value: f64): u32 {
  return ((<u32>(BIN_LIMIT + binOf(value))) << DECIMALS_BITS) | decimalsOf(value)
}

export function binOf(value: f64): i32 {
  const high = <i32>(reinterpret<u64>(value) >> 32)
  const magnitude = ((high & 0x7fffffff) >> BIN_SHIFT) - FIRST_MAGNITUDE + 1
  if (magnitude <= 0) return 0
  const bin = min(magnitude, BIN_LIMIT)
  return high < 0 ? -bin : bin
}

const FEW_ROUNDINGS: f64 = 1.0 / 1125899906842624.0

function decimalsOf(value: f64): u32 {
  if (floor(value) == value) return 0
  let scale: f64 = 10
  for (let decimals: u32 = 1; decimals <= MAX_DECIMALS; decimals++) {
    const scaled = value * scale
    const whole = rounded(scaled)
    // Further off than by what two roundings can do: saves the division.
    const isNear = abs(scaled - whole) <= abs(scaled) * FEW_ROUNDINGS
    if (isNear && whole / scale == value) return decimals
    scale *= 10
  }
  return MAX_DECIMALS + 1
}

/** As Math.round: ties go up. */
function rounded(x: f64): f64 {
  return x - floor(x) == 0.5 ? ceil(x) : nearest(x)
}

/** Counts a value, given its entry and where it lies. */
// @inline
export function count(cells: usize, state: usize, entry: u32, value: usize, window: i32): void {
  const place = cells + ((<usize>(entry >> DECIMALS_BITS)) << 2)
  store<u32>(place, load<u32>(place) + 1)
  if (
    entry - load<u32>(state, INNER) >= load<u32>(state, INNER_COUNT) ||
    (entry & DECIMALS_MASK) > load<u32>(state, DECIMALS)
  ) {
    extend(state, entry & DECIMALS_MASK, load<f64>(value), window)
  }
}

/** Takes a value into a metric's state. */
function extend(state: usize, decimals: u32, value: f64, window: i32): void {
  if (decimals > load<u32>(state, DECIMALS)) store<u32>(state, decimals, DECIMALS)
  const least = load<f64>(state)
  const most = load<f64>(state, MAXIMUM)
  if (value >= least && value <= most) return
  if (load<i32>(state, FIRST_WINDOW) == -1) store<i32>(state, window, FIRST_WINDOW)
  // Adding 0 makes a negative zero positive: which of the two came first must not matter.
  const low = min(least, value) + 0.0
  const high = max(most, value) + 0.0
  store<f64>(state, low)
  store<f64>(state, high, MAXIMUM)
  const inner = (<u32>(BIN_LIMIT + binOf(low) + 1)) << DECIMALS_BITS
  const outer = (<u32>(BIN_LIMIT + binOf(high))) << DECIMALS_BITS
  store<u32>(state, inner, INNER)
  store<u32>(state, outer > inner ? outer - inner : 0, INNER_COUNT)
}

/** Forgets what was learned of a metric, but for its cells. */
export function clearState(state: usize): void {
  store<f64>(state, Infinity)
  store<f64>(state, -Infinity, MAXIMUM)
  store<u32>(state, 0, DECIMALS)
  store<i32>(state, -1, FIRST_WINDOW)
  store<u32>(state, 0, INNER)
  store<u32>(state, 0, INNER_COUNT)
}

let total: f64 = 0

/** How much the cells held that `collect` emptied last. */
export function collected(): f64 {
  return total
}

/** Empties the cells of a metric: numbers of those filled to `found`, counts beside them; how many these are. */
export function collect(cells: usize, state: usize, found: usize, counts: usize): i32 {
  let at: usize = 0
  total = 0
  if (load<i32>(state, FIRST_WINDOW) == -1) return 0
  const to = <u32>(BIN_LIMIT + binOf(load<f64>(state, MAXIMUM))) + 1
  const zero = i32x4.splat(0)
  for (let first = <u32>(BIN_LIMIT + binOf(load<f64>(state))) & ~3; first < to; first += 4) {
    const place = cells + ((<usize>first) << 2)
    if (!v128.any_true(v128.load(place))) continue
    for (let cell = first; cell < first + 4; cell++) {
      const count = load<u32>(cells + ((<usize>cell) << 2))
      if (count == 0) continue
      store<i32>(found + (at << 2), <i32>cell - BIN_LIMIT)
      store<f64>(counts + (at << 3), <f64>count)
      total += <f64>count
      at++
    }
    v128.store(place, zero)
  }
  return <i32>at
}
