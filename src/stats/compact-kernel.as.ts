// AssemblyScript, compiled into compact-kernel.wasm.ts: what compact-kernel.ts and compact-forecast.ts do
// with nearly every row, in the same order of operations, so that every bit is the same. What is rare it
// leaves to them (the imported functions). Works on the series in place; arguments are addresses, rows,
// and what compact-state.ts says of shapes and records.
// Memory: shared.
import { four } from './compact-four.part.as'
import {
  addCounts,
  BEYOND,
  COUNT,
  COUNT_LIMIT,
  datapoints,
  DISTANCE,
  DISTANCE_LIMIT,
  fadeBy,
  forgetAfter,
  FULL_RING,
  HIGH,
  judge,
  judged,
  LARGEST,
  LAST,
  LEAST_STEP,
  LOOK_BACK,
  lookBackAt,
  LOW,
  MEAN,
  NEXT,
  NOISE,
  perDay,
  recordOf,
  replaceInFull,
  RING,
  shareAt,
  SLOT,
  slotsAt,
  SQUARE,
  START_DEVIATION,
  START_HIGH,
  START_LOW,
  startAnew,
  startCounts,
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
  skip,
  slowAt,
  UNLEARNED,
  UNWATCHED,
  valueAt,
  windowAt,
} from './kernel-columns.part.as'

export { residualsRoom } from './compact-four.part.as'
export { shape } from './compact-record.part.as'
export { columns } from './kernel-columns.part.as'

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
  startCounts()
  let row = 0
  while (row < rows) {
    if (row + 4 <= rows && four(row, slabs, slabBytes, flagged, scored, young)) row += 4
    else one(row++, slabs, slabBytes, flagged, scored, young)
  }
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
  if (!(flags & UNLEARNED)) addCounts(0, 1)
  const isInside =
    <i32>(residual <= <f64>load<f32>(record + START_HIGH)) &
    <i32>(residual >= <f64>load<f32>(record + START_LOW))
  if (!isInside) judge(row, record, residual, flags)
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
  addCounts(1, 0)
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
