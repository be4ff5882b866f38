import { power } from './elementary.ts'

/**
 * The residual of two forecasts of a series, the exponentially weighted mean of what came before and
 * the median of its last values: a datapoint is surprising only as far as *both* were wrong. The mean
 * stays off for long after a spike, the median after a step; neither end of an excursion is a second
 * surprise. The constants belong to datapoints every five minutes.
 */
const MEAN_WEIGHT = 0.2
export const MEDIAN_WINDOW = 12
const DATAPOINTS_PER_DAY = 288

/** How the two forecasts look back in a series of so many datapoints a day. */
export interface Cadence {
  /** Datapoints a day; 1 at least. */
  perDay: number
  /** Weight of the newest datapoint in the mean, in (0, 1]. */
  weight: number
  /** Values under the median, 3 to `MEDIAN_WINDOW`. */
  window: number
}

/** Rarer datapoints weigh more and fewer of them are looked back at; more frequent ones change nothing. */
export function cadenceOf(datapointsPerDay: number): Cadence {
  const perDay = Math.max(1, Math.round(datapointsPerDay))
  const share = perDay / DATAPOINTS_PER_DAY
  if (share >= 1) return { perDay, weight: MEAN_WEIGHT, window: MEDIAN_WINDOW }
  return {
    perDay,
    weight: Math.min(1, 1 - power(1 - MEAN_WEIGHT, 1 / share)),
    window: Math.max(3, Math.floor(perDay / 24)) | 1,
  }
}

/** By distance of datapoints in windows, of which a day has so many: 0 and 1 are the same. */
export function cadencesByDistance(windowsPerDay: number): Cadence[] {
  return Array.from({ length: windowsPerDay + 1 }, (_, distance) =>
    cadenceOf(windowsPerDay / Math.max(1, distance)),
  )
}

/** Of two residuals the one of smaller magnitude; the second where they are equal. */
export function smallerResidual(a: number, b: number): number {
  return Math.abs(a) < Math.abs(b) ? a : b
}
