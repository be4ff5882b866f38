// AssemblyScript, compiled into compact-kernel.wasm.ts: what compact-kernel.ts and compact-forecast.ts do
// with nearly every row, in the same order of operations, so that every bit is the same. What is rare it
// leaves to them (the imported functions). Works on the series in place; arguments are addresses, rows,
// and what compact-state.ts says of shapes and records.
// Memory: shared.

/** A series begins; `word` is its first value's. */
declare function startAnew(record: usize, word: i32, slots: i32): void
declare function lookBackAt(record: usize, slots: i32): void
/** A row beyond its quantiles, or of a series too young to have any; `flags` are the row's. */
declare function judge(row: i32, record: usize, residual: f64, flags: i32): void

const SEAT_BITS: i32 = 12
const RECORD_BYTES: usize = 96
const MEAN: usize = 0
const SQUARE: usize = 4
const HIGH: usize = 8
const LOW: usize = 12
const START_DEVIATION: usize = 16
const START_HIGH: usize = 20
const START_LOW: usize = 24
const LAST: usize = 28
const COUNT: usize = 32
const DISTANCE: usize = 34
const RING: usize = 36
const NEXT: usize = 84
const LOOK_BACK: usize = 85
const HABIT: usize = 88

const FULL_RING: i32 = 12
const SLOT: i32 = 15
const TURN: i32 = 0x7fffffff
const COUNT_LIMIT: i32 = 0xffff
const DISTANCE_LIMIT: i32 = 0xffff >> 3

const LARGEST: f64 = 1152921504606846976.0
const TINY_MEAN: f64 = 7.888609052210118e-31
const NOISE: f64 = 9.5367431640625e-7
const TINY_SQUARE: f64 = 7.52316384526264e-37
const LEAST_STEP: f64 = 0.1
const BEYOND: f64 = 0.02

/** Flags of a row. */
const UNWATCHED: i32 = 1
const UNLEARNED: i32 = 2

let thingAt: usize = 0
let windowAt: usize = 0
let valueAt: usize = 0
/** Of bytes, by row. */
let flagsAt: usize = 0
let meanAt: usize = 0
let medianAt: usize = 0
let sAt: usize = 0
let s0At: usize = 0
let slowAt: usize = 0
/** Room for four residuals. */
let residualsAt: usize = 0
let weightAt: usize = 0
let slotsAt: usize = 0
let shareAt: usize = 0

export function columns(
  thing: usize,
  window: usize,
  value: usize,
  flags: usize,
  mean: usize,
  median: usize,
  s: usize,
  s0: usize,
  slow: usize,
  residuals: usize,
): void {
  thingAt = thing
  windowAt = window
  valueAt = value
  flagsAt = flags
  meanAt = mean
  medianAt = median
  sAt = s
  s0At = s0
  slowAt = slow
  residualsAt = residuals
}

let perDay: i32 = 0
let forgetAfter: i32 = 0
let ticksPerWindow: f64 = 0

/** Tables by distance: f64 weights in the mean, u8 slots of the ring, f64 least weights in the second moment. */
export function shape(
  windowsPerDay: i32,
  forget: i32,
  ticks: f64,
  weight: usize,
  slots: usize,
  share: usize,
): void {
  perDay = windowsPerDay
  forgetAfter = forget
  ticksPerWindow = ticks
  weightAt = weight
  slotsAt = slots
  shareAt = share
}

let datapoints: i32 = 0
let judged: i32 = 0

/** Datapoints that the last call took in, and those of them that were compared with their own series. */
export function learnedRows(): i32 {
  return datapoints
}

export function judgedRows(): i32 {
  return judged
}

/**
 * Takes the rows in. `slabs`: where the slab of seat 0 is, or would be. `flagged`: there are flags.
 * `scored`: write scores and forecasts; `young`: have rows of young series judged.
 */
