import type { SecurityProfile } from '../domain/behavior.ts'
import { ML_METRICS } from '../domain/metric.ts'
import { parseSecurityProfiles } from '../domain/security-profile.ts'

/** A profile that learns every metric there is to learn. */
export function benchProfile(): SecurityProfile {
  const behaviors = ML_METRICS.map(({ name }) => ({
    name: name.replace('aws:', ''),
    metric: name,
    criteria: {
      consecutiveDatapointsToAlarm: 2,
      consecutiveDatapointsToClear: 2,
      mlDetectionConfig: { confidenceLevel: 'MEDIUM' },
    },
  }))
  const text = JSON.stringify({ securityProfileName: 'bench', behaviors })
  return parseSecurityProfiles(text, 'bench').profiles[0]!
}
