import { datapointsPerDay } from '../cadence.ts'
import type { Detector } from '../series.ts'
import { TrailingMoments } from './moments.ts'
import type { Residuals } from './residuals.ts'

/** Datapoints of history before a series is scored, where the window holds as many. */
const LEAST_HISTORY = 200
/** Keeps the scores of series that never varied finite. */
const LEAST_SD = 1e-9
const MAX_SCORE = 1e5

/** How many standard deviations a residual lies from the mean of its series' last `days` days. */
export function zScore(name: string, days: number, residuals: Residuals): Detector {
  return {
    name,
    calibrated: false,
    score: (fleet) =>
      fleet.map((series) => zScores(residuals(series), days * datapointsPerDay(series))),
  }
}

function zScores(residual: Float64Array, window: number): Float64Array {
  const moments = new TrailingMoments(window)
  const least = Math.min(LEAST_HISTORY, window)
  return residual.map((x) => {
    const distance = Math.abs(x - moments.mean)
    const score =
      moments.count < least ? Number.NaN : Math.min(MAX_SCORE, distance / (moments.sd + LEAST_SD))
    moments.add(x)
    return score
  })
}