export function advance(
  rows: i32,
  slabs: usize,
  slabBytes: usize,
  flagged: bool,
  scored: bool,
  young: bool,
): void {
  datapoints = 0
  judged = 0
  let row = 0
  while (row < rows) {
    if (row + 4 <= rows && four(row, slabs, slabBytes, flagged, scored, young)) row += 4
    else one(row++, slabs, slabBytes, flagged, scored, young)
  }
}

// @inline
function recordOf(row: usize, slabs: usize, slabBytes: usize): usize {
  const seat = load<i32>(thingAt + (row << 2))
  return (
    slabs +
    <usize>(seat >> SEAT_BITS) * slabBytes +
    <usize>(seat & ((1 << SEAT_BITS) - 1)) * RECORD_BYTES
  )
}

function one(
  row: i32,
  slabs: usize,
  slabBytes: usize,
  flagged: bool,
  scored: bool,
  young: bool,
): void {
  const i4 = (<usize>row) << 2
  const flags = flagged ? <i32>load<u8>(flagsAt + <usize>row) : 0
  if (flags & UNWATCHED) {
    if (scored) skip(i4)
    return
  }
  const record = recordOf(row, slabs, slabBytes)
  const now = load<i32>(windowAt + i4)
  const word = ringWord(load<f64>(valueAt + ((<usize>row) << 3)))
  const x = <f64>ringValue(word)
  let before = load<i32>(record + LAST)
  if (load<u8>(record + LOOK_BACK) == 0 || now - before > forgetAfter) {
    startAnew(record, word, <i32>load<u8>(slotsAt))
    before = now
  }
  store<i32>(record + LAST, now)
  const distance = distanceOf(record, now - before)
  const slots = <i32>load<u8>(slotsAt + distance)
  if (<i32>load<u8>(record + LOOK_BACK) != slots) lookBackAt(record, slots)
  const mean = load<f32>(record + MEAN)
  const median = middle(record + RING, slots)
  const residual = residualOf(x, <f64>mean, <f64>median)
  const forecast = <f64>mean + load<f64>(weightAt + (distance << 3)) * (x - <f64>mean)
  store<f32>(record + MEAN, abs(forecast) < TINY_MEAN ? 0 : <f32>forecast)
  const next = <i32>load<u8>(record + NEXT)
  if (slots == FULL_RING) replaceInFull(record + RING, next, word | next)
  else replace(record + RING, slots, next, word | next)
  store<u8>(record + NEXT, next + 1 == slots ? 0 : next + 1)
  if (!(flags & UNLEARNED)) learn(record, residual, load<f64>(shareAt + (distance << 3)))
  if (scored) {
    fade(record, now, before)
    store<f32>(meanAt + i4, mean)
    store<f32>(medianAt + i4, median)
    store<f32>(sAt + i4, 0)
    store<f32>(s0At + i4, 0)
    store<f32>(slowAt + i4, 0)
  }
  if (load<f32>(record + START_DEVIATION) < 0) {
    if (young) judge(row, record, residual, flags)
    return
  }
  if (!(flags & UNLEARNED)) judged++
  const isInside =
    <i32>(residual <= <f64>load<f32>(record + START_HIGH)) &
    <i32>(residual >= <f64>load<f32>(record + START_LOW))
  if (!isInside) judge(row, record, residual, flags)
}

function skip(i4: usize): void {
  store<f32>(meanAt + i4, NaN)
  store<f32>(medianAt + i4, NaN)
  store<f32>(sAt + i4, NaN)
  store<f32>(s0At + i4, NaN)
  store<f32>(slowAt + i4, NaN)
}

// @inline
function ringWord(value: f64): i32 {
  const held = value > LARGEST ? LARGEST : value < -LARGEST ? -LARGEST : value
  const bits = (reinterpret<i32>(<f32>(held + 0)) + ((SLOT + 1) >> 1)) & ~SLOT
  return bits < 0 ? (bits ^ TURN) & ~SLOT : bits
}

// @inline
function ringValue(word: i32): f32 {
  return reinterpret<f32>(word < 0 ? (word | SLOT) ^ TURN : word & ~SLOT)
}

