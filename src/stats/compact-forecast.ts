import {
  ringMedian,
  replaceInRing,
  resizeRing,
  ringValue,
  ringWord,
  startRing,
} from './compact-ring.ts'
import {
  COMPACT_BYTES,
  COMPACT_SLAB_SEATS,
  COMPACT_WORDS,
  type CompactShape,
  type CompactSlab,
  LAST,
  LOOK_BACK,
  MEAN,
  NEXT,
  RING,
  START_DEVIATION,
  usualDistance,
} from './compact-state.ts'
import { smallerResidual } from './forecasts.ts'
import type { Columns } from './model.ts'

/** Rows that are taken at once: their series stay in the processor's cache from one step to the next. */
export const BLOCK_ROWS = 512

/** Means nearer to zero are zero: a processor is slow with what float32 holds below. */
const TINY = 2 ** -100
/** Of the larger of value and mean: below this a residual is rounding noise. */
const NOISE = 2 ** -20

/** What the first step tells the second of each row of a block. */
export interface ForecastBlock {
  mean: Float32Array
  median: Float32Array
  /** NaN: the row is nobody's. */
  residual: Float64Array
  /** Of datapoints, in windows. */
  distance: Int32Array
  /** Of the habituation's clock since the datapoint before. */
  ticks: Int32Array
}

export function newForecastBlock(): ForecastBlock {
  return {
    mean: new Float32Array(BLOCK_ROWS),
    median: new Float32Array(BLOCK_ROWS),
    residual: new Float64Array(BLOCK_ROWS),
    distance: new Int32Array(BLOCK_ROWS),
    ticks: new Int32Array(BLOCK_ROWS),
  }
}

/** Forecasts the rows `[from, to)`, all of one slab and few enough for a block, and takes them in. */
export function forecastRows(
  { floats, words, halves, bytes }: CompactSlab,
  shape: CompactShape,
  { thing, window, value, watched }: Columns,
  from: number,
  to: number,
  block: ForecastBlock,
): void {
  const { perDay, forgetAfter, ticks, weight, window: lookBack } = shape
  for (let row = from; row < to; row++) {
    const i = row - from
    const seat = thing[row]!
    if (watched !== null && watched[seat] !== 1) {
      block.residual[i] = Number.NaN
      continue
    }
    const place = seat & (COMPACT_SLAB_SEATS - 1)
    const at = place * COMPACT_WORDS
    const byte = place * COMPACT_BYTES
    const now = window[row]!
    const word = ringWord(value[row]!)
    const x = ringValue(word)
    let before = words[at + LAST]!
    if (bytes[byte + LOOK_BACK] === 0 || now - before > forgetAfter) {
      startAnew(floats, words, bytes, at, word, lookBack[0]!)
      before = now
    }
    words[at + LAST] = now
    block.ticks[i] = Math.floor(now * ticks) - Math.floor(before * ticks)
    const distance = usualDistance(halves, 2 * at, now - before, perDay)
    block.distance[i] = distance
    const slots = lookBack[distance]!
    if (bytes[byte + LOOK_BACK] !== slots) lookBackAt(words, bytes, at, slots)
    const mean = floats[at + MEAN]!
    const median = ringMedian(words, at + RING, slots)
    block.mean[i] = mean
    block.median[i] = median
    block.residual[i] = compactResidual(x, mean, median)
    const forecast = mean + weight[distance]! * (x - mean)
    floats[at + MEAN] = Math.abs(forecast) < TINY ? 0 : forecast
    const next = bytes[byte + NEXT]!
    replaceInRing(words, at + RING, slots, next, word)
    bytes[byte + NEXT] = next + 1 === slots ? 0 : next + 1
  }
}

/** What neither of a datapoint's two forecasts foresaw; all three in single precision. */
export function compactResidual(x: number, mean: number, median: number): number {
  const residual = smallerResidual(x - mean, x - median)
  const noise = NOISE * Math.max(Math.abs(x), Math.abs(mean))
  return Math.abs(residual) < noise ? 0 : residual
}

/** A series begins; `at` is its record's first word. */
export function startAnew(
  floats: Float32Array,
  words: Int32Array,
  bytes: Uint8Array,
  at: number,
  word: number,
  slots: number,
): void {
  words.fill(0, at, at + COMPACT_WORDS)
  floats[at + MEAN] = ringValue(word)
  floats[at + START_DEVIATION] = -1
  startRing(words, at + RING, slots, word)
  bytes[at * 4 + LOOK_BACK] = slots
}

/** So many values are looked back at from here on. */
export function lookBackAt(words: Int32Array, bytes: Uint8Array, at: number, slots: number): void {
  const byte = at * 4
  const ring = at + RING
  resizeRing(words, ring, bytes[byte + LOOK_BACK]!, bytes[byte + NEXT]!, slots)
  bytes[byte + LOOK_BACK] = slots
  bytes[byte + NEXT] = 0
}
