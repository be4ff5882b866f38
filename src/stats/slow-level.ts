/**
 * What residuals are blind to, because the forecasts follow: a series that has fallen almost silent, and
 * one whose level has slowly risen above all it was in two weeks. Both look at slow averages, compared
 * with the series' own past, and are meant to speak hardly ever: see `slowScore`.
 */
import { DAYS_BACK, type SlowShape } from './slow-shape.ts'

/** Of a day: the lowest and the highest level, the highest share. */
const LOWEST = 0
const HIGHEST = 1
const QUIETEST = 2
const DAY_WORDS = 3

/** Words of a state. Days by number modulo DAYS_BACK; nothing where the lowest is +Infinity. */
const RING = 0
/** Those that every datapoint reads or changes lie behind, side by side: from here on. */
const HOT: number = RING + DAY_WORDS * DAYS_BACK
/** The level, outbursts held back; the slower level they are measured by, 0 at first. */
const LEVEL = HOT
const BASE: number = HOT + 1
/** The share of the last hours' datapoints that were almost nothing, and for how many it has been high. */
const QUIET: number = HOT + 2
const QUIET_FOR: number = HOT + 3
/** The open day and its datapoints; what it comes to so far. */
const DAY: number = HOT + 4
const COUNT: number = HOT + 5
const TODAY: number = HOT + 6
/** What the closed days that are looked back at come to together, and how many of them there are. */
const RANGE: number = HOT + 9
const DAYS: number = HOT + 12

export const SLOW_WORDS: number = HOT + 13

/** A datapoint of at most this share of the usual level is almost nothing. */
const QUIET_SHARE = 0.2
/** Beyond so many times the slower level, a datapoint does not count for more. */
const OUTBURST = 3
/** Shares of hours that are silent for most of it, or nearly all, in a series that never came near that. */
const MOST = 0.8
const NEARLY_ALL = 0.95
const NEAR = 0.65
/** Silence that lasts for so many datapoints is how the series is now. */
const LASTING = 96
/** Days that must be known before a level can be new. */
const LEAST_DAYS = 10
/** The least rise, in units of the level. */
const LEAST_RISE = 0.15
/** Scores of the two steps, before the final shift: of MEDIUM and of HIGH confidence. */
const MEDIUM_STEP = 3.3
const HIGH_STEP = 4.5

export function clearSlow(floats: Float32Array, ints: Int32Array, at: number): void {
  floats.fill(0, at, at + SLOW_WORDS)
  ints[at + DAY] = -1
  for (let i = 0; i < DAYS_BACK; i++) clearDay(floats, at + RING + DAY_WORDS * i)
  openDay(floats, ints, at, -1)
}

/** Takes a datapoint of a day in. `distance` is the usual one of the series, in windows; `age` its windows so far. */
export function takeSlow(
  floats: Float32Array,
  ints: Int32Array,
  at: number,
  x: number,
  day: number,
  age: number,
  distance: number,
  shape: SlowShape,
): void {
  if (ints[at + DAY] !== day) closeDays(floats, ints, at, day, shape.leastCount[distance]!)
  const base = floats[at + BASE]!
  const quiet = base > 0 && x <= QUIET_SHARE * base ? 1 : 0
  floats[at + QUIET]! += shape.fast[distance]! * (quiet - floats[at + QUIET]!)
  ints[at + QUIET_FOR] = floats[at + QUIET]! > MOST ? ints[at + QUIET_FOR]! + 1 : 0
  const held = base > 0 && x > OUTBURST * base ? OUTBURST * base : x
  const before = floats[at + LEVEL]!
  const weight = shape.slow[distance]!
  const level = age === 0 ? x : before + weight * (held - before)
  floats[at + LEVEL] = level
  if (2 * age > shape.perDay) takeLevel(floats, at, base, level, weight)
  ints[at + COUNT]!++
}

/** A level that is known well enough to be one of the day's. */
function takeLevel(
  floats: Float32Array,
  at: number,
  base: number,
  level: number,
  weight: number,
): void {
  const share = floats[at + QUIET]!
  floats[at + BASE] = base === 0 ? level : base + (weight / 4) * (level - base)
  if (level < floats[at + TODAY + LOWEST]!) floats[at + TODAY + LOWEST] = level
  if (level > floats[at + TODAY + HIGHEST]!) floats[at + TODAY + HIGHEST] = level
  if (share > floats[at + TODAY + QUIETEST]!) floats[at + TODAY + QUIETEST] = share
}

/**
 * The score of the state a datapoint has left: 0 nearly always; negative where the series is silent,
 * positive where its level is new. `varies`: not all of its last values are the same.
 */
export function slowScore(
  floats: Float32Array,
  ints: Int32Array,
  at: number,
  varies: boolean,
  canFall: boolean,
): number {
  if (ints[at + DAYS]! < LEAST_DAYS) return 0
  const share = floats[at + QUIET]!
  if (canFall && share > MOST && floats[at + RANGE + QUIETEST]! < NEAR) {
    if (ints[at + QUIET_FOR]! > LASTING) return 0
    return share > NEARLY_ALL ? -HIGH_STEP : -MEDIUM_STEP
  }
  if (!varies) return 0
  const low = floats[at + RANGE + LOWEST]!
  const high = floats[at + RANGE + HIGHEST]!
  const rise = Math.max(high - low, LEAST_RISE * Math.abs(high))
  const beyond = floats[at + LEVEL]! - high
  if (!(rise > 0 && beyond > rise)) return 0
  return beyond > 2 * rise ? HIGH_STEP : MEDIUM_STEP
}

/** Closes the open day and all days up to `day`, which is open then. */
export function closeDays(
  floats: Float32Array,
  ints: Int32Array,
  at: number,
  day: number,
  leastCount: number,
): void {
  const last = ints[at + DAY]!
  if (last >= 0) {
    const today = at + TODAY
    const place = at + RING + DAY_WORDS * (last % DAYS_BACK)
    if (ints[at + COUNT]! < leastCount) clearDay(floats, place)
    else floats.copyWithin(place, today, today + DAY_WORDS)
    const gap = Math.min(DAYS_BACK, day - last - 1)
    for (let i = 1; i <= gap; i++) {
      clearDay(floats, at + RING + DAY_WORDS * ((last + i) % DAYS_BACK))
    }
  }
  openDay(floats, ints, at, day)
  lookBack(floats, ints, at)
}

/** What the closed days come to together. */
function lookBack(floats: Float32Array, ints: Int32Array, at: number): void {
  const range = at + RANGE
  clearDay(floats, range)
  let days = 0
  for (let i = 0; i < DAYS_BACK; i++) {
    const place = at + RING + DAY_WORDS * i
    if (floats[place + LOWEST] === Number.POSITIVE_INFINITY) continue
    floats[range + LOWEST] = Math.min(floats[range + LOWEST]!, floats[place + LOWEST]!)
    floats[range + HIGHEST] = Math.max(floats[range + HIGHEST]!, floats[place + HIGHEST]!)
    floats[range + QUIETEST] = Math.max(floats[range + QUIETEST]!, floats[place + QUIETEST]!)
    days++
  }
  ints[at + DAYS] = days
}

function openDay(floats: Float32Array, ints: Int32Array, at: number, day: number): void {
  ints[at + DAY] = day
  ints[at + COUNT] = 0
  clearDay(floats, at + TODAY)
}

function clearDay(floats: Float32Array, place: number): void {
  floats[place + LOWEST] = Number.POSITIVE_INFINITY
  floats[place + HIGHEST] = Number.NEGATIVE_INFINITY
  floats[place + QUIETEST] = 0
}
