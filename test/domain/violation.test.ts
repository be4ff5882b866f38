import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { customMetric, ML_METRICS } from '../../src/domain/metric.ts'
import {
  compareEvents,
  type Explanation,
  formatViolationEvent,
  metricValue,
  VIOLATION_EVENT_TYPES,
  type ViolationEvent,
  violationId,
} from '../../src/domain/violation.ts'

const explanation: Explanation = {
  evidence: null,
  percentile: null,
  sameWindow: null,
  violating: null,
  text: 'too many',
  modelRefreshDate: '2020-02-04T01:00:00.000Z',
  season: 'weekdays 14:00-15:00',
  tailProbability: 0.0001,
  score: 4,
  anomalousAt: ['LOW', 'MEDIUM', 'HIGH'],
  side: 'above',
  threshold: 40,
  expected: { high: 40, low: null },
  measured: 54,
}

const alarm: ViolationEvent = {
  explanation,
  suppressed: true,
  verificationState: 'UNKNOWN',
  violationEventAdditionalInfo: { confidenceLevel: 'HIGH' },
  securityProfileName: 'p',
  violationId: '37e18651d207bbc74236c13faf146127',
  metricValue: { count: 0 },
  violationEventType: 'in-alarm',
  behavior: { suppressAlerts: true, name: 'b', metric: 'aws:num-messages-sent' },
  thingName: 'lamp\n1',
  violationEventTime: 1_573_786_800_000,
}

describe('violationId', () => {
  it('is the same on every run: half the SHA-256 of ["p","b","t",1573786800000]', () => {
    const id = violationId('p', 'b', 't', 1_573_786_800_000)
    expect(id).toBe('985b23ebf9814796f8be11f137c76fec')
  })

  it('depends on all four parts, and parts do not run into each other', () => {
    const parts = fc.tuple(fc.string(), fc.string(), fc.string(), fc.nat())
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const same = a.every((part, i) => part === b[i])
        expect(violationId(...a) === violationId(...b)).toBe(same)
        expect(violationId(...a)).toMatch(/^[0-9a-f]{32}$/)
      }),
    )
    fc.assert(
      fc.property(parts, fc.nat(3), fc.nat(), ([p, b, t, start], which, other) => {
        const id = violationId(p, b, t, start)
        const changed = [p, b, t, start] as [string, string, string, number]
        if (which === 3) changed[3] = start + 1 + other
        else changed[which as 0 | 1 | 2] += `x${other}`
        expect(violationId(...changed)).not.toBe(id)
      }),
    )
    expect(violationId('ab', 'c', 't', 1)).not.toBe(violationId('a', 'bc', 't', 1))
    expect(violationId('a"', '"b', 't', 1)).not.toBe(violationId('a', '""b', 't', 1))
  })
})

describe('formatViolationEvent', () => {
  it('is one line with its keys in a fixed order, whatever order they were set in', () => {
    expect(formatViolationEvent(alarm)).toBe(
      '{"violationEventTime":1573786800000,"thingName":"lamp\\n1",' +
        '"behavior":{"suppressAlerts":true,"name":"b","metric":"aws:num-messages-sent"},' +
        '"violationEventType":"in-alarm","metricValue":{"count":0},' +
        '"violationId":"37e18651d207bbc74236c13faf146127","securityProfileName":"p",' +
        '"violationEventAdditionalInfo":{"confidenceLevel":"HIGH"},"verificationState":"UNKNOWN",' +
        '"suppressed":true,"explanation":{"measured":54,"expected":{"low":null,"high":40},' +
        '"threshold":40,"side":"above","anomalousAt":["LOW","MEDIUM","HIGH"],"score":4,' +
        '"tailProbability":0.0001,"season":"weekdays 14:00-15:00",' +
        '"modelRefreshDate":"2020-02-04T01:00:00.000Z","text":"too many"}}',
    )
  })

  it('leaves out what an invalidated alarm of a rule does not have', () => {
    const event: ViolationEvent = {
      ...alarm,
      violationEventType: 'alarm-invalidated',
      metricValue: null,
      violationEventAdditionalInfo: null,
      suppressed: false,
      explanation: null,
    }
    expect(Object.keys(JSON.parse(formatViolationEvent(event)) as object)).toEqual([
      'violationEventTime',
      'thingName',
      'behavior',
      'violationEventType',
      'violationId',
      'securityProfileName',
      'verificationState',
    ])
  })
})

it('writes counts as counts and other numbers as numbers', () => {
  expect(metricValue(ML_METRICS[0]!, 0)).toEqual({ count: 0 })
  expect(metricValue(customMetric('cpu'), 1.5)).toEqual({ number: 1.5 })
})

describe('compareEvents', () => {
  const name = fc.constantFrom('a', 'b', 'B', 'é', '😀')
  const event = fc
    .record({
      violationEventTime: fc.constantFrom(0, 300_000, 1_573_786_800_000),
      securityProfileName: name,
      behavior: fc.record({ name }),
      thingName: name,
      violationEventType: fc.constantFrom(...VIOLATION_EVENT_TYPES),
      violationId: fc.constantFrom('0', '1'),
    })
    .map((some): ViolationEvent => ({ ...alarm, ...some }))

  it('is a total order', () => {
    fc.assert(
      fc.property(event, event, event, (a, b, c) => {
        expect(Math.sign(compareEvents(a, b)) + Math.sign(compareEvents(b, a))).toBe(0)
        if (compareEvents(a, b) <= 0 && compareEvents(b, c) <= 0) {
          expect(compareEvents(a, c)).toBeLessThanOrEqual(0)
        }
        if (compareEvents(a, b) === 0) expect(a).toEqual(b)
      }),
      { numRuns: 1_000 },
    )
  })

  it('goes by time, profile, behavior, thing, then ends before beginnings', () => {
    const first = {
      ...alarm,
      violationEventTime: 1,
      securityProfileName: 'a',
      behavior: { name: 'a' },
      thingName: 'a',
      violationEventType: 'alarm-invalidated' as const,
    }
    const later: ViolationEvent[] = [
      first,
      { ...first, violationEventType: 'alarm-cleared' },
      { ...first, violationEventType: 'in-alarm' },
      { ...first, thingName: 'b' },
      { ...first, behavior: { name: 'b' }, thingName: 'A' },
      { ...first, securityProfileName: 'b', behavior: { name: 'A' } },
      { ...first, violationEventTime: 2, securityProfileName: 'A' },
    ]
    expect([...later].reverse().sort(compareEvents)).toEqual(later)
  })
})
