// AssemblyScript, compiled into digest.wasm.ts: the inner loops of digest-memory.ts, which lays out the
// memory. Rows are indices (u32, one column each) into dictionaries; all arguments but counts, windows,
// epochs and what is said to be else are addresses. What a bin is, bins.ts says, and what decimals
// are, summary.ts.

/** An entry of the dictionary of values: the number of its bin's cell, and in the low bits its decimals. */
const DECIMALS_BITS: u32 = 3
const DECIMALS_MASK: u32 = 7

/** The state of a metric: f64 minimum and maximum, u32 lowest and highest cell, u32 decimals, i32 first window. */
const STATE_SHIFT: usize = 5
const MAXIMUM: usize = 8
const LOWEST: usize = 16
const HIGHEST: usize = 20
const DECIMALS: usize = 24
const FIRST_WINDOW: usize = 28

const BIN_SHIFT: i32 = 9
const FIRST_MAGNITUDE: i32 = (1023 - 32) << 11
const BIN_LIMIT: i32 = 96 << 11
const MAX_DECIMALS: u32 = 6

/** Makes entries of values; returns 1 if one is not finite. */
export function prepare(values: usize, count: usize, entries: usize): i32 {
  const end = values + (count << 3)
  for (let at = values, to = entries; at < end; at += 8, to += 4) {
    const value = load<f64>(at)
    if (!(value - value == 0)) return 1
    store<u32>(to, ((<u32>(BIN_LIMIT + binOf(value))) << DECIMALS_BITS) | decimalsOf(value))
  }
  return 0
}

function binOf(value: f64): i32 {
  const high = <i32>(reinterpret<u64>(value) >> 32)
  const magnitude = ((high & 0x7fffffff) >> BIN_SHIFT) - FIRST_MAGNITUDE + 1
  if (magnitude <= 0) return 0
  const bin = min(magnitude, BIN_LIMIT)
  return high < 0 ? -bin : bin
}

function decimalsOf(value: f64): u32 {
  let scale: f64 = 1
  for (let decimals: u32 = 0; decimals <= MAX_DECIMALS; decimals++) {
    if (rounded(value * scale) / scale == value) return decimals
    scale *= 10
  }
  return MAX_DECIMALS + 1
}

/** As Math.round: ties go up. */
function rounded(x: f64): f64 {
  return x - floor(x) == 0.5 ? ceil(x) : nearest(x)
}

/** The largest of the indices; up to three words behind them are read. */
export function largest(indices: usize, count: usize): u32 {
  const whole = indices + ((count & ~3) << 2)
  let most = i32x4.splat(0)
  for (let at = indices; at < whole; at += 16) most = i32x4.max_u(most, v128.load(at))
  let result = max(
    max(<u32>i32x4.extract_lane(most, 0), <u32>i32x4.extract_lane(most, 1)),
    max(<u32>i32x4.extract_lane(most, 2), <u32>i32x4.extract_lane(most, 3)),
  )
  const end = indices + (count << 2)
  for (let at = whole; at < end; at += 4) result = max(result, load<u32>(at))
  return result
}

/** Why `digest` stopped, beside the row: all rows were taken, the windows reached a cut, or are unfit. */
const ALL: i32 = 0
const AT_CUT: i32 = 1
const UNFIT: i32 = 2

let stoppedAt: usize = 0
let lastWindow: i32 = 0

/** The row at which `digest` stopped, and the last window it took. */
export function row(): usize {
  return stoppedAt
}
export function window(): i32 {
  return lastWindow
}

/**
 * Counts the rows [from, to) in the cells of their metrics, until a window at `cut` or behind it. They
 * are unfit where a window comes before `least` or the row before it, or where a thing has two rows of a
 * metric in a window. `codes` and `metricOf` are the dictionaries of things and metrics, `windows` the
 * windows of the dictionary of times; `marks` holds, by thing and metric, the epoch in which there was
 * a row last: every window has one of its own, of which `epoch` is the first; `firstSeen` and
 * `lastSeen` hold windows by thing.
 */
