// AssemblyScript, compiled into score.wasm.ts: the inner loops of score-memory.ts, which lays out the
// memory; what gather.ts, open-summary.ts and quantile-model.ts do in plain TypeScript, with the same
// results bit for bit. All arguments but counts, rows and windows are addresses.
import { binOf, count, entryOf } from './cells.part.as'

export { clearState, collect, collected } from './cells.part.as'

/** Things sit in pages of eight seats. */
const PAGE: u32 = 8

/**
 * Copies the cells of a window that are filled to the columns of rows: of `wanted` metrics, each of which
 * goes on at its row in `next` (u32), page by page of `pages` (u32). `width` metrics make a page of cells.
 */
export function gather(
  values: usize,
  marks: usize,
  seats: u32,
  width: u32,
  window: i32,
  pages: usize,
  pageCount: u32,
  metrics: usize,
  wanted: u32,
  next: usize,
  things: usize,
  windows: usize,
  out: usize,
): void {
  for (let i: u32 = 0; i < pageCount; i++) {
    const seat = load<u32>(pages + ((<usize>i) << 2)) * PAGE
    if (seat >= seats) continue
    for (let j: usize = 0; j < <usize>wanted; j++) {
      const first = <usize>(seat * width + load<u32>(metrics + (j << 2)) * PAGE)
      let row = <usize>load<u32>(next + (j << 2))
      for (let k: u32 = 0; k < PAGE; k++) {
        const cell = first + <usize>k
        store<u32>(things + (row << 2), seat + k)
        store<i32>(windows + (row << 2), window)
        // Adding 0 makes a negative zero positive: which of the two came first must not matter.
        store<f64>(out + (row << 3), load<f64>(values + (cell << 3)) + 0.0)
        row += load<u32>(marks + (cell << 2)) == 0 ? 0 : 1
      }
      store<u32>(next + (j << 2), <u32>row)
    }
  }
}

/** Minimum, sum and count of a size to the rows [from, to): of the `ordinal`-th of `width` at each seat. */
export function sizes(
  from: u32,
  to: u32,
  width: u32,
  ordinal: u32,
  things: usize,
  values: usize,
  minimum: usize,
  sum: usize,
  counts: usize,
  outMinimum: usize,
  outSum: usize,
  outCount: usize,
): void {
  for (let row = <usize>from; row < <usize>to; row++) {
    const place = (<usize>(load<u32>(things + (row << 2)) * width + ordinal)) << 3
    const messages = load<f64>(counts + place)
    const value = load<f64>(values + (row << 3))
    const at = row << 3
    store<f64>(outMinimum + at, (messages == 0 ? value : load<f64>(minimum + place)) + 0.0)
    store<f64>(outSum + at, (messages == 0 ? value : load<f64>(sum + place)) + 0.0)
    store<f64>(outCount + at, messages == 0 ? 1 : messages)
  }
}

/** Codes of things as indexes. */
export function seat(codes: usize, count: usize, indexes: usize, out: usize): void {
  const end = codes + (count << 2)
  for (let at = codes, o = out; at < end; at += 4, o += 4) {
    store<u32>(o, load<u32>(indexes + ((<usize>load<u32>(at)) << 2)))
  }
}

/** Counts the values of the rows [from, to) of a metric. */
export function learn(from: u32, to: u32, values: usize, cells: usize, state: usize): void {
  const end = values + ((<usize>to) << 3)
  for (let at = values + ((<usize>from) << 3); at < end; at += 8) {
    const value = load<f64>(at)
    count(cells, state, entryOf(value), at, 0)
  }
}

/** Offsets in a model's header: the quantiles of the three levels above and below. */
const UPPER: usize = 8
const LOWER: usize = 32

/** Just below the bounds of the levels. */
const UNDER_LOW: f64 = 2 - 1.0 / 2097152
const UNDER_MEDIUM: f64 = 3 - 1.0 / 2097152
const UNDER_HIGH: f64 = 4 - 1.0 / 2097152

/**
 * Scores (f32) of the rows [from, to) by a model: `tail` has those of the `bins` from `first` on, and
 * `above` and `below` are what comes beyond them.
 */
export function score(
  from: u32,
  to: u32,
  values: usize,
  header: usize,
  tail: usize,
  first: i32,
  bins: u32,
  above: f64,
  below: f64,
  out: usize,
): void {
  const upper = load<f64>(header, UPPER)
  const lower = load<f64>(header, LOWER)
  for (let row = <usize>from; row < <usize>to; row++) {
    const x = load<f64>(values + (row << 3))
    const bin = binOf(x) - first
    const raw =
      bin < 0 ? below : <u32>bin < bins ? <f64>load<f32>(tail + ((<usize>bin) << 2)) : above
    const scored = x > upper || x < lower ? anomalous(header, x, raw) : min(raw, UNDER_LOW)
    store<f32>(out + (row << 2), <f32>scored)
  }
}

/** Holds a raw tail score inside the band that the three thresholds allow. */
function anomalous(header: usize, x: f64, raw: f64): f64 {
  if (!outside(header, x, 8)) return max<f64>(2, min(raw, UNDER_MEDIUM))
  if (!outside(header, x, 16)) return max<f64>(3, min(raw, UNDER_HIGH))
  return max<f64>(4, raw)
}

function outside(header: usize, x: f64, level: usize): bool {
  return x > load<f64>(header + level, UPPER) || x < load<f64>(header + level, LOWER)
}