// @inline
function distanceOf(record: usize, passed: i32): usize {
  let usual = <i32>load<u16>(record + DISTANCE)
  const step = (passed < DISTANCE_LIMIT ? passed : DISTANCE_LIMIT) << 3
  if (step != usual) {
    usual = usual == 0 ? step : step > usual ? usual + 1 : usual - 1
    store<u16>(record + DISTANCE, usual)
  }
  usual = (<i32>load<u16>(record + DISTANCE) + 4) >> 3
  return <usize>(usual > perDay ? perDay : usual)
}

// @inline
function middle(ring: usize, slots: i32): f32 {
  const at = ring + ((<usize>(slots >> 1)) << 2)
  const upper = ringValue(load<i32>(at))
  if (slots & 1) return upper
  return <f32>((<f64>upper + <f64>ringValue(load<i32>(at - 4))) * 0.5)
}

// @inline
function residualOf(x: f64, mean: f64, median: f64): f64 {
  const a = x - mean
  const b = x - median
  const residual = abs(a) < abs(b) ? a : b
  return abs(residual) < NOISE * max(abs(x), abs(mean)) ? 0 : residual
}

/** Of twelve: those above the one that goes move down, those above the one that comes move up. */
// @inline
function replaceInFull(ring: usize, slot: i32, word: i32): void {
  const a = v128.load(ring)
  const b = v128.load(ring, 16)
  const c = v128.load(ring, 32)
  const own = i32x4.splat(slot)
  const mask = i32x4.splat(SLOT)
  const inA = i32x4.bitmask(i32x4.eq(v128.and(a, mask), own))
  const inB = i32x4.bitmask(i32x4.eq(v128.and(b, mask), own))
  const inC = i32x4.bitmask(i32x4.eq(v128.and(c, mask), own))
  const gone = i32x4.splat(ctz(inA | (inB << 4) | (inC << 8)))
  const lowA = i32x4.gt_s(gone, i32x4(0, 1, 2, 3))
  const lowB = i32x4.gt_s(gone, i32x4(4, 5, 6, 7))
  const lowC = i32x4.gt_s(gone, i32x4(8, 9, 10, 11))
  const most = i32x4.splat(i32.MAX_VALUE)
  const least = i32x4.splat(i32.MIN_VALUE)
  const keptA = v128.bitselect(a, i32x4.shuffle(a, b, 1, 2, 3, 4), lowA)
  const keptB = v128.bitselect(b, i32x4.shuffle(b, c, 1, 2, 3, 4), lowB)
  const keptC = v128.bitselect(c, i32x4.shuffle(c, most, 1, 2, 3, 4), lowC)
  const x = i32x4.splat(word)
  const upA = i32x4.shuffle(least, keptA, 3, 4, 5, 6)
  const upB = i32x4.shuffle(keptA, keptB, 3, 4, 5, 6)
  const upC = i32x4.shuffle(keptB, keptC, 3, 4, 5, 6)
  v128.store(ring, i32x4.max_s(upA, i32x4.min_s(keptA, x)))
  v128.store(ring, i32x4.max_s(upB, i32x4.min_s(keptB, x)), 16)
  v128.store(ring, i32x4.max_s(upC, i32x4.min_s(keptC, x)), 32)
}

function replace(ring: usize, slots: i32, slot: i32, word: i32): void {
  let place = ring
  while ((load<i32>(place) & SLOT) != slot) place += 4
  const last = ring + ((<usize>(slots - 1)) << 2)
  while (place < last && load<i32>(place, 4) < word) {
    store<i32>(place, load<i32>(place, 4))
    place += 4
  }
  while (place > ring && load<i32>(place - 4) > word) {
    store<i32>(place, load<i32>(place - 4))
    place -= 4
  }
  store<i32>(place, word)
}

