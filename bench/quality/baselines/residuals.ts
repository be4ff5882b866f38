import { DAY_MS } from '../../../src/domain/time.ts'
import { datapointsPerDay } from '../cadence.ts'
import type { Series } from '../series.ts'

/** What is left of a series' values when a forecast from earlier ones is taken away; one per datapoint. */
export type Residuals = (series: Series) => Float64Array

/** The values as they are: the forecast is always 0. */
export function level({ value }: Series): Float64Array {
  return value
}

/** From the exponentially weighted mean: m moves to each value by `alpha` of the distance. */
export function ewmaResiduals(alpha: number): Residuals {
  return ({ value }) => {
    let mean = value[0]!
    return value.map((x) => {
      const residual = x - mean
      mean += alpha * residual
      return residual
    })
  }
}

/** From the mean of the `depth` values before. */
export function driftResiduals(depth: number): Residuals {
  return ({ value }) =>
    value.map((x, i) => {
      const from = Math.max(0, i - depth)
      let sum = 0
      for (let k = from; k < i; k++) sum += value[k]!
      return i === 0 ? 0 : x - sum / (i - from)
    })
}

/**
 * From the additive method of Holt (1957) and Winters (1960) with a season of 24 hours and no trend:
 * the level moves by `alpha`, the offset of a time of day by `gamma`. The first day only sets them up.
 */
export function holtWintersResiduals(alpha: number, gamma: number): Residuals {
  return (series) => {
    const { time, value } = series
    const perDay = datapointsPerDay(series)
    const setUp = Math.min(perDay, value.length)
    const season = new Float64Array(perDay)
    const residual = new Float64Array(value.length)
    let mean = value.subarray(0, setUp).reduce((sum, x) => sum + x, 0) / setUp
    for (let i = 0; i < value.length; i++) {
      const slot = Math.floor(((time[i]! % DAY_MS) / DAY_MS) * perDay)
      const x = value[i]!
      if (i < setUp) {
        season[slot] = x - mean
        continue
      }
      residual[i] = x - mean - season[slot]!
      mean += alpha * residual[i]!
      season[slot]! += gamma * (x - mean - season[slot]!)
    }
    return residual
  }
}
