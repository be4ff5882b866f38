// AssemblyScript, compiled into series-kernel.wasm.ts: what series-kernel.ts does with nearly every row,
// in operations that come to the same bits. What is rare it leaves to that module (the imported functions).
// Works on the series in place; arguments are addresses, rows, and what series-state.ts, slow-level.ts,
// habituation.ts and thing-tail.ts say of shapes and records.
// Memory: shared.
import {
  flagsAt,
  meanAt,
  medianAt,
  s0At,
  sAt,
  skip,
  slowAt,
  thingAt,
  UNLEARNED,
  UNWATCHED,
  valueAt,
  windowAt,
} from './kernel-columns.part.as'

export { columns } from './kernel-columns.part.as'

/** A series begins. */
declare function startAnew(record: usize, x: f64, now: i32): void
/** The median of another number of values than twelve; takes `x` in. */
declare function previousMedian(record: usize, wanted: i32, x: f64): f64
/** Closes the day of the slow averages and all up to `day`. */
declare function closeDays(record: usize, day: i32, distance: i32): void
/** The score of a bin beyond the tail quantiles of the record that judges it. */
declare function beyond(seat: i32, since: i32, bin: i32): f64
/** The score after habituation; counts it. */
declare function habituate(record: usize, score: f64, slowly: f64): f64
declare function renormalize(record: usize): void

const SEAT_BITS: i32 = 8
const RECORD_BYTES: usize = 640
const MEAN: usize = 0
const LAST: usize = 4
const SINCE: usize = 8
const LOGGED: usize = 12
const DISTANCE: usize = 20
const LOOK_BACK: usize = 24
const RING: usize = 32
const ORDER: usize = 80
const LEVEL: usize = 320
const BASE: usize = 324
const QUIET: usize = 328
const QUIET_FOR: usize = 332
const DAY: usize = 336
const COUNT: usize = 340
const TODAY_LOWEST: usize = 344
const TODAY_HIGHEST: usize = 348
const TODAY_QUIETEST: usize = 352
const LOWEST: usize = 356
const HIGHEST_LEVEL: usize = 360
const QUIETEST: usize = 364
const DAYS: usize = 368
const WEIGHT: usize = 372
const SUM: usize = 376
const HIGHEST: usize = 380
const COUNTS: usize = 384

/** The window of the median as the word at LOOK_BACK has it, but for the place of the next value. */
const FULL: i32 = 12
const FULL_WORD: i32 = FULL | (FULL << 16) | (FULL << 24)
const NEXT_MASK: i32 = 0xff00

const LARGEST: f64 = 1180591620717411303424.0
const NOISE: f64 = 9.5367431640625e-7
const LEAST_BIN: i32 = 4096
const FIRST_MAGNITUDE: i32 = ((127 - 40) << 8) - LEAST_BIN
const MOST_BIN: i32 = 0x7fff

const QUIET_SHARE: f64 = 0.2
const OUTBURST: f64 = 3
const MOST_SHARE: f64 = 0.8
const NEARLY_ALL: f64 = 0.95
const NEAR: f64 = 0.65
const LASTING: i32 = 96
const LEAST_DAYS: i32 = 10
const LEAST_RISE: f64 = 0.15
const MEDIUM_STEP: f64 = 3.3
const HIGH_STEP: f64 = 4.5

const SHIFT: f64 = 0.25
const WEIGHT_LIMIT: f64 = 1e30
const HABITUATION_FROM: f64 = 0.5
const TOLERANCE: f64 = 0.5
const BINS_PER_SCORE: f64 = 4
const FIRST_QUARTER: f64 = 0.625

/** Models' records of so many seats lie together: see `gates`. */
const PAGE_BITS: i32 = 6
const GATE_PAGES: i32 = 256
const PAGE_BYTES: usize = 4096
const TAIL_BASE: usize = 0
const TAIL_COUNT: usize = 4
const GATES: usize = 32
/** Gates from 0 on below, from 6 on above. */
const BELOW: i32 = 0x3f
const ABOVE: i32 = 0xfc0
const TAIL: i32 = 6

let perDay: i32 = 0
let forgetAfter: i32 = 0
let commonScore: f64 = 0
let commonPast: f64 = 0
let weightAt: usize = 0
let wantedAt: usize = 0
let growthAt: usize = 0
let fastAt: usize = 0
let slowlyAt: usize = 0

/** Tables by distance: f64 but for the values under the median, which are bytes. */
export function shape(
  windowsPerDay: i32,
  forget: i32,
  common: f64,
  past: f64,
  weight: usize,
  wanted: usize,
  growth: usize,
  fast: usize,
  slowly: usize,
): void {
  perDay = windowsPerDay
  forgetAfter = forget
  commonScore = common
  commonPast = past
  weightAt = weight
  wantedAt = wanted
  growthAt = growth
  fastAt = fast
  slowlyAt = slowly
}

