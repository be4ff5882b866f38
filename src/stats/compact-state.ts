import { DAY_MS } from '../domain/time.ts'
import { cadencesByDistance, MEDIAN_WINDOW } from './forecasts.ts'
import type { SlabHandle } from './series-slabs.ts'
import { TICKS_PER_DAY } from './compact-habituation.ts'

/**
 * The compact state of one series: 96 bytes, one and a half cache lines. Records lie in slabs of seats; a
 * slab never moves, pages of it never touched cost nothing, and a seat is written by its shard's lane
 * alone.
 */
export const COMPACT_SLAB_BITS = 12
export const COMPACT_SLAB_SEATS: number = 1 << COMPACT_SLAB_BITS

/** 32-bit words of a record. Running: the mean as forecast, the residuals' second moment, 2 % quantiles. */
export const MEAN = 0
export const SQUARE = 1
export const HIGH = 2
export const LOW = 3
/** The same as the day began: deviation (below 0: too young to be judged by it), quantiles. */
export const START_DEVIATION = 4
export const START_HIGH = 5
export const START_LOW = 6
/** The window of the last datapoint. */
export const LAST = 7
/** The last values, ascending; see `compact-ring.ts`. */
export const RING = 9
export const COMPACT_WORDS: number = RING + MEDIAN_WINDOW + 3

/** 16-bit halves. Datapoints seen, as far as it counts; their usual distance, in eighths of a window. */
export const COUNT = 16
export const DISTANCE = 17
/** Datapoints seen as the day began. */
export const START_COUNT = 43
/** Bytes. Which of the ring's slots is next, how many there are; the habituation's cells. */
export const NEXT = 84
export const LOOK_BACK = 85
export const HABIT = 88

export const COMPACT_BYTES: number = COMPACT_WORDS * 4
export const COMPACT_SLAB_BYTES: number = COMPACT_SLAB_SEATS * COMPACT_BYTES

export const COUNT_LIMIT = 0xffff
const DISTANCE_LIMIT = 0xffff >> 3

/** Datapoints of its own before a thing is compared with itself: so many, or those of two days. */
const LEAST_HISTORY = 200
const LEAST_DAYS = 2

/** A series silent for longer starts anew, as the thing itself would. */
const FORGET_DAYS = 14

/** What follows from the length of windows. */
export interface CompactShape {
  perDay: number
  forgetAfter: number
  /** Steps of the habituation's clock per window. */
  ticks: number
  /**
   * By distance of datapoints in windows: weight in the mean, values under the median, least weight in
   * the second moment, and the datapoints after which a thing is compared with itself.
   */
  weight: Float64Array
  window: Uint8Array
  share: Float64Array
  history: Uint8Array
}

const shapes = new Map<number, CompactShape>()

export function compactShape(windowMs: number): CompactShape {
  let shape = shapes.get(windowMs)
  if (shape === undefined) shapes.set(windowMs, (shape = newShape(windowMs)))
  return shape
}

function newShape(windowMs: number): CompactShape {
  const perDay = DAY_MS / windowMs
  const cadences = cadencesByDistance(perDay)
  return {
    perDay,
    forgetAfter: FORGET_DAYS * perDay,
    ticks: TICKS_PER_DAY / perDay,
    weight: Float64Array.from(cadences, ({ weight }) => weight),
    window: Uint8Array.from(cadences, ({ window }) => window),
    share: Float64Array.from(cadences, (cadence) => 1 / (FORGET_DAYS * cadence.perDay)),
    history: Uint8Array.from(cadences, (cadence) =>
      Math.min(LEAST_HISTORY, LEAST_DAYS * cadence.perDay),
    ),
  }
}

/** A slab of one behavior's series, seen as its kinds of numbers. */
export interface CompactSlab {
  floats: Float32Array
  words: Int32Array
  halves: Uint16Array
  bytes: Uint8Array
}

export function compactSlab({ memory, at }: SlabHandle): CompactSlab {
  return {
    floats: new Float32Array(memory, at, COMPACT_SLAB_SEATS * COMPACT_WORDS),
    words: new Int32Array(memory, at, COMPACT_SLAB_SEATS * COMPACT_WORDS),
    halves: new Uint16Array(memory, at, COMPACT_SLAB_SEATS * COMPACT_WORDS * 2),
    bytes: new Uint8Array(memory, at, COMPACT_SLAB_BYTES),
  }
}

/** The usual distance of a series' datapoints in windows: near the median of those seen, slow to change. */
export function usualDistance(
  halves: Uint16Array,
  at: number,
  passed: number,
  perDay: number,
): number {
  let usual = halves[at + DISTANCE]!
  const step = (passed < DISTANCE_LIMIT ? passed : DISTANCE_LIMIT) << 3
  if (step !== usual) {
    usual = usual === 0 ? step : step > usual ? usual + 1 : usual - 1
    halves[at + DISTANCE] = usual
  }
  return distanceOf(usual, perDay)
}

/** In whole windows. */
export function distanceOf(eighths: number, perDay: number): number {
  const distance = (eighths + 4) >> 3
  return distance > perDay ? perDay : distance
}
