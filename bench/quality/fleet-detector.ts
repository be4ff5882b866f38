import { DAY_MS, dayOf } from '../../src/domain/time.ts'
import { LoneCompact } from '../../src/stats/lone-compact.ts'
import { LoneFleet } from '../../src/stats/lone-fleet.ts'
import { datapointsPerDay } from './cadence.ts'
import { gather, scatter } from './day-columns.ts'
import { type FleetDay, fleetDays } from './days.ts'
import type { Detector, Series } from './series.ts'

/**
 * The product's model of a fleet, each thing learned by itself, as a detector: each day is scored with
 * the model of the 14 days before it, in force from midnight on. The life cycle is left out, as with
 * pooled kinds.
 */
export const fleetDetector: Detector = detectorOf('full', LoneFleet)

/** The same in at most 100 bytes of state for each thing. */
export const compactDetector: Detector = detectorOf('compact', LoneCompact)

function detectorOf(name: string, Kind: typeof LoneFleet | typeof LoneCompact): Detector {
  return { name, calibrated: true, score: (fleet) => scoresOf(fleet, Kind) }
}

function scoresOf(
  fleet: readonly Series[],
  Kind: typeof LoneFleet | typeof LoneCompact,
): Float32Array[] {
  const out = fleet.map(({ value }) => new Float32Array(value.length).fill(Number.NaN))
  const days = fleetDays(fleet)
  const windowMs = windowOf(fleet, days)
  const model = new Kind({ seats: fleet.length, windowMs, twoSided: true })
  const first = Math.min(...fleet.map(({ time }) => dayOf(time[0]!)))
  days.forEach((day, i) => {
    const columns = gather(fleet, day, windowMs)
    const column = (): Float32Array => new Float32Array(columns.to).fill(Number.NaN)
    const scores = { s: column(), s0: column(), mean: column(), median: column(), slow: column() }
    model.advance(columns, scores)
    scatter(scores.s, day, out)
    model.adopt(model.endDay(first + i))
  })
  return out
}

/**
 * A length of windows that divides a day, into no fewer of them than any series has datapoints; where
 * a day has more of them than usual (clocks set back) the usual distance is several windows.
 */
function windowOf(fleet: readonly Series[], days: readonly FleetDay[]): number {
  const most = Math.max(
    ...days.map(({ from, to }) => Math.max(...to.map((end, i) => end - from[i]!))),
  )
  let usual = Math.max(...fleet.map(datapointsPerDay))
  while (DAY_MS % usual !== 0) usual++
  let perDay = usual
  while (perDay < most || DAY_MS % perDay !== 0) perDay += usual
  return DAY_MS / perDay
}