let gatesAt: usize = 0
let strangerAt: usize = 0
let refreshedAt: i32 = 0
let canFall: bool = false

/**
 * The model in force: its records of the pages of seats that come next, each at its number modulo
 * GATE_PAGES, and the one of things without one.
 */
export function gates(pages: usize, stranger: usize, refreshed: i32, twoSided: bool): void {
  gatesAt = pages
  strangerAt = stranger
  refreshedAt = refreshed
  canFall = twoSided
}

/**
 * Takes the rows of a day in. `slabs`: where the slab of seat 0 is, or would be. `log`: where in a slab
 * the day's log begins. `flagged`: there are flags. `scored`: write scores and forecasts.
 */
export function advance(
  rows: i32,
  slabs: usize,
  slabBytes: usize,
  log: usize,
  parity: usize,
  day: i32,
  flagged: bool,
  scored: bool,
): void {
  for (let row = 0; row < rows; row++) {
    const i4 = (<usize>row) << 2
    const flags = flagged ? <i32>load<u8>(flagsAt + <usize>row) : 0
    if (flags & UNWATCHED) {
      if (scored) skip(i4)
      continue
    }
    const seat = load<i32>(thingAt + i4)
    const place = <usize>(seat & ((1 << SEAT_BITS) - 1))
    const slab = slabs + <usize>(seat >> SEAT_BITS) * slabBytes
    const record = slab + place * RECORD_BYTES
    const now = load<i32>(windowAt + i4)
    const value = f64x2.splat(load<f64>(valueAt + ((<usize>row) << 3)))
    const least = f64x2.splat(-LARGEST)
    const held = f64x2.pmin(f64x2.pmax(value, least), f64x2.splat(LARGEST))
    const single = f32x4.demote_f64x2_zero(f64x2.add(held, f64x2.splat(0)))
    const x = f32x4.extract_lane(single, 0)
    if (load<f32>(record + WEIGHT) == 0 || now - load<i32>(record + LAST) > forgetAfter) {
      startAnew(record, <f64>x, now)
    }
    const distance = distanceOf(record, now)
    const mean = load<f32>(record + MEAN)
    const wanted = <i32>load<u8>(wantedAt + distance)
    const look = load<i32>(record + LOOK_BACK)
    let median: f32
    if (wanted == FULL && (look & ~NEXT_MASK) == FULL_WORD) {
      median = medianOfTwelve(record, look, x)
    } else median = <f32>previousMedian(record, wanted, <f64>x)
    const error = <f64>x - <f64>mean
    store<f32>(record + MEAN, <f32>(<f64>mean + load<f64>(weightAt + (distance << 3)) * error))
    const bin = residualBin(x, mean, median)
    if (!(flags & UNLEARNED)) {
      const logged = load<i32>(record + (parity << 2), LOGGED)
      store<i32>(record + (parity << 2), logged + 1, LOGGED)
      store<i16>(slab + log + ((place * <usize>perDay + <usize>logged) << 1), bin)
      if (load<i32>(record + DAY) != day) closeDays(record, day, <i32>distance)
      takeSlow(record, <f64>x, now - load<i32>(record + SINCE), distance)
    }
    if (scored) {
      store<f32>(meanAt + i4, mean)
      store<f32>(medianAt + i4, median)
      judge(i4, record, seat, bin, wanted)
    }
    const weight = <f64>load<f32>(record + WEIGHT) * load<f64>(growthAt + (distance << 3))
    store<f32>(record + WEIGHT, <f32>weight)
    if (weight > WEIGHT_LIMIT) renormalize(record)
  }
}

// @inline
function distanceOf(record: usize, now: i32): usize {
  const step = (now - load<i32>(record + LAST)) << 3
  let usual = load<i32>(record + DISTANCE)
  store<i32>(record + LAST, now)
  if (step != usual) {
    usual = usual == 0 ? step : step > usual ? usual + 1 : usual - 1
    store<i32>(record + DISTANCE, usual)
  }
  const distance = (usual + 4) >> 3
  return <usize>(distance > perDay ? perDay : distance)
}

