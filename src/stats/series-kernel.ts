import { binOfPattern, LARGEST } from './float-bins.ts'
import { MEDIAN_WINDOW, smallerResidual } from './forecasts.ts'
import { clearHabituation, fadeHabituation, habituate, HABITUATION_FROM } from './habituation.ts'
import type { Columns } from './model.ts'
import { insertInOrder, medianInOrder, replaceInOrder } from './rolling-median.ts'
import {
  DISTANCE,
  FILL,
  HABIT,
  LAST,
  LOGGED,
  MEAN,
  NEXT,
  ORDER,
  ORDERED,
  RING,
  SERIES_WORDS,
  type SeriesShape,
  SINCE,
  SLAB_BITS,
  SLAB_SEATS,
  type SlabHandle,
  WANTED,
} from './series-state.ts'
import type { TailModel } from './tail-model.ts'

/** How near a repeated score must come to count as the same one. */
const TOLERANCE = 0.5
/** Taken off every score in the end, before and after habituation. */
export const SHIFT = 0.25
/** Of the larger of value and mean: below this a residual is rounding noise. */
const NOISE = 2 ** -20

/** Where the scores of a pass go, one per row; NaN where the thing is not watched. */
export interface SeriesScores {
  s: Float32Array
  s0: Float32Array
  /** The two forecasts of each datapoint. */
  mean: Float32Array
  median: Float32Array
}

/** One slab of series as the kernel sees it. */
interface Slab {
  floats: Float32Array
  ints: Int32Array
  bytes: Uint8Array
  log: Int16Array
}

const float = new Float32Array(1)
const pattern = new Int32Array(float.buffer)

/**
 * Takes each row, in time order of its thing, into its series: residual of the two forecasts, its bin
 * into the day's log, and its score where there are a model and `out`. All rows must be of one UTC day.
 */
export function advance(
  slabs: readonly SlabHandle[],
  shape: SeriesShape,
  columns: Columns,
  model: TailModel | null,
  out: SeriesScores | null,
): void {
  const { thing, window, value, from, to, watched } = columns
  if (from === to) return
  const { perDay, forgetAfter } = shape
  const parity = Math.floor(window[from]! / perDay) & 1
  const views = slabs.map((slab) => slabView(slab, parity))
  for (let row = from; row < to; row++) {
    const seat = thing[row]!
    if (watched !== null && watched[seat] !== 1) {
      if (out !== null) skip(out, row)
      continue
    }
    const { floats, ints, bytes, log } = views[seat >> SLAB_BITS]!
    const place = seat & (SLAB_SEATS - 1)
    const at = place * SERIES_WORDS
    const now = window[row]!
    const measured = value[row]!
    const x = Math.fround(measured > LARGEST ? LARGEST : measured < -LARGEST ? -LARGEST : measured)
    if (floats[at + HABIT] === 0 || now - ints[at + LAST]! > forgetAfter) {
      startAnew(floats, ints, bytes, at, x, now)
    }
    const distance = distanceOf(ints, at, now, perDay)
    const mean = floats[at + MEAN]!
    const median = Math.fround(previousMedian(floats, bytes, at, shape.window[distance]!, x))
    floats[at + MEAN] = mean + shape.weight[distance]! * (x - mean)
    float[0] = smallerResidual(x - mean, x - median)
    const noise = NOISE * Math.max(Math.abs(x), Math.abs(mean))
    const bin = Math.abs(float[0]) < noise ? 0 : binOfPattern(pattern[0]!)
    log[place * perDay + ints[at + LOGGED + parity]!++] = bin
    if (out !== null) {
      out.mean[row] = mean
      out.median[row] = median
      const score = model === null ? 0 : model.score(model.recordOf(seat, ints[at + SINCE]!), bin)
      out.s0[row] = score > SHIFT ? score - SHIFT : 0
      const left = score < HABITUATION_FROM ? 0 : habituate(floats, at + HABIT, score, TOLERANCE)
      out.s[row] = left > SHIFT ? left - SHIFT : 0
    }
    fadeHabituation(floats, at + HABIT, shape.growth[distance]!)
  }
}

function slabView({ records, logs }: SlabHandle, parity: number): Slab {
  return {
    floats: new Float32Array(records),
    ints: new Int32Array(records),
    bytes: new Uint8Array(records),
    log: new Int16Array(logs[parity as 0 | 1]),
  }
}

function skip({ s, s0, mean, median }: SeriesScores, row: number): void {
  s[row] = Number.NaN
  s0[row] = Number.NaN
  mean[row] = Number.NaN
  median[row] = Number.NaN
}

function startAnew(
  floats: Float32Array,
  ints: Int32Array,
  bytes: Uint8Array,
  at: number,
  x: number,
  now: number,
): void {
  floats[at + MEAN] = x
  ints[at + LAST] = now
  ints[at + SINCE] = now
  ints[at + DISTANCE] = 0
  bytes.fill(0, at * 4 + FILL, at * 4 + WANTED + 1)
  clearHabituation(floats, at + HABIT)
}

/** The usual distance of a series' datapoints in windows: near the median of those seen, slow to change. */
function distanceOf(ints: Int32Array, at: number, now: number, perDay: number): number {
  const step = (now - ints[at + LAST]!) << 3
  const before = ints[at + DISTANCE]!
  let usual = before
  if (before === 0) usual = step
  else if (step > before) usual++
  else if (step < before) usual--
  ints[at + DISTANCE] = usual
  ints[at + LAST] = now
  const distance = (usual + 4) >> 3
  return distance > perDay ? perDay : distance
}

/** The median of the previous values (the first one's: itself); takes `x` in for the next. */
function previousMedian(
  floats: Float32Array,
  bytes: Uint8Array,
  at: number,
  wanted: number,
  x: number,
): number {
  const byte = at * 4
  if (bytes[byte + WANTED] !== wanted) orderAnew(floats, bytes, at, wanted)
  const ordered = bytes[byte + ORDERED]!
  const next = bytes[byte + NEXT]!
  const median = ordered === 0 ? x : medianInOrder(floats, at + ORDER, ordered)
  if (ordered < wanted) {
    insertInOrder(floats, at + ORDER, ordered, x)
    bytes[byte + ORDERED] = ordered + 1
  } else {
    const oldest = next >= wanted ? next - wanted : next - wanted + MEDIAN_WINDOW
    const old = floats[at + RING + oldest]!
    if (old !== x) replaceInOrder(floats, at + ORDER, wanted, old, x)
  }
  floats[at + RING + next] = x
  bytes[byte + NEXT] = next === MEDIAN_WINDOW - 1 ? 0 : next + 1
  if (bytes[byte + FILL]! < MEDIAN_WINDOW) bytes[byte + FILL]!++
  return median
}

/** Another number of values is to be looked back at. */
function orderAnew(floats: Float32Array, bytes: Uint8Array, at: number, wanted: number): void {
  const byte = at * 4
  const count = Math.min(wanted, bytes[byte + FILL]!)
  const next = bytes[byte + NEXT]!
  for (let i = 0; i < count; i++) {
    const place = (next - 1 - i + 2 * MEDIAN_WINDOW) % MEDIAN_WINDOW
    insertInOrder(floats, at + ORDER, i, floats[at + RING + place]!)
  }
  bytes[byte + ORDERED] = count
  bytes[byte + WANTED] = wanted
}
