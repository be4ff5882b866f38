import { quantileModel } from '../../src/stats/quantile-model.ts'
import { BASELINES } from './baselines/all.ts'
import { pooledQuantile } from './baselines/pooled-quantile.ts'
import { compactDetector, fleetDetector } from './fleet-detector.ts'
import { modelDetector } from './model-detector.ts'
import type { Detector } from './series.ts'
import { singleDetector } from './single-detector.ts'

/** What is judged under one name. */
export interface Entrant {
  name: string
  role: 'model' | 'baseline'
  /** Scores the series of a metric. */
  fleet: Detector
  /** Scores a corpus of single series, where those of a "metric" have nothing in common. */
  single: Detector
}

/** Our models, then what they have to beat. */
export const ENTRANTS: readonly Entrant[] = [
  model(fleetDetector, singleDetector),
  model(compactDetector),
  model(singleDetector),
  model(modelDetector(quantileModel)),
  ...BASELINES.map(baseline),
]

/** `single` is what the product uses for fleets of one thing. */
function model(fleet: Detector, single: Detector = fleet): Entrant {
  return { name: `model ${fleet.name}`, role: 'model', fleet, single: eachAlone(single) }
}

/** The naive reading pools what shares a name; all others look at one series at a time anyway. */
function baseline(detector: Detector): Entrant {
  const { name } = detector
  const single = detector === pooledQuantile ? detector : eachAlone(detector)
  return { name, role: 'baseline', fleet: detector, single }
}

/** The detector with each series as a fleet of its own. */
function eachAlone(detector: Detector): Detector {
  return { ...detector, score: (fleet) => fleet.flatMap((series) => detector.score([series])) }
}