/** Of twelve in order: those above the one that goes move down, those above the one that comes move up. */
// @inline
function medianOfTwelve(record: usize, look: i32, x: f32): f32 {
  const next = <usize>((look & NEXT_MASK) >> 8)
  const old = f32x4.splat(load<f32>(record + RING + (next << 2)))
  const a = v128.load(record, ORDER)
  const b = v128.load(record, ORDER + 16)
  const c = v128.load(record, ORDER + 32)
  const sum = <f64>f32x4.extract_lane(b, 2) + <f64>f32x4.extract_lane(b, 1)
  const most = f32x4.splat(Infinity)
  const least = f32x4.splat(-Infinity)
  const keptA = v128.bitselect(a, i32x4.shuffle(a, b, 1, 2, 3, 4), f32x4.lt(a, old))
  const keptB = v128.bitselect(b, i32x4.shuffle(b, c, 1, 2, 3, 4), f32x4.lt(b, old))
  const keptC = v128.bitselect(c, i32x4.shuffle(c, most, 1, 2, 3, 4), f32x4.lt(c, old))
  const come = f32x4.splat(x)
  const upA = i32x4.shuffle(least, keptA, 3, 4, 5, 6)
  const upB = i32x4.shuffle(keptA, keptB, 3, 4, 5, 6)
  const upC = i32x4.shuffle(keptB, keptC, 3, 4, 5, 6)
  v128.store(record, f32x4.pmax(upA, f32x4.pmin(keptA, come)), ORDER)
  v128.store(record, f32x4.pmax(upB, f32x4.pmin(keptB, come)), ORDER + 16)
  v128.store(record, f32x4.pmax(upC, f32x4.pmin(keptC, come)), ORDER + 32)
  store<f32>(record + RING + (next << 2), x)
  store<u8>(record + LOOK_BACK + 1, next == FULL - 1 ? 0 : next + 1)
  return <f32>(sum * 0.5)
}

// @inline
function residualBin(x: f32, mean: f32, median: f32): i32 {
  const forecasts = f32x4.replace_lane(f32x4.splat(mean), 1, median)
  const errors = f64x2.sub(f64x2.splat(<f64>x), f64x2.promote_low_f32x4(forecasts))
  const other = i64x2.shuffle(errors, errors, 1, 0)
  const nearer = f64x2.lt(f64x2.abs(errors), f64x2.abs(other))
  const residual = f32x4.demote_f64x2_zero(v128.bitselect(errors, other, nearer))
  const bits = i32x4.extract_lane(residual, 0)
  const larger = f32x4.extract_lane(f32x4.pmax(f32x4.splat(abs(x)), f32x4.splat(abs(mean))), 0)
  if (<f64>abs(f32x4.extract_lane(residual, 0)) < NOISE * <f64>larger) return 0
  const bin = ((bits & 0x7fffffff) >> 15) - FIRST_MAGNITUDE
  if (bin < LEAST_BIN) return 0
  return (bin < MOST_BIN ? bin : MOST_BIN) ^ (bits >> 31)
}

// @inline
function takeSlow(record: usize, x: f64, age: i32, distance: usize): void {
  const base = <f64>load<f32>(record + BASE)
  const quiet = <f64>(<i32>(base > 0) & <i32>(x <= QUIET_SHARE * base))
  const past = <f64>load<f32>(record + QUIET)
  const share = <f32>(past + load<f64>(fastAt + (distance << 3)) * (quiet - past))
  store<f32>(record + QUIET, share)
  const lasted = load<i32>(record + QUIET_FOR) + 1
  store<i32>(record + QUIET_FOR, <f64>share > MOST_SHARE ? lasted : 0)
  const held = base > 0 && x > OUTBURST * base ? OUTBURST * base : x
  const before = <f64>load<f32>(record + LEVEL)
  const slow = load<f64>(slowlyAt + (distance << 3))
  const level = age == 0 ? x : before + slow * (held - before)
  store<f32>(record + LEVEL, <f32>level)
  if (<f64>age > <f64>perDay / 2) {
    store<f32>(record + BASE, <f32>(base == 0 ? level : base + (slow / 4) * (level - base)))
    if (level < <f64>load<f32>(record + TODAY_LOWEST)) {
      store<f32>(record + TODAY_LOWEST, <f32>level)
    }
    if (level > <f64>load<f32>(record + TODAY_HIGHEST)) {
      store<f32>(record + TODAY_HIGHEST, <f32>level)
    }
    if (share > load<f32>(record + TODAY_QUIETEST)) store<f32>(record + TODAY_QUIETEST, share)
  }
  store<i32>(record + COUNT, load<i32>(record + COUNT) + 1)
}