// @inline
function learn(record: usize, residual: f64, least: f64): void {
  datapoints++
  const count = <i32>load<u16>(record + COUNT)
  store<u16>(record + COUNT, count < COUNT_LIMIT ? count + 1 : count)
  const newest = 1 / <f64>(count + 1)
  const before = <f64>load<f32>(record + SQUARE)
  const square = before + (newest > least ? newest : least) * (residual * residual - before)
  store<f32>(record + SQUARE, square < TINY_SQUARE ? 0 : <f32>square)
  const step = (2 * newest > LEAST_STEP ? 2 * newest : LEAST_STEP) * sqrt(square)
  const high = <f64>load<f32>(record + HIGH)
  const higher = high + step * (residual > high ? 1 - BEYOND : -BEYOND)
  store<f32>(record + HIGH, higher > 0 ? <f32>higher : 0)
  const low = <f64>load<f32>(record + LOW)
  const lower = low - step * (residual < low ? 1 - BEYOND : -BEYOND)
  store<f32>(record + LOW, lower < 0 ? <f32>lower : 0)
}

// @inline
function fade(record: usize, now: i32, before: i32): void {
  const ticks = <i32>(floor(<f64>now * ticksPerWindow) - floor(<f64>before * ticksPerWindow))
  if (ticks > 0) fadeBy(record, ticks)
}

function fadeBy(record: usize, ticks: i32): void {
  if (load<u64>(record + HABIT) == 0) return
  const each = i8x16.splat(<i8>min(ticks, 255))
  const faded = i8x16.sub_sat_u(v128.load64_zero(record + HABIT), each)
  store<u64>(record + HABIT, <u64>i64x2.extract_lane(faded, 0))
}

