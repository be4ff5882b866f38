// AssemblyScript, compiled into digest.wasm.ts: the inner loops of digest-memory.ts, which lays out the
// memory. Rows are indices (u32, one column each) into dictionaries; all arguments but counts, windows,
// metrics and what is said to be else are addresses.
import { count, entryOf, STATE_SHIFT } from './cells.part.as'

export { clearState, collect, collected } from './cells.part.as'

/** Makes entries of values; returns 1 if one is not finite. */
export function prepare(values: usize, count: usize, entries: usize): i32 {
  const end = values + (count << 3)
  for (let at = values, to = entries; at < end; at += 8, to += 4) {
    const value = load<f64>(at)
    if (!(value - value == 0)) return 1
    store<u32>(to, entryOf(value))
  }
  return 0
}

/** Makes windows of times; returns 1 if one is no time up to `latest`, or its window no i32. */
export function prepareTimes(
  times: usize,
  count: usize,
  windowMs: f64,
  latest: f64,
  windows: usize,
): i32 {
  const end = times + (count << 3)
  for (let at = times, to = windows; at < end; at += 8, to += 4) {
    const time = load<f64>(at)
    const window = time / windowMs
    if (!(time >= 0 && time <= latest && window < <f64>i32.MAX_VALUE)) return 1
    store<i32>(to, <i32>window)
  }
  return 0
}

