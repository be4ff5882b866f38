/** What the product is told to do the bench's job. */
import type { TrainingSettings } from '../../src/detect/training.ts'
import type { SecurityProfile } from '../../src/domain/behavior.ts'
import { ML_METRICS } from '../../src/domain/metric.ts'
import { parseSecurityProfiles } from '../../src/domain/security-profile.ts'
import { CONSECUTIVE, QUANTILES } from './side.ts'

const PROFILE = {
  securityProfileName: 'bench',
  behaviors: ML_METRICS.map(({ name }) => ({
    name: name.replace('aws:', ''),
    metric: name,
    criteria: {
      consecutiveDatapointsToAlarm: CONSECUTIVE,
      consecutiveDatapointsToClear: CONSECUTIVE,
      mlDetectionConfig: { confidenceLevel: 'MEDIUM' },
    },
  })),
}

/** One behavior for each of the 13 metrics. */
export function benchProfile(): SecurityProfile {
  return parseSecurityProfiles(JSON.stringify(PROFILE), 'bench').profiles[0]!
}

export const trainingSettings: TrainingSettings = {
  modelKind: 'quantile',
  minDays: 14,
  minDatapoints: 25_000,
  quantiles: QUANTILES,
  upperTailOnly: true,
}