/** Four rows at once; false, and nothing is done, unless all are everyday rows of one window. */
// @inline
function four(
  row: i32,
  slabs: usize,
  slabBytes: usize,
  flagged: bool,
  scored: bool,
  young: bool,
): bool {
  const i4 = (<usize>row) << 2
  if (flagged && load<u32>(flagsAt + <usize>row) != 0) return false
  const windows = v128.load(windowAt + i4)
  const now = i32x4.extract_lane(windows, 0)
  const seats = v128.load(thingAt + i4)
  const ascending = i32x4.gt_s(i32x4.shuffle(seats, seats, 1, 2, 3, 3), seats)
  const p0 = recordOf(row, slabs, slabBytes)
  const p1 = recordOf(row + 1, slabs, slabBytes)
  const p2 = recordOf(row + 2, slabs, slabBytes)
  const p3 = recordOf(row + 3, slabs, slabBytes)
  const d0 = v128.load(p0, START_DEVIATION)
  const d1 = v128.load(p1, START_DEVIATION)
  const d2 = v128.load(p2, START_DEVIATION)
  const d3 = v128.load(p3, START_DEVIATION)
  const d01 = i32x4.shuffle(d0, d1, 2, 6, 3, 7)
  const d23 = i32x4.shuffle(d2, d3, 2, 6, 3, 7)
  const last = i32x4.shuffle(d01, d23, 2, 3, 6, 7)
  const before = i32x4.extract_lane(last, 0)
  const passed = now - before
  const step = (passed < DISTANCE_LIMIT ? passed : DISTANCE_LIMIT) << 3
  let counted = v128.load32_zero(p0, COUNT)
  counted = v128.load32_lane(p1, counted, 1, COUNT)
  counted = v128.load32_lane(p2, counted, 2, COUNT)
  counted = v128.load32_lane(p3, counted, 3, COUNT)
  const usual = i32x4.shr_u(counted, 16)
  const same = v128.and(
    v128.and(i32x4.eq(windows, i32x4.splat(now)), i32x4.eq(last, i32x4.splat(before))),
    i32x4.eq(usual, i32x4.splat(step)),
  )
  const n0 = <i32>load<u16>(p0, NEXT)
  const n1 = <i32>load<u16>(p1, NEXT)
  const n2 = <i32>load<u16>(p2, NEXT)
  const n3 = <i32>load<u16>(p3, NEXT)
  const distance = <usize>min((step + 4) >> 3, perDay)
  const slots = ((n0 ^ n1) | (n0 ^ n2) | (n0 ^ n3)) >> 8
  const regular =
    <i32>(i32x4.bitmask(same) == 15) &
    <i32>((i32x4.bitmask(ascending) & 7) == 7) &
    <i32>(slots == 0) &
    <i32>(n0 >> 8 == FULL_RING) &
    <i32>(<i32>load<u8>(slotsAt + distance) == FULL_RING) &
    <i32>(passed <= forgetAfter)
  if (!regular) return false

  const words = ringWords(
    v128.load(valueAt + ((<usize>row) << 3)),
    v128.load(valueAt + ((<usize>row) << 3), 16),
  )
  const b0 = v128.load(p0, RING + 16)
  const b1 = v128.load(p1, RING + 16)
  const b2 = v128.load(p2, RING + 16)
  const b3 = v128.load(p3, RING + 16)
  const b01 = i32x4.shuffle(b0, b1, 1, 2, 5, 6)
  const b23 = i32x4.shuffle(b2, b3, 1, 2, 5, 6)
  const lowers = ringValues(i32x4.shuffle(b01, b23, 0, 2, 4, 6))
  const uppers = ringValues(i32x4.shuffle(b01, b23, 1, 3, 5, 7))
  const half = f64x2.splat(0.5)
  const medians = together(
    f64x2.mul(f64x2.add(first(uppers), first(lowers)), half),
    f64x2.mul(f64x2.add(second(uppers), second(lowers)), half),
  )
  const m0 = v128.load(p0)
  const m1 = v128.load(p1)
  const m2 = v128.load(p2)
  const m3 = v128.load(p3)
  const m01 = i32x4.shuffle(m0, m1, 0, 4, 1, 5)
  const m23 = i32x4.shuffle(m2, m3, 0, 4, 1, 5)
  const m45 = i32x4.shuffle(m0, m1, 2, 6, 3, 7)
  const m67 = i32x4.shuffle(m2, m3, 2, 6, 3, 7)
  const means = i32x4.shuffle(m01, m23, 0, 1, 4, 5)
  const squares = i32x4.shuffle(m01, m23, 2, 3, 6, 7)
  const highs = i32x4.shuffle(m45, m67, 0, 1, 4, 5)
  const lows = i32x4.shuffle(m45, m67, 2, 3, 6, 7)
  const xs = ringValues(words)
  const xA = first(xs)
  const xB = second(xs)
  const meanA = first(means)
  const meanB = second(means)
  const residualA = residuals(xA, meanA, first(medians))
  const residualB = residuals(xB, meanB, second(medians))
  const weight = f64x2.splat(load<f64>(weightAt + (distance << 3)))
  const nextMeans = together(forecasts(xA, meanA, weight), forecasts(xB, meanB, weight))

  const counts = v128.and(counted, i32x4.splat(0xffff))
  const more = i32x4.add(counts, i32x4.splat(1))
  const full = i32x4.min_s(more, i32x4.splat(COUNT_LIMIT))
  const recounted = v128.or(full, i32x4.shl(usual, 16))
  const unit = f64x2.splat(1)
  const newestA = f64x2.div(unit, f64x2.convert_low_i32x4_s(more))
  const newestB = f64x2.div(unit, f64x2.convert_low_i32x4_s(i32x4.shuffle(more, more, 2, 3, 2, 3)))
  const least = f64x2.splat(load<f64>(shareAt + (distance << 3)))
  const squareA = secondMoments(first(squares), residualA, f64x2.pmax(newestA, least))
  const squareB = secondMoments(second(squares), residualB, f64x2.pmax(newestB, least))
  const tiny = f64x2.splat(TINY_SQUARE)
  const nextSquares = together(
    v128.andnot(squareA, f64x2.lt(squareA, tiny)),
    v128.andnot(squareB, f64x2.lt(squareB, tiny)),
  )
  const stepA = steps(newestA, squareA)
  const stepB = steps(newestB, squareB)
  const nextHighs = together(
    higher(first(highs), residualA, stepA),
    higher(second(highs), residualB, stepB),
  )
  const nextLows = together(
    lower(first(lows), residualA, stepA),
    lower(second(lows), residualB, stepB),
  )
  const o01 = i32x4.shuffle(nextMeans, nextSquares, 0, 4, 1, 5)
  const o23 = i32x4.shuffle(nextMeans, nextSquares, 2, 6, 3, 7)
  const o45 = i32x4.shuffle(nextHighs, nextLows, 0, 4, 1, 5)
  const o67 = i32x4.shuffle(nextHighs, nextLows, 2, 6, 3, 7)
  v128.store(p0, i32x4.shuffle(o01, o45, 0, 1, 4, 5))
  v128.store(p1, i32x4.shuffle(o01, o45, 2, 3, 6, 7))
  v128.store(p2, i32x4.shuffle(o23, o67, 0, 1, 4, 5))
  v128.store(p3, i32x4.shuffle(o23, o67, 2, 3, 6, 7))
  store<i32>(p0, now, LAST)
  store<i32>(p1, now, LAST)
  store<i32>(p2, now, LAST)
  store<i32>(p3, now, LAST)
  v128.store32_lane(p0, recounted, 0, COUNT)
  v128.store32_lane(p1, recounted, 1, COUNT)
  v128.store32_lane(p2, recounted, 2, COUNT)
  v128.store32_lane(p3, recounted, 3, COUNT)
  takeIn(p0, n0, i32x4.extract_lane(words, 0))
  takeIn(p1, n1, i32x4.extract_lane(words, 1))
  takeIn(p2, n2, i32x4.extract_lane(words, 2))
  takeIn(p3, n3, i32x4.extract_lane(words, 3))
  datapoints += 4

  if (scored) {
    const ticks = <i32>(floor(<f64>now * ticksPerWindow) - floor(<f64>before * ticksPerWindow))
    if (ticks > 0) {
      fadeBy(p0, ticks)
      fadeBy(p1, ticks)
      fadeBy(p2, ticks)
      fadeBy(p3, ticks)
    }
    const none = i32x4.splat(0)
    v128.store(meanAt + i4, means)
    v128.store(medianAt + i4, medians)
    v128.store(sAt + i4, none)
    v128.store(s0At + i4, none)
    v128.store(slowAt + i4, none)
  }
  const e01 = i32x4.shuffle(d0, d1, 0, 4, 1, 5)
  const e23 = i32x4.shuffle(d2, d3, 0, 4, 1, 5)
  const deviations = i32x4.shuffle(e01, e23, 0, 1, 4, 5)
  const startHighs = i32x4.shuffle(e01, e23, 2, 3, 6, 7)
  const startLows = i32x4.shuffle(d01, d23, 0, 1, 4, 5)
  const unjudged = i32x4.bitmask(f32x4.lt(deviations, f32x4.splat(0)))
  const inside =
    i64x2.bitmask(isInside(residualA, first(startHighs), first(startLows))) |
    (i64x2.bitmask(isInside(residualB, second(startHighs), second(startLows))) << 2)
  judged += 4 - popcnt(unjudged)
  let rest = young ? ~inside | unjudged : ~inside & ~unjudged
  rest &= 15
  if (rest == 0) return true
  v128.store(residualsAt, residualA)
  v128.store(residualsAt, residualB, 16)
  while (rest != 0) {
    const i = ctz(rest)
    rest &= rest - 1
    const record = recordOf(row + i, slabs, slabBytes)
    judge(row + i, record, load<f64>(residualsAt + ((<usize>i) << 3)), 0)
  }
  return true
}

