import type { Flood } from '../../src/respond/channel.ts'
import {
  type ViolationEvent,
  type ViolationEventType,
  violationId,
} from '../../src/domain/violation.ts'

export const TIME = 1_573_786_800_000

/** An event of a static behavior, as in AWS's published sample. */
export function event(
  thing: string,
  type: ViolationEventType = 'in-alarm',
  more: Partial<ViolationEvent> = {},
): ViolationEvent {
  return {
    violationEventTime: TIME,
    thingName: thing,
    behavior: {
      name: 'MessagesPub',
      metric: 'aws:num-messages-sent',
      criteria: { value: { count: 10 }, durationSeconds: 300, comparisonOperator: 'less-than' },
    },
    violationEventType: type,
    metricValue: type === 'alarm-invalidated' ? null : { count: 54 },
    violationId: violationId('MySecProfile', 'MessagesPub', thing, TIME),
    securityProfileName: 'MySecProfile',
    violationEventAdditionalInfo: null,
    verificationState: 'UNKNOWN',
    suppressed: false,
    explanation: null,
    ...more,
  }
}

export function flood(count: number, more: Partial<Flood> = {}): Flood {
  const shown = Math.min(count, 10)
  return {
    type: 'in-alarm',
    profile: 'MySecProfile',
    behavior: 'MessagesPub',
    count,
    firstTime: TIME,
    lastTime: TIME + 300_000,
    measured: { lowest: 11, highest: 70 },
    events: Array.from({ length: shown }, (_, i) => event(`lamp-${i}`)),
    ...more,
  }
}
