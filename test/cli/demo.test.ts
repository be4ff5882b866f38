import { expect, test } from 'vitest'
import { demoReport } from '../../src/cli/demo-report.ts'
import type { SecurityProfile } from '../../src/domain/behavior.ts'
import type { LabelsFile } from '../../src/domain/labels.ts'
import type { ViolationEvent, ViolationEventType } from '../../src/domain/violation.ts'

const WINDOW_MS = 300_000
const DAY = Date.UTC(2026, 0, 10)
const JUDGED = DAY - 86_400_000

const PROFILE = { behaviors: [{ metric: 'cpu' }, { metric: 'disk' }] } as unknown as SecurityProfile

const LABELS: LabelsFile = {
  dataset: 'Test',
  cadenceMs: WINDOW_MS,
  note: '',
  evaluateFrom: { a: JUDGED, b: JUDGED },
  format: '',
  labels: [
    { thing: 'a', metric: 'cpu', start: DAY, end: DAY + 3_600_000, kind: 'anomaly' },
    { thing: 'a', metric: 'disk', start: DAY, end: DAY + 3_600_000, kind: 'ignore' },
    { thing: 'a', metric: '*', start: DAY, end: DAY + 3_600_000, kind: 'anomaly' },
    { thing: 'b', metric: 'disk', start: DAY, end: DAY, kind: 'anomaly' },
    { thing: 'b', metric: '*', start: DAY, end: DAY, kind: 'anomaly' },
  ],
}

function event(type: ViolationEventType, id: string, thing: string, at: number): ViolationEvent {
  return {
    violationEventTime: at,
    thingName: thing,
    behavior: { name: 'n', metric: 'cpu' },
    violationEventType: type,
    metricValue: null,
    violationId: id,
    securityProfileName: 'p',
    violationEventAdditionalInfo: null,
    verificationState: 'UNKNOWN',
    suppressed: false,
    explanation: { text: `because of ${id}` } as ViolationEvent['explanation'],
  }
}

test('the report says which incidents were met, and which alarms met none', () => {
  const hour = 3_600_000
  const report = demoReport(
    [PROFILE],
    LABELS,
    [
      event('in-alarm', 'early', 'a', JUDGED - hour),
      event('alarm-cleared', 'early', 'a', JUDGED),
      event('in-alarm', 'hit', 'a', DAY + hour / 2),
      event('alarm-cleared', 'hit', 'a', DAY + hour),
      event('in-alarm', 'false', 'b', DAY + 12 * hour),
      event('alarm-cleared', 'false', 'b', DAY + 13 * hour),
    ],
    WINDOW_MS,
  )
  expect(report).toEqual([
    'Test: 1 of 2 labelled incidents of 2 things met by an alarm',
    '',
    'metric       labelled  met  median delay',
    'cpu                 1    1        30 min',
    'disk                1    0',
    'any of them         2    1        30 min',
    '',
    '3 alarms: 1 during an incident of the same thing, 1 outside of any,',
    '1 before the first day that experts judged.',
    '',
    'for example',
    '  a, incident from 2026-01-10 00:00, alarm 30 min on:',
    '      because of hit',
  ])
})