// @inline
function takeIn(record: usize, next: i32, word: i32): void {
  const slot = next & 0xff
  replaceInFull(record + RING, slot, word | slot)
  store<u8>(record + NEXT, slot + 1 == FULL_RING ? 0 : slot + 1)
}

/** The first and the second pair of four single numbers, and two pairs as four single numbers. */
// @inline
function first(singles: v128): v128 {
  return f64x2.promote_low_f32x4(singles)
}

// @inline
function second(singles: v128): v128 {
  return f64x2.promote_low_f32x4(i32x4.shuffle(singles, singles, 2, 3, 2, 3))
}

// @inline
function together(a: v128, b: v128): v128 {
  return i32x4.shuffle(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 1, 4, 5)
}

// @inline
function ringWords(a: v128, b: v128): v128 {
  const most = f64x2.splat(LARGEST)
  const least = f64x2.splat(-LARGEST)
  const zero = f64x2.splat(0)
  const bits = together(
    f64x2.add(f64x2.pmin(f64x2.pmax(a, least), most), zero),
    f64x2.add(f64x2.pmin(f64x2.pmax(b, least), most), zero),
  )
  const even = i32x4.splat(~SLOT)
  const rounded = v128.and(i32x4.add(bits, i32x4.splat((SLOT + 1) >> 1)), even)
  const turn = v128.and(i32x4.shr_s(rounded, 31), i32x4.splat(TURN))
  return v128.and(v128.xor(rounded, turn), even)
}

