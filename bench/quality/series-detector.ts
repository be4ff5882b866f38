import { DEFAULT_WINDOW_MS, dayOf } from '../../src/domain/time.ts'
import { LoneFleet } from '../../src/stats/lone-fleet.ts'
import { gather, scatter } from './day-columns.ts'
import { fleetDays } from './days.ts'
import type { Detector } from './series.ts'

/**
 * The model that learns each thing by itself as a detector: each day is scored with the model of the 14
 * days before it. The life cycle is left out, as series of the labelled sets are short: the first model
 * is in force from the second midnight on.
 */
export const seriesDetector: Detector = {
  name: 'full',
  calibrated: true,
  score(fleet) {
    const out = fleet.map(({ value }) => new Float32Array(value.length).fill(Number.NaN))
    const lone = new LoneFleet({
      seats: fleet.length,
      windowMs: DEFAULT_WINDOW_MS,
      twoSided: true,
    })
    const first = Math.min(...fleet.map(({ time }) => dayOf(time[0]!)))
    for (const [i, day] of fleetDays(fleet).entries()) {
      const columns = gather(fleet, day, DEFAULT_WINDOW_MS)
      const column = (): Float32Array => new Float32Array(columns.to)
      const scores = { s: column(), s0: column(), mean: column(), median: column() }
      lone.advance(columns, scores)
      if (lone.model !== null) scatter(scores.s, day, out)
      lone.adopt(lone.endDay(first + i))
    }
    return out
  },
}
