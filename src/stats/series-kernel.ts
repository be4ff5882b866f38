import { binOfPattern, LARGEST } from './float-bins.ts'
import { MEDIAN_WINDOW, smallerResidual } from './forecasts.ts'
import { clearHabituation, fadeHabituation, habituate } from './habituation.ts'
import type { Columns, SeriesScores } from './model.ts'
import { clearRecurrence, recur, RECURRENCE_FROM } from './recurrence.ts'
import { insertInOrder, medianInOrder, replaceInOrder } from './rolling-median.ts'
import {
  DISTANCE,
  HABIT,
  LAST,
  LOGGED,
  MEAN,
  LOOK_BACK,
  lookBackOf,
  NEXT_MASK,
  ORDER,
  RECURRENCE,
  RING,
  SERIES_WORDS,
  type SeriesShape,
  SINCE,
  SLOW,
  SLAB_BITS,
  SLAB_SEATS,
  slabFloats,
  slabInts,
  slabLog,
} from './series-state.ts'
import { slabAt, type SlabHandle, type Slabs } from './series-slabs.ts'
import { clearSlow, slowScore, takeSlow } from './slow-level.ts'
import type { TailModel } from './tail-model.ts'

/** How near a repeated score must come to count as the same one. */
const TOLERANCE = 0.5
/** Taken off every score in the end, before and after habituation. */
export const SHIFT = 0.25
/** Of the larger of value and mean: below this a residual is rounding noise. */
const NOISE = 2 ** -20

const float = new Float32Array(1)
const pattern = new Int32Array(float.buffer)

/** Rows that are taken at once, step by step: no function gets too large for V8 to build in what it calls. */
const BLOCK_ROWS = 64
/** Of each row of a block: the usual distance of its series' datapoints, -1 where it is nobody's, and its bin. */
const distances = new Int32Array(BLOCK_ROWS)
const bins = new Int32Array(BLOCK_ROWS)

/** What `advance` does, in plain TypeScript: the reference for the kernel in WebAssembly. */
export function advancePlain(
  slabs: Slabs,
  at: number,
  shape: SeriesShape,
  columns: Columns,
  model: TailModel | null,
  out: SeriesScores | null,
  learned: Uint8Array | null = null,
): void {
  const { thing, window, from, to } = columns
  if (from === to) return
  const day = Math.floor(window[from]! / shape.perDay)
  const views: (Slab | undefined)[] = []
  for (let row = from; row < to; ) {
    const slab = thing[row]! >> SLAB_BITS
    const first = row
    const most = Math.min(to, first + BLOCK_ROWS)
    // Each thing once, and all of one slab.
    do row++
    while (row < most && thing[row]! > thing[row - 1]! && thing[row]! >> SLAB_BITS === slab)
    const view = (views[slab] ??= slabView(slabAt(slabs, slab, at), day, shape))
    learnRows(view, shape, columns, first, row, out, learned)
    if (out !== null) scoreRows(view, shape, columns, first, row, model, out)
    fadeRows(view, shape, columns, first, row)
  }
}

/** One slab of series as the kernel sees it. */
interface Slab {
  floats: Float32Array
  ints: Int32Array
  log: Int16Array
  day: number
}

function slabView(slab: SlabHandle, day: number, shape: SeriesShape): Slab {
  const log = slabLog(slab, day & 1, shape)
  return { floats: slabFloats(slab), ints: slabInts(slab), log, day }
}