export function digest(
  from: usize,
  to: usize,
  thing: usize,
  metric: usize,
  time: usize,
  value: usize,
  codes: usize,
  metricOf: usize,
  windows: usize,
  entries: usize,
  marks: usize,
  width: u32,
  epoch: i32,
  cells: usize,
  cellBytes: usize,
  states: usize,
  firstSeen: usize,
  lastSeen: usize,
  least: i32,
  cut: i32,
): i32 {
  const end = to << 2
  let knownThing: u32 = 0xffffffff
  let knownTime: u32 = 0xffffffff
  let own: usize = 0
  let now = i32.MIN_VALUE
  for (let row = from << 2; row < end; row += 4) {
    const t = load<u32>(time + row)
    if (t != knownTime) {
      knownTime = t
      const next = load<i32>(windows + ((<usize>t) << 2))
      if (next != now) {
        stoppedAt = row >> 2
        if (next < now || next < least) return UNFIT
        if (next >= cut) return AT_CUT
        lastWindow = now = next
        epoch++
        knownThing = 0xffffffff
      }
    }
    const index = load<u32>(thing + row)
    if (index != knownThing) {
      knownThing = index
      const code = load<u32>(codes + ((<usize>index) << 2))
      own = marks + ((<usize>code * width) << 2)
      const seen = (<usize>code) << 2
      if (load<i32>(firstSeen + seen) < 0) store<i32>(firstSeen + seen, now)
      store<i32>(lastSeen + seen, now)
    }
    const m = load<u32>(metricOf + ((<usize>load<u32>(metric + row)) << 2))
    const mark = own + ((<usize>m) << 2)
    if (load<i32>(mark) == epoch) return UNFIT
    store<i32>(mark, epoch)
    const v = <usize>load<u32>(value + row)
    const entry = load<u32>(entries + (v << 2))
    const cell = entry >> DECIMALS_BITS
    const place = cells + <usize>m * cellBytes + ((<usize>cell) << 2)
    store<u32>(place, load<u32>(place) + 1)
    const state = states + ((<usize>m) << STATE_SHIFT)
    if (cell <= load<u32>(state, LOWEST) || cell >= load<u32>(state, HIGHEST)) {
      atTheEdge(state, cell, v, now)
    }
    const decimals = entry & DECIMALS_MASK
    if (decimals > load<u32>(state, DECIMALS)) store<u32>(state, decimals, DECIMALS)
  }
  stoppedAt = to
  return ALL
}

/** Where the values of the entries lie. */
let valuesAt: usize = 0

export function setValues(values: usize): void {
  valuesAt = values
}

/** A value in a metric's lowest or highest bin, or beyond. */
function atTheEdge(state: usize, cell: u32, value: usize, window: i32): void {
  // Adding 0 makes a negative zero positive: which of the two came first must not matter.
  const x = load<f64>(valuesAt + (value << 3)) + 0.0
  if (load<u32>(state, LOWEST) == 0xffffffff) store<i32>(state, window, FIRST_WINDOW)
  if (cell < load<u32>(state, LOWEST)) store<u32>(state, cell, LOWEST)
  if (cell > load<u32>(state, HIGHEST)) store<u32>(state, cell, HIGHEST)
  if (x < load<f64>(state)) store<f64>(state, x)
  if (x > load<f64>(state, MAXIMUM)) store<f64>(state, x, MAXIMUM)
}

/** Empties the cells [from, to) of a metric: numbers of those filled to `found`, counts beside them. */
export function collect(cells: usize, from: i32, to: i32, found: usize, counts: usize): i32 {
  let at = 0
  const zero = i32x4.splat(0)
  for (let first = from & ~3; first < to; first += 4) {
    const place = cells + ((<usize>first) << 2)
    if (!v128.any_true(v128.load(place))) continue
    for (let cell = first; cell < first + 4; cell++) {
      const count = load<u32>(cells + ((<usize>cell) << 2))
      if (count == 0) continue
      store<i32>(found + ((<usize>at) << 2), cell - BIN_LIMIT)
      store<f64>(counts + ((<usize>at) << 3), <f64>count)
      at++
    }
    v128.store(place, zero)
  }
  return at
}