/** 0, 1, 2, ... */
export function ramp(out: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(out + ((<usize>i) << 2), i)
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

function windowOf(row: usize, time: usize, windows: usize): i32 {
  return load<i32>(windows + ((<usize>load<u32>(time + (row << 2))) << 2))
}

/** The first of the rows [from, to) of another window than `window`; `to` if there is none. */
export function endOf(from: usize, to: usize, window: i32, time: usize, windows: usize): usize {
  let row = from
  while (row < to && windowOf(row, time, windows) == window) row++
  return row
}

/** The first of the last rows of [from, to) that are all of `window`; `to` if there is none. */
export function startOf(from: usize, to: usize, window: i32, time: usize, windows: usize): usize {
  let row = to
  while (row > from && windowOf(row - 1, time, windows) == window) row--
  return row
}

/** `out[i] = dictionary[indices[from + i]]` for the rows [from, to), of 4 bytes each or of 8. */
export function spell(
  from: usize,
  to: usize,
  indices: usize,
  dictionary: usize,
  wide: bool,
  out: usize,
): void {
  const end = indices + (to << 2)
  let o = out
  for (let at = indices + (from << 2); at < end; at += 4) {
    const index = <usize>load<u32>(at)
    if (wide) store<u64>(o, load<u64>(dictionary + (index << 3)))
    else store<u32>(o, load<u32>(dictionary + (index << 2)))
    o += wide ? 8 : 4
  }
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
 * Where the metrics of a dictionary (below 64 each) are counted: for each, u32 addresses of its cells and
 * state, and (u64) its bit in the masks of things.
 */
const PLACE_SHIFT: usize = 4
const STATE_AT: usize = 4
const BIT: usize = 8

export function placeMetrics(
  metricOf: usize,
  count: usize,
  cells: usize,
  cellBytes: usize,
  states: usize,
  places: usize,
): void {
  for (let i: usize = 0; i < count; i++) {
    const metric = <usize>load<u32>(metricOf + (i << 2))
    const place = places + (i << PLACE_SHIFT)
    store<u32>(place, <u32>(cells + metric * cellBytes))
    store<u32>(place, <u32>(states + (metric << STATE_SHIFT)), STATE_AT)
    store<u64>(place, (<u64>1) << (<u64>metric), BIT)
  }
}

/**
 * Counts the rows [from, to) in the cells of their metrics, until a window at `cut` or behind it. They
 * are unfit where a window comes before `least` or the row before it, or where a thing has two rows of a
 * metric in a window. `codes` is the dictionary of things, `places` is what `placeMetrics` made of that of
 * metrics, `windows` the windows of the dictionary of times. By thing, `firstSeen` and `lastSeen` hold
 * windows, and `masks` (u64) the metrics that it had in the last one.
 */
export function digest(
  from: usize,
  to: usize,
  thing: usize,
  metric: usize,
  time: usize,
  values: usize,
  codes: usize,
  places: usize,
  windows: usize,
  entries: usize,
  masks: usize,
  firstSeen: usize,
  lastSeen: usize,
  least: i32,
  cut: i32,
): i32 {
  const end = to << 2
  let row = from << 2
  let now = i32.MIN_VALUE
  while (row < end) {
    const moment = load<u32>(time + row)
    const window = load<i32>(windows + ((<usize>moment) << 2))
    if (window != now) {
      stoppedAt = row >> 2
      if (window < now || window < least) return UNFIT
      if (window >= cut) return AT_CUT
      lastWindow = now = window
    }
    const index = load<u32>(thing + row)
    const code = <usize>load<u32>(codes + ((<usize>index) << 2))
    const seen = code << 2
    let mask: u64 = 0
    if (load<i32>(lastSeen + seen) == now) mask = load<u64>(masks + (code << 3))
    else {
      store<i32>(lastSeen + seen, now)
      if (load<i32>(firstSeen + seen) < 0) store<i32>(firstSeen + seen, now)
    }
    // What a thing says at one moment mostly stands together.
    do {
      const place = places + ((<usize>load<u32>(metric + row)) << PLACE_SHIFT)
      const bit = load<u64>(place, BIT)
      if ((mask & bit) != 0) return UNFIT
      mask |= bit
      const value = <usize>load<u32>(values + row)
      const entry = load<u32>(entries + (value << 2))
      count(load<u32>(place), load<u32>(place, STATE_AT), entry, valuesAt + (value << 3), now)
      row += 4
    } while (row < end && load<u32>(thing + row) == index && load<u32>(time + row) == moment)
    store<u64>(masks + (code << 3), mask)
  }
  stoppedAt = to
  return ALL
}

/** Adds to `counts` (u32) how many of the rows [from, to) each metric has. */
export function tally(from: usize, to: usize, metric: usize, metricOf: usize, counts: usize): void {
  const end = metric + (to << 2)
  for (let at = metric + (from << 2); at < end; at += 4) {
    const m = <usize>load<u32>(metricOf + ((<usize>load<u32>(at)) << 2))
    const place = counts + (m << 2)
    store<u32>(place, load<u32>(place) + 1)
  }
}

/**
 * The rows [from, to) by metric, in their order: codes of things, windows and values go to the columns
 * `things`, `nows` and `out`, each metric's from its row in `next` (u32) on.
 */
export function order(
  from: usize,
  to: usize,
  thing: usize,
  metric: usize,
  time: usize,
  values: usize,
  codes: usize,
  metricOf: usize,
  windows: usize,
  next: usize,
  things: usize,
  nows: usize,
  out: usize,
): void {
  const end = to << 2
  for (let row = from << 2; row < end; row += 4) {
    const m = <usize>load<u32>(metricOf + ((<usize>load<u32>(metric + row)) << 2))
    const place = next + (m << 2)
    const at = <usize>load<u32>(place)
    store<u32>(place, <u32>at + 1)
    store<u32>(things + (at << 2), load<u32>(codes + ((<usize>load<u32>(thing + row)) << 2)))
    store<i32>(nows + (at << 2), load<i32>(windows + ((<usize>load<u32>(time + row)) << 2)))
    // Adding 0 makes a negative zero positive: which of the two came first must not matter.
    const value = load<f64>(valuesAt + ((<usize>load<u32>(values + row)) << 3)) + 0.0
    store<f64>(out + (at << 3), value)
  }
}

/** Where the values of the entries lie. */
let valuesAt: usize = 0

export function setValues(values: usize): void {
  valuesAt = values
}

/** The things seen: their codes to `out`, the first windows of them behind, and then the last ones; how many. */
export function collectThings(firstSeen: usize, lastSeen: usize, things: u32, out: usize): u32 {
  let seen: u32 = 0
  for (let code: u32 = 0; code < things; code++) {
    if (load<i32>(firstSeen + ((<usize>code) << 2)) >= 0) seen++
  }
  const stride = (<usize>seen) << 2
  let at = out
  for (let code: u32 = 0; code < things; code++) {
    const from = (<usize>code) << 2
    const first = load<i32>(firstSeen + from)
    if (first < 0) continue
    store<u32>(at, code)
    store<i32>(at + stride, first)
    store<i32>(at + 2 * stride, load<i32>(lastSeen + from))
    store<i32>(firstSeen + from, -1)
    at += 4
  }
  return seen
}