// @inline
function slowScore(record: usize, wanted: i32): f64 {
  if (load<i32>(record + DAYS) < LEAST_DAYS) return 0
  const share = <f64>load<f32>(record + QUIET)
  if (canFall && share > MOST_SHARE && <f64>load<f32>(record + QUIETEST) < NEAR) {
    if (load<i32>(record + QUIET_FOR) > LASTING) return 0
    return share > NEARLY_ALL ? -HIGH_STEP : -MEDIUM_STEP
  }
  const high = <f64>load<f32>(record + HIGHEST_LEVEL)
  const range = high - <f64>load<f32>(record + LOWEST)
  const more = <f64>load<f32>(record + LEVEL) - high
  if (more <= range) return 0
  const greatest = record + ORDER + ((<usize>(wanted - 1)) << 2)
  if (load<f32>(record + ORDER) == load<f32>(greatest)) return 0
  const rise = max(range, LEAST_RISE * abs(high))
  if (!(rise > 0 && more > rise)) return 0
  return more > 2 * rise ? HIGH_STEP : MEDIUM_STEP
}

// @inline
function judge(i4: usize, record: usize, seat: i32, bin: i32, wanted: i32): void {
  const since = load<i32>(record + SINCE)
  const page = <usize>((seat >> PAGE_BITS) & (GATE_PAGES - 1))
  let tail = gatesAt + page * PAGE_BYTES + ((<usize>(seat & ((1 << PAGE_BITS) - 1))) << 6)
  if (since >= refreshedAt || load<f32>(tail + TAIL_COUNT) == 0) tail = strangerAt
  const bins = i16x8.splat(<i16>bin)
  const passed =
    i16x8.bitmask(i16x8.ge_s(bins, v128.load(tail, GATES))) |
    (i16x8.bitmask(i16x8.ge_s(bins, v128.load(tail, GATES + 16))) << 8)
  const above = popcnt(passed & ABOVE)
  const below = TAIL - popcnt(passed & BELOW)
  const beside = above == 0 ? below : above
  const quarters = bin == 0 ? 0 : beside
  const slowly = slowScore(record, wanted)
  store<f32>(slowAt + i4, <f32>slowly)
  if (quarters == TAIL || slowly != 0) {
    rare(i4, record, seat, since, bin, quarters, load<f32>(tail + TAIL_BASE), slowly)
    return
  }
  const base = <f64>load<f32>(tail + TAIL_BASE)
  const quarter = FIRST_QUARTER + 0.25 * <f64>(quarters - 1)
  const score = base < quarter ? base : quarter
  // Below the first quarter nothing is counted: as a weight of 0 in the first bin, which saves a branch.
  const isCounted = <i32>(quarters != 0) & <i32>(score >= HABITUATION_FROM)
  const weight = load<f32>(record + WEIGHT)
  const cell = isCounted ? <i32>((score - HABITUATION_FROM) * BINS_PER_SCORE) : 0
  const first = <i32>((score - TOLERANCE - HABITUATION_FROM) * BINS_PER_SCORE)
  let past = <f64>load<f32>(record + SUM)
  if (first > 0) {
    past = 0
    const last = record + COUNTS + ((<usize>load<f32>(record + HIGHEST)) << 2)
    for (let at = record + COUNTS + ((<usize>first) << 2); at <= last; at += 4) {
      past += <f64>load<f32>(at)
    }
  }
  let left: f64 = 0
  if (isCounted && !(score <= commonScore && past >= commonPast * <f64>weight)) {
    left = habituate(record, score, 0)
  } else {
    const added = reinterpret<f32>(reinterpret<i32>(weight) & -isCounted)
    const counts = record + COUNTS + ((<usize>cell) << 2)
    store<f32>(counts, load<f32>(counts) + added)
    const highest = load<f32>(record + HIGHEST)
    const isHigher = <f32>cell > highest
    if (isHigher) store<f32>(record + HIGHEST, <f32>cell)
    store<f32>(record + SUM, load<f32>(record + SUM) + added)
  }
  store<f32>(sAt + i4, left > SHIFT ? <f32>(left - SHIFT) : 0)
  store<f32>(s0At + i4, quarters == 0 || score <= SHIFT ? 0 : <f32>(score - SHIFT))
}

function rare(
  i4: usize,
  record: usize,
  seat: i32,
  since: i32,
  bin: i32,
  quarters: i32,
  base: f32,
  slowly: f64,
): void {
  let score: f64 = 0
  if (quarters == TAIL) score = beyond(seat, since, bin)
  else if (quarters > 0) score = min(<f64>base, FIRST_QUARTER + 0.25 * <f64>(quarters - 1))
  score = max(score, abs(slowly))
  const left = score < HABITUATION_FROM ? 0 : habituate(record, score, slowly)
  store<f32>(sAt + i4, left > SHIFT ? <f32>(left - SHIFT) : 0)
  store<f32>(s0At + i4, score > SHIFT ? <f32>(score - SHIFT) : 0)
}