/** Forecasts the rows of a block, and takes them in: bins go into the day's logs. */
function learnRows(
  { floats, ints, log, day }: Slab,
  { perDay, forgetAfter, weight, window: lookBack, slow }: SeriesShape,
  { thing, window, value, watched }: Columns,
  from: number,
  to: number,
  out: SeriesScores | null,
  learned: Uint8Array | null,
): void {
  const logged = LOGGED + (day & 1)
  for (let row = from; row < to; row++) {
    const seat = thing[row]!
    if (watched !== null && watched[seat] !== 1) {
      distances[row - from] = -1
      continue
    }
    const place = seat & (SLAB_SEATS - 1)
    const at = place * SERIES_WORDS
    const now = window[row]!
    const x = heldValue(value[row]!)
    if (floats[at + HABIT] === 0 || now - ints[at + LAST]! > forgetAfter) {
      startAnew(floats, ints, at, x, now)
    }
    const distance = distanceOf(ints, at, now, perDay)
    const mean = floats[at + MEAN]!
    const median = Math.fround(previousMedian(floats, ints, at, lookBack[distance]!, x))
    floats[at + MEAN] = mean + weight[distance]! * (x - mean)
    const bin = residualBin(x, mean, median)
    distances[row - from] = distance
    bins[row - from] = bin
    if (learned === null || learned[row] === 1) {
      const count = ints[at + logged]!
      ints[at + logged] = count + 1
      log[place * perDay + count] = bin
      takeSlow(floats, ints, at + SLOW, x, day, now - ints[at + SINCE]!, distance, slow)
    }
    if (out !== null) {
      out.mean[row] = mean
      out.median[row] = median
    }
  }
}

/** Scores the rows of a block and counts the scores. */
function scoreRows(
  { floats, ints }: Slab,
  { perDay, window: lookBack }: SeriesShape,
  { thing }: Columns,
  from: number,
  to: number,
  model: TailModel | null,
  out: SeriesScores,
): void {
  const { s, s0, slow } = out
  for (let row = from; row < to; row++) {
    const distance = distances[row - from]!
    if (distance < 0) {
      skip(out, row)
      continue
    }
    const seat = thing[row]!
    const at = (seat & (SLAB_SEATS - 1)) * SERIES_WORDS
    let score = 0
    let slowly = 0
    if (model !== null) {
      score = model.score(model.recordOf(seat, ints[at + SINCE]!), bins[row - from]!)
      const varies = floats[at + ORDER] !== floats[at + ORDER + lookBack[distance]! - 1]
      slowly = slowScore(floats, ints, at + SLOW, varies, model.twoSided)
      score = Math.max(score, Math.abs(slowly))
    }
    slow[row] = slowly
    s0[row] = score > SHIFT ? score - SHIFT : 0
    const left = habituateSeries(floats, ints, at, score, slowly, perDay)
    s[row] = left > SHIFT ? left - SHIFT : 0
  }
}

function fadeRows(
  { floats }: Slab,
  { growth }: SeriesShape,
  { thing }: Columns,
  from: number,
  to: number,
): void {
  for (let row = from; row < to; row++) {
    const distance = distances[row - from]!
    if (distance < 0) continue
    const at = (thing[row]! & (SLAB_SEATS - 1)) * SERIES_WORDS
    fadeHabituation(floats, at + HABIT, growth[distance]!)
  }
}

/** The score of its last datapoint after habituation, by the last day and, unless slow averages set it, by those before; notes it. */
export function habituateSeries(
  floats: Float32Array,
  ints: Int32Array,
  at: number,
  score: number,
  slowly: number,
  perDay: number,
): number {
  let more = 0
  if (score > RECURRENCE_FROM && score !== Math.abs(slowly)) {
    const distance = wholeWindows(ints[at + DISTANCE]!, perDay)
    more = recur(ints, at + RECURRENCE, score, ints[at + LAST]!, distance, perDay)
  }
  return habituate(floats, at + HABIT, score, TOLERANCE, more)
}

/** A value as series keep it. */
export function heldValue(value: number): number {
  return Math.fround(value > LARGEST ? LARGEST : value < -LARGEST ? -LARGEST : value) + 0
}

/** The bin of what neither of a datapoint's two forecasts foresaw; all three in single precision. */
export function residualBin(x: number, mean: number, median: number): number {
  float[0] = smallerResidual(x - mean, x - median)
  const noise = NOISE * Math.max(Math.abs(x), Math.abs(mean))
  return Math.abs(float[0]) < noise ? 0 : binOfPattern(pattern[0]!)
}

