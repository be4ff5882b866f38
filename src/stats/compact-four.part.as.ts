// AssemblyScript, part of compact-kernel.as.ts: four everyday rows at once, each in a lane of its own.

import {
  addCounts,
  BEYOND,
  COUNT,
  COUNT_LIMIT,
  DISTANCE_LIMIT,
  fadeBy,
  forgetAfter,
  FULL_RING,
  judge,
  LARGEST,
  LAST,
  LEAST_STEP,
  NEXT,
  NOISE,
  perDay,
  recordOf,
  replaceInFull,
  RING,
  shareAt,
  SLOT,
  slotsAt,
  START_DEVIATION,
  ticksPerWindow,
  TINY_MEAN,
  TINY_SQUARE,
  TURN,
  weightAt,
} from './compact-record.part.as'
import {
  flagsAt,
  meanAt,
  medianAt,
  s0At,
  sAt,
  slowAt,
  thingAt,
  valueAt,
  windowAt,
} from './kernel-columns.part.as'

/** Room for four residuals. */
let residualsAt: usize = 0

export function residualsRoom(at: usize): void {
  residualsAt = at
}

/** Four rows at once; false, and nothing is done, unless all are everyday rows of one window. */
// @inline
export function four(
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
  addCounts(4, 0)

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
  addCounts(0, 4 - popcnt(unjudged))
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
