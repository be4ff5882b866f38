// AssemblyScript, part of compact-kernel.as.ts: the records of series, what follows from the length of windows,
// and what both ways of taking rows in need; see compact-state.ts and compact-forecast.ts.
import { thingAt } from './kernel-columns.part.as'

/** A series begins; `word` is its first value's. */
export declare function startAnew(record: usize, word: i32, slots: i32): void
export declare function lookBackAt(record: usize, slots: i32): void
/** A row beyond its quantiles, or of a series too young to have any; `flags` are the row's. */
export declare function judge(row: i32, record: usize, residual: f64, flags: i32): void

export const SEAT_BITS: i32 = 12
export const RECORD_BYTES: usize = 96
export const MEAN: usize = 0
export const SQUARE: usize = 4
export const HIGH: usize = 8
export const LOW: usize = 12
export const START_DEVIATION: usize = 16
export const START_HIGH: usize = 20
export const START_LOW: usize = 24
export const LAST: usize = 28
export const COUNT: usize = 32
export const DISTANCE: usize = 34
export const RING: usize = 36
export const NEXT: usize = 84
export const LOOK_BACK: usize = 85
export const HABIT: usize = 88

export const FULL_RING: i32 = 12
export const SLOT: i32 = 15
export const TURN: i32 = 0x7fffffff
export const COUNT_LIMIT: i32 = 0xffff
export const DISTANCE_LIMIT: i32 = 0xffff >> 3

export const LARGEST: f64 = 1152921504606846976.0
export const TINY_MEAN: f64 = 7.888609052210118e-31
export const NOISE: f64 = 9.5367431640625e-7
export const TINY_SQUARE: f64 = 7.52316384526264e-37
export const LEAST_STEP: f64 = 0.1
export const BEYOND: f64 = 0.02

export let weightAt: usize = 0
export let slotsAt: usize = 0
export let shareAt: usize = 0
export let perDay: i32 = 0
export let forgetAfter: i32 = 0
export let ticksPerWindow: f64 = 0

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

/** Datapoints that a call has taken in, and those of them that were compared with their own series. */
export let datapoints: i32 = 0
export let judged: i32 = 0

export function startCounts(): void {
  datapoints = 0
  judged = 0
}

// @inline
export function addCounts(taken: i32, compared: i32): void {
  datapoints += taken
  judged += compared
}

// @inline
export function recordOf(row: usize, slabs: usize, slabBytes: usize): usize {
  const seat = load<i32>(thingAt + (row << 2))
  return (
    slabs +
    <usize>(seat >> SEAT_BITS) * slabBytes +
    <usize>(seat & ((1 << SEAT_BITS) - 1)) * RECORD_BYTES
  )
}

/** Of twelve: those above the one that goes move down, those above the one that comes move up. */
// @inline
export function replaceInFull(ring: usize, slot: i32, word: i32): void {
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

export function fadeBy(record: usize, ticks: i32): void {
  if (load<u32>(record + HABIT) == 0) return
  const each = i8x16.splat(<i8>min(ticks, 255))
  const faded = i8x16.sub_sat_u(v128.load32_zero(record + HABIT), each)
  store<i32>(record + HABIT, i32x4.extract_lane(faded, 0))
}
