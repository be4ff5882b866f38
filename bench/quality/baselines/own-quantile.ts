import { fleetDays, rowsBefore } from '../days.ts'
import type { Detector } from '../series.ts'
import { Excesses } from './excesses.ts'
import { rankScore } from './ranks.ts'

const TRAINING_DAYS = 14
const LEAST_DATAPOINTS = 200
const TAIL = 0.02
const LEAST_TAIL = 10
const MAX_SCORE = 15

/**
 * How rare a value is among those of its own series in the 14 days before, as of each midnight; beyond
 * the outer 2 % of either side by a generalized Pareto tail.
 */
export const ownQuantile: Detector = {
  name: 'own quantile, tail',
  calibrated: true,
  score(fleet) {
    const days = fleetDays(fleet)
    return fleet.map(({ value }, i) => {
      const out = new Float64Array(value.length).fill(Number.NaN)
      days.forEach(({ from, to }, day) => {
        const [first, end] = rowsBefore(days, day, TRAINING_DAYS, i)
        if (from[i] === to[i] || end - first < LEAST_DATAPOINTS) return
        const score = tailScorer(value.slice(first, end).sort())
        for (let row = from[i]!; row < to[i]!; row++) out[row] = score(value[row]!)
      })
      return out
    })
  },
}

function tailScorer(ascending: Float64Array): (value: number) => number {
  const count = ascending.length
  const size = Math.max(LEAST_TAIL, Math.floor(TAIL * count))
  const upper = ascending[count - 1 - size]!
  const lower = ascending[size]!
  const above = new Excesses()
  const below = new Excesses()
  for (let i = 0; i < size; i++) {
    above.add(ascending[count - 1 - i]! - upper)
    below.add(lower - ascending[i]!)
  }
  const base = -Math.log10((size + 0.5) / (count + 1))
  return (value) => {
    if (value > upper) return Math.min(MAX_SCORE, base + above.surprise(value - upper))
    if (value < lower) return Math.min(MAX_SCORE, base + below.surprise(lower - value))
    return rankScore(ascending, value)
  }
}