function skip({ s, s0, mean, median, slow }: SeriesScores, row: number): void {
  s[row] = Number.NaN
  s0[row] = Number.NaN
  mean[row] = Number.NaN
  median[row] = Number.NaN
  slow[row] = Number.NaN
}

/** A series begins; `at` is its record's first word. */
export function startAnew(
  floats: Float32Array,
  ints: Int32Array,
  at: number,
  x: number,
  now: number,
): void {
  floats[at + MEAN] = x
  ints[at + LAST] = now
  ints[at + SINCE] = now
  ints[at + DISTANCE] = 0
  ints[at + LOOK_BACK] = 0
  clearHabituation(floats, at + HABIT)
  clearRecurrence(ints, at + RECURRENCE)
  clearSlow(floats, ints, at + SLOW)
}

/** The usual distance of a series' datapoints in windows: near the median of those seen, slow to change. */
function distanceOf(ints: Int32Array, at: number, now: number, perDay: number): number {
  const step = (now - ints[at + LAST]!) << 3
  let usual = ints[at + DISTANCE]!
  ints[at + LAST] = now
  if (step !== usual) {
    usual = usual === 0 ? step : step > usual ? usual + 1 : usual - 1
    ints[at + DISTANCE] = usual
  }
  return wholeWindows(usual, perDay)
}

function wholeWindows(eighths: number, perDay: number): number {
  const distance = (eighths + 4) >> 3
  return distance > perDay ? perDay : distance
}

/** The median of the previous values (the first one's: itself); takes `x` in for the next. */
export function previousMedian(
  floats: Float32Array,
  ints: Int32Array,
  at: number,
  wanted: number,
  x: number,
): number {
  const look = ints[at + LOOK_BACK]!
  const full = lookBackOf(MEDIAN_WINDOW, 0, wanted, wanted)
  if ((look & ~NEXT_MASK) !== full) return growingMedian(floats, ints, at, wanted, x)
  const median = medianInOrder(floats, at + ORDER, wanted)
  const next = (look & NEXT_MASK) >> 8
  const oldest = next >= wanted ? next - wanted : next - wanted + MEDIAN_WINDOW
  const old = floats[at + RING + oldest]!
  if (old !== x) replaceInOrder(floats, at + ORDER, wanted, old, x)
  floats[at + RING + next] = x
  ints[at + LOOK_BACK] = full | (next === MEDIAN_WINDOW - 1 ? 0 : (next + 1) << 8)
  return median
}

/** The same as long as values are few, or when another number of them is looked back at. */
function growingMedian(
  floats: Float32Array,
  ints: Int32Array,
  at: number,
  wanted: number,
  x: number,
): number {
  const look = ints[at + LOOK_BACK]!
  const fill = look & 0xff
  const next = (look & NEXT_MASK) >> 8
  let ordered = (look >> 16) & 0xff
  if (look >>> 24 !== wanted) ordered = orderAnew(floats, at, Math.min(wanted, fill), next)
  const median = ordered === 0 ? x : medianInOrder(floats, at + ORDER, ordered)
  if (ordered < wanted) insertInOrder(floats, at + ORDER, ordered++, x)
  else {
    const oldest = next >= wanted ? next - wanted : next - wanted + MEDIAN_WINDOW
    replaceInOrder(floats, at + ORDER, wanted, floats[at + RING + oldest]!, x)
  }
  floats[at + RING + next] = x
  const filled = Math.min(MEDIAN_WINDOW, fill + 1)
  ints[at + LOOK_BACK] = lookBackOf(filled, (next + 1) % MEDIAN_WINDOW, ordered, wanted)
  return median
}

/** Puts the last `count` values of the ring in order. */
function orderAnew(floats: Float32Array, at: number, count: number, next: number): number {
  for (let i = 0; i < count; i++) {
    const place = (next - 1 - i + MEDIAN_WINDOW) % MEDIAN_WINDOW
    insertInOrder(floats, at + ORDER, i, floats[at + RING + place]!)
  }
  return count
}