// @inline
function ringValues(words: v128): v128 {
  const negative = i32x4.shr_s(words, 31)
  const slot = i32x4.splat(SLOT)
  const below = v128.xor(v128.or(words, slot), i32x4.splat(TURN))
  return v128.bitselect(below, v128.andnot(words, slot), negative)
}

// @inline
function residuals(x: v128, mean: v128, median: v128): v128 {
  const a = f64x2.sub(x, mean)
  const b = f64x2.sub(x, median)
  const residual = v128.bitselect(a, b, f64x2.lt(f64x2.abs(a), f64x2.abs(b)))
  const noise = f64x2.mul(f64x2.splat(NOISE), f64x2.pmax(f64x2.abs(x), f64x2.abs(mean)))
  return v128.andnot(residual, f64x2.lt(f64x2.abs(residual), noise))
}

// @inline
function forecasts(x: v128, mean: v128, weight: v128): v128 {
  const forecast = f64x2.add(mean, f64x2.mul(weight, f64x2.sub(x, mean)))
  return v128.andnot(forecast, f64x2.lt(f64x2.abs(forecast), f64x2.splat(TINY_MEAN)))
}

// @inline
function secondMoments(before: v128, residual: v128, weight: v128): v128 {
  const difference = f64x2.sub(f64x2.mul(residual, residual), before)
  return f64x2.add(before, f64x2.mul(weight, difference))
}

// @inline
function steps(newest: v128, square: v128): v128 {
  const share = f64x2.pmax(f64x2.mul(f64x2.splat(2), newest), f64x2.splat(LEAST_STEP))
  return f64x2.mul(share, f64x2.sqrt(square))
}

// @inline
function higher(high: v128, residual: v128, step: v128): v128 {
  const up = f64x2.splat(1 - BEYOND)
  const share = v128.bitselect(up, f64x2.splat(-BEYOND), f64x2.gt(residual, high))
  const moved = f64x2.add(high, f64x2.mul(step, share))
  return v128.and(moved, f64x2.gt(moved, f64x2.splat(0)))
}

// @inline
function lower(low: v128, residual: v128, step: v128): v128 {
  const down = f64x2.splat(1 - BEYOND)
  const share = v128.bitselect(down, f64x2.splat(-BEYOND), f64x2.lt(residual, low))
  const moved = f64x2.sub(low, f64x2.mul(step, share))
  return v128.and(moved, f64x2.lt(moved, f64x2.splat(0)))
}

// @inline
function isInside(residual: v128, high: v128, low: v128): v128 {
  return v128.and(f64x2.le(residual, high), f64x2.ge(residual, low))
}
