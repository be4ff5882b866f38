import { DAY_MS } from '../../src/domain/time.ts'
import type { FitSettings, PooledKind, Scores } from '../../src/stats/model.ts'
import { OPEN_SUMMARY_BYTES, OpenSummary } from '../../src/stats/open-summary.ts'
import { type Summary } from '../../src/stats/summary.ts'
import { datapointsPerDay } from './cadence.ts'
import { gather, scatter } from './day-columns.ts'
import { fleetDays } from './days.ts'
import type { Detector } from './series.ts'

const TRAINING_DAYS = 14
const LEAST_DATAPOINTS = 200
const SETTINGS: FitSettings = { quantiles: [0.99, 0.999, 0.9999], twoSided: true }

/**
 * A pooled model kind of the product as a detector: each day is scored with the model of the 14 days before
 * it, then summarized. The life cycle is left out, as series of the labelled sets are short: a fleet
 * needs 200 datapoints for a model, and that is in force from midnight on.
 */
export function modelDetector(kind: PooledKind): Detector {
  return {
    name: kind.name,
    calibrated: true,
    score(fleet) {
      const out = fleet.map(({ value }) => new Float32Array(value.length).fill(Number.NaN))
      const state = { open: new SharedArrayBuffer(OPEN_SUMMARY_BYTES), openAt: 0 }
      const open = new OpenSummary(state.open)
      const closed: Summary[] = []
      const windowMs = DAY_MS / Math.max(...fleet.map(datapointsPerDay))
      for (const day of fleetDays(fleet)) {
        const columns = gather(fleet, day, windowMs)
        const training = kind.merge(closed.slice(-TRAINING_DAYS))
        if (training.count >= LEAST_DATAPOINTS) {
          const scores = emptyScores(columns.to)
          kind.score(kind.fit(training, SETTINGS), state, columns, scores)
          scatter(scores.s, day, out)
        }
        kind.summarize(state, columns)
        closed.push(open.close())
        open.clear()
      }
      return out
    },
  }
}

function emptyScores(rows: number): Scores {
  return { s: new Float32Array(rows), s0: new Float32Array(rows) }
}
