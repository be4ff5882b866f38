import { DAY_MS } from '../domain/time.ts'
import { cadencesByDistance, MEDIAN_WINDOW } from './forecasts.ts'
import { HABITUATION_CELLS, habituationGrowth } from './habituation.ts'
import { RECURRENCE_WORDS } from './recurrence.ts'
import { SLOW_WORDS } from './slow-level.ts'
import type { SlabHandle } from './series-slabs.ts'
import { slowShape, type SlowShape } from './slow-shape.ts'

/**
 * The state of one series, a thing under a behavior: a record of 32-bit words (a number of cache lines),
 * and the bins of the day's residuals as they come. Records lie in slabs of seats: a slab never moves
 * while threads write in it, and pages never touched cost nothing. A seat is written by its shard's
 * lane alone.
 */
export const SLAB_BITS = 8
export const SLAB_SEATS: number = 1 << SLAB_BITS

/** Words of a record. The mean as forecast; the window of the last datapoint, and of the first. */
export const MEAN = 0
export const LAST = 1
export const SINCE = 2
/** Datapoints of the even and of the odd day being collected. */
export const LOGGED = 3
/** The usual distance of datapoints, in eighths of a window. */
export const DISTANCE = 5
/** Four bytes: values in the ring, where the next goes, values in order, how many there shall be. */
export const LOOK_BACK = 6
export const NEXT_MASK = 0xff00
/** The last values as they came, and the youngest of them in ascending order. */
export const RING = 8
export const ORDER: number = RING + MEDIAN_WINDOW
/** What came on which days. */
export const RECURRENCE: number = ORDER + MEDIAN_WINDOW
/** What looks at slow averages, and the habituation: the end of the one and the beginning of the other, a line. */
export const SLOW: number = RECURRENCE + RECURRENCE_WORDS
export const HABIT: number = SLOW + SLOW_WORDS
export const SERIES_WORDS: number = (HABIT + HABITUATION_CELLS + 15) & ~15

export function lookBackOf(fill: number, next: number, ordered: number, wanted: number): number {
  return fill | (next << 8) | (ordered << 16) | (wanted << 24)
}

/** A series silent for longer starts anew, as the thing itself would. */
const FORGET_DAYS = 14

/** What follows from the length of windows. */
export interface SeriesShape {
  /** Windows, and so datapoints, of a day at most. */
  perDay: number
  forgetAfter: number
  /** By distance of datapoints in windows: weight in the mean, values under the median, growth. */
  weight: Float64Array
  window: Uint8Array
  growth: Float64Array
  slow: SlowShape
}

const shapes = new Map<number, SeriesShape>()

export function seriesShape(windowMs: number): SeriesShape {
  let shape = shapes.get(windowMs)
  if (shape === undefined) shapes.set(windowMs, (shape = newShape(windowMs)))
  return shape
}

function newShape(windowMs: number): SeriesShape {
  const perDay = DAY_MS / windowMs
  const cadences = cadencesByDistance(perDay)
  return {
    perDay,
    forgetAfter: FORGET_DAYS * perDay,
    weight: Float64Array.from(cadences, ({ weight }) => weight),
    window: Uint8Array.from(cadences, ({ window }) => window),
    growth: Float64Array.from(cadences, ({ perDay }) => habituationGrowth(perDay)),
    slow: slowShape(perDay),
  }
}

/** Bytes of a slab of series: its records, then the logs of the even and of the odd day. */
export function slabBytes({ perDay }: SeriesShape): number {
  return (SLAB_SEATS * (SERIES_WORDS * 4 + 2 * perDay * 2) + 63) & ~63
}

export function slabInts({ memory, at }: SlabHandle): Int32Array {
  return new Int32Array(memory, at, SLAB_SEATS * SERIES_WORDS)
}

export function slabFloats({ memory, at }: SlabHandle): Float32Array {
  return new Float32Array(memory, at, SLAB_SEATS * SERIES_WORDS)
}

/** The bins of an even (0) or odd (1) day, `perDay` for each seat. */
export function slabLog(
  { memory, at }: SlabHandle,
  parity: number,
  shape: SeriesShape,
): Int16Array {
  return new Int16Array(memory, at + logAt(parity, shape), SLAB_SEATS * shape.perDay)
}

/** Where they begin in a slab. */
export function logAt(parity: number, { perDay }: SeriesShape): number {
  return SLAB_SEATS * (SERIES_WORDS * 4 + parity * perDay * 2)
}
