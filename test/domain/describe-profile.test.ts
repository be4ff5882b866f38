import { expect, it } from 'vitest'
import { describeProfile } from '../../src/domain/describe-profile.ts'
import { parseSecurityProfiles } from '../../src/domain/security-profile.ts'

it('puts a profile into words', () => {
  const source = {
    securityProfileName: 'lights',
    behaviors: [
      {
        name: 'learned',
        metric: 'aws:num-messages-sent',
        criteria: {
          mlDetectionConfig: { confidenceLevel: 'MEDIUM' },
          consecutiveDatapointsToAlarm: 3,
          consecutiveDatapointsToClear: 3,
        },
        suppressAlerts: true,
      },
      {
        name: 'ruled',
        metric: 'aws:num-disconnects',
        criteria: {
          comparisonOperator: 'less-than-equals',
          value: { count: 5 },
          durationSeconds: 900,
        },
      },
      {
        name: 'listed',
        metric: 'aws:source-ip-address',
        criteria: { comparisonOperator: 'in-cidr-set', value: { cidrs: ['10.0.0.0/8'] } },
      },
    ],
    additionalMetricsToRetain: ['cpu', 'ram'],
  }
  const { profiles } = parseSecurityProfiles(JSON.stringify(source), 'p.json')
  expect(describeProfile(profiles[0]!).split('\n')).toEqual([
    'security profile lights: 3 behaviors',
    '  behavior learned (aws:num-messages-sent): learned, MEDIUM confidence, alarm after 3 datapoints, clears after 3, alerts suppressed',
    '  behavior ruled (aws:num-disconnects): normal is at most 5 in 15 min, alarm after 1 datapoint, clears after 1',
    '  behavior listed (aws:source-ip-address): normal is only 10.0.0.0/8, alarm after 1 datapoint, clears after 1',
    '  also retained: cpu, ram',
  ])
})
