import type { EpochMs } from '../domain/time.ts'
import { Autoregression } from './autoregression.ts'
import { DaySeason } from './day-season.ts'
import { log } from './elementary.ts'
import type { NumberLog } from './number-log.ts'
import { RecentValues } from './recent-values.ts'
import { medianInOrder } from './rolling-median.ts'

/**
 * What a single series is watched by: numbers that each show another kind of change, from a spike
 * (residuals to what came just before) over a drift (to the slow mean) and an unusual range (the value)
 * to a change of unrest (the spread) and a time of day that is not as on other days (the season).
 */
export const CHANNELS = [
  'slow mean',
  'median of 6',
  'median of 12',
  'median of 48',
  'median of 144',
  'autoregression',
  'value',
  'spread',
  'season',
] as const
const [SLOW_MEAN, MEDIANS, AUTOREGRESSION, VALUE, SPREAD, SEASON] = [0, 1, 5, 6, 7, 8] as const

/** Those that say how far a value lies from a forecast, and by which of them one is told first. */
export const FORECASTS: readonly number[] = [0, 1, 2, 3, 4, 5]
export const USUAL_FORECAST = 2

const MEAN_WEIGHT = 0.02
const WINDOWS = [6, 12, 48, 144] as const
const SPREAD_WINDOW = 48
const SEASON_WINDOW = 6
/** Spreads below this share of the series' deviation are as good as none. */
const LEAST_SPREAD = 1e-3
const LEAST_LOGARITHM = 1e-12

/** What the first datapoints tell of a series. */
export interface Units {
  center: number
  /** The deviation; where there is none the magnitude, or 1. */
  scale: number
  /** Below it spreads do not differ. */
  leastSpread: number
  /** The usual time between datapoints. */
  stepMs: number
}

/** Of two datapoints at least. */
export function unitsOf(time: Float64Array, value: Float64Array): Units {
  const center = median(value)
  const spread = deviation(value, center)
  return {
    center,
    scale: spread || Math.abs(center) || 1,
    leastSpread: LEAST_SPREAD * spread + LEAST_LOGARITHM,
    stepMs: median(time.slice(1).map((moment, i) => moment - time[i]!)),
  }
}

function median(numbers: Float64Array): number {
  return medianInOrder(numbers.slice().sort(), 0, numbers.length)
}

/** The standard deviation; exactly none of equal values, as they are taken relative to their center. */
function deviation(values: Float64Array, center: number): number {
  let sum = 0
  let squares = 0
  for (const value of values) {
    sum += value - center
    squares += (value - center) ** 2
  }
  const { length } = values
  return Math.sqrt(Math.max(0, length * squares - sum * sum)) / length
}

export class SeriesChannels {
  readonly units: Units
  #mean = 0
  readonly #recent: RecentValues = new RecentValues(Math.max(...WINDOWS), WINDOWS)
  readonly #autoregression: Autoregression = new Autoregression()
  readonly #season: DaySeason
  readonly #deseasoned: RecentValues = new RecentValues(SEASON_WINDOW)

  constructor(units: Units) {
    this.units = units
    this.#season = new DaySeason(units.stepMs)
  }

  /** Writes the channels of the next datapoint, in the order of CHANNELS; NaN where one is missing. */
  next(time: EpochMs, x: number, out: Float64Array): void {
    const { center, scale, leastSpread } = this.units
    const recent = this.#recent
    const first = recent.count === 0
    if (first) this.#mean = x
    out[SLOW_MEAN] = x - this.#mean
    this.#mean += MEAN_WEIGHT * (x - this.#mean)
    for (let i = 0; i < WINDOWS.length; i++) out[MEDIANS + i] = first ? 0 : x - recent.median(i)
    out[AUTOREGRESSION] = this.#autoregression.residual((x - center) / scale)
    out[VALUE] = x
    recent.add(x)
    out[SPREAD] = log(Math.sqrt(recent.variance(SPREAD_WINDOW)) + leastSpread)
    const residual = this.#season.residual(time, x)
    if (Number.isNaN(residual)) {
      out[SEASON] = Number.NaN
      return
    }
    this.#deseasoned.add(residual)
    out[SEASON] = this.#deseasoned.mean(SEASON_WINDOW)
  }

  /** A residual to a forecast in the unit of the series. */
  inUnits(channel: number, residual: number): number {
    return channel === AUTOREGRESSION ? residual * this.units.scale : residual
  }

  save(log: NumberLog): void {
    const { center, scale, leastSpread, stepMs } = this.units
    log.writeAll([center, scale, leastSpread, stepMs, this.#mean])
    for (const part of this.#parts()) part.save(log)
  }

  static load(log: NumberLog): SeriesChannels {
    const [center, scale, leastSpread, stepMs, mean] = log.readAll(5) as unknown as number[]
    const channels = new SeriesChannels({
      center: center!,
      scale: scale!,
      leastSpread: leastSpread!,
      stepMs: stepMs!,
    })
    channels.#mean = mean!
    for (const part of channels.#parts()) part.load(log)
    return channels
  }

  #parts() {
    return [this.#recent, this.#autoregression, this.#season, this.#deseasoned]
  }
}
