import type { Detector } from '../series.ts'
import { ownQuantile } from './own-quantile.ts'
import { pooledQuantile } from './pooled-quantile.ts'
import { driftResiduals, ewmaResiduals, holtWintersResiduals, level } from './residuals.ts'
import { spot } from './spot.ts'
import { zScore } from './z-score.ts'

/** What a good model has to beat, simplest first. */
export const BASELINES: readonly Detector[] = [
  pooledQuantile,
  ownQuantile,
  zScore('rolling z, 2 d', 2, level),
  zScore('EWMA z, 14 d', 14, ewmaResiduals(0.2)),
  zScore('Holt-Winters z', 14, holtWintersResiduals(0.2, 0.1)),
  spot('SPOT', level),
  spot('DSPOT', driftResiduals(10)),
]
