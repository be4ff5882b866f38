import type { Detector, Series } from '../series.ts'
import { Excesses } from './excesses.ts'
import type { Residuals } from './residuals.ts'

const CALIBRATION = 300
const TAIL = 0.02
const MAX_SCORE = 30

/**
 * Streaming peaks over threshold, on both sides (Siffer et al. 2017): thresholds are the outer 2 % of a
 * calibration; from then on every excess joins its side's tail. With residuals from the mean of the
 * last values it is DSPOT. Unlike there, alarms join too.
 */
export function spot(name: string, residuals: Residuals): Detector {
  return {
    name,
    calibrated: true,
    score: (fleet) => fleet.map((series) => spotScores(residuals(series), calibrationOf(series))),
  }
}

/** At most half of what comes before a series is judged, if anything does. */
function calibrationOf({ from }: Series): number {
  return from < 2 ? CALIBRATION : Math.min(CALIBRATION, from >> 1)
}

function spotScores(residual: Float64Array, calibration: number): Float64Array {
  const out = new Float64Array(residual.length).fill(Number.NaN)
  const ascending = residual.slice(0, calibration).sort()
  const upper = ascending[Math.floor((1 - TAIL) * calibration)]!
  const lower = ascending[Math.floor(TAIL * calibration)]!
  const above = new Excesses()
  const below = new Excesses()
  for (let i = 0; i < residual.length; i++) {
    const isHigh = residual[i]! > upper
    const isLow = residual[i]! < lower
    const tail = isHigh ? above : below
    const excess = isHigh ? residual[i]! - upper : lower - residual[i]!
    if (i >= calibration) out[i] = isHigh || isLow ? tailScore(tail, excess, i) : 0
    if (isHigh || isLow) tail.add(excess)
  }
  return out
}

/** -log10 of the share of `datapoints` beyond the excess. */
function tailScore(tail: Excesses, excess: number, datapoints: number): number {
  if (tail.count === 0) return MAX_SCORE
  return Math.min(MAX_SCORE, -Math.log10(tail.count / datapoints) + tail.surprise(excess))
}
