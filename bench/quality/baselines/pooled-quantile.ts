import { fleetDays, rowsBefore } from '../days.ts'
import type { Detector } from '../series.ts'
import { rankScore } from './ranks.ts'

const TRAINING_DAYS = 14
const LEAST_DATAPOINTS = 200

/**
 * The naive reading of the guide: how rare a value is among those of the whole fleet in the 14 days
 * before, as of each midnight.
 */
export const pooledQuantile: Detector = {
  name: 'pooled, naive',
  calibrated: true,
  score(fleet) {
    const days = fleetDays(fleet)
    const out = fleet.map(({ value }) => new Float64Array(value.length).fill(Number.NaN))
    days.forEach(({ from, to }, day) => {
      const parts = fleet.map(({ value }, i) =>
        value.subarray(...rowsBefore(days, day, TRAINING_DAYS, i)),
      )
      const pool = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0))
      if (pool.length < LEAST_DATAPOINTS) return
      let at = 0
      for (const part of parts) {
        pool.set(part, at)
        at += part.length
      }
      pool.sort()
      fleet.forEach(({ value }, i) => {
        for (let row = from[i]!; row < to[i]!; row++) out[i]![row] = rankScore(pool, value[row]!)
      })
    })
    return out
  },
}
