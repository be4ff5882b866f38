import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  caughtIncidents,
  type Incident,
  incidentsOf,
  type LabelsFile,
} from '../../src/domain/labels.ts'
import type { ViolationEvent, ViolationEventType } from '../../src/domain/violation.ts'

const WINDOW = 300_000
const START = 100 * WINDOW

/** Times count windows; the event is decided by the datapoint of window `datapoint`. */
function event(
  datapoint: number,
  violationEventType: ViolationEventType,
  { id = 'v1', thing = 't', metric = 'm' }: { id?: string; thing?: string; metric?: string } = {},
): ViolationEvent {
  return {
    violationEventTime: (datapoint + 1) * WINDOW,
    thingName: thing,
    behavior: { name: 'b', metric },
    violationEventType,
    metricValue: null,
    violationId: id,
    securityProfileName: 'p',
    violationEventAdditionalInfo: null,
    verificationState: 'UNKNOWN',
    suppressed: false,
    explanation: null,
  }
}

const incident: Incident = { thing: 't', metric: 'm', start: START, end: START + 5 * WINDOW }

describe('caughtIncidents', () => {
  it.each([
    ['inside', 102, 104, true],
    ['all over it', 50, 200, true],
    ['ends two windows before', 90, 98, true],
    ['ends three windows before', 90, 97, false],
    ['begins two windows after', 107, 110, true],
    ['begins three windows after', 108, 110, false],
  ])('an alarm that %s', (_, from, to, caught) => {
    const events = [event(from, 'in-alarm'), event(to, 'alarm-cleared')]
    expect(caughtIncidents([incident], events, WINDOW)).toHaveLength(caught ? 1 : 0)
  })

  it('an alarm that never ended stands for ever', () => {
    expect(caughtIncidents([incident], [event(10, 'in-alarm')], WINDOW)).toHaveLength(1)
    const ended = [event(10, 'in-alarm'), event(11, 'alarm-invalidated')]
    expect(caughtIncidents([incident], ended, WINDOW)).toHaveLength(0)
  })

  it('must be of the same thing and metric; any metric for the thing as a whole', () => {
    const elsewhere = [event(102, 'in-alarm', { thing: 'u' })]
    expect(caughtIncidents([incident], elsewhere, WINDOW)).toEqual([])
    const otherMetric = [event(102, 'in-alarm', { metric: 'n' })]
    expect(caughtIncidents([incident], otherMetric, WINDOW)).toEqual([])
    expect(caughtIncidents([{ ...incident, metric: '*' }], otherMetric, WINDOW)).toHaveLength(1)
  })

  it('names the earliest alarm and how late it came', () => {
    const events = [
      event(104, 'in-alarm', { id: 'second' }),
      event(102, 'in-alarm', { id: 'first' }),
      event(90, 'in-alarm', { id: 'gone' }),
      event(91, 'alarm-cleared', { id: 'gone' }),
    ]
    expect(caughtIncidents([incident], events, WINDOW)).toEqual([
      { incident, violationId: 'first', delayMs: 3 * WINDOW },
    ])
    const early = caughtIncidents([incident], [event(10, 'in-alarm')], WINDOW)
    expect(early).toMatchObject([{ delayMs: 0 }])
  })
})

describe('incidentsOf', () => {
  const file: LabelsFile = {
    dataset: 'd',
    cadenceMs: WINDOW,
    note: '',
    evaluateFrom: {},
    format: '',
    labels: [
      { thing: 't', metric: 'm', start: 0, end: 1, kind: 'anomaly' },
      { thing: 't', metric: 'm', start: 2, end: 3, kind: 'ignore' },
      { thing: 't', metric: '*', start: 4, end: 5, kind: 'anomaly' },
      { thing: 't', metric: 'n', start: 6, end: 7, kind: 'anomaly' },
      { thing: 'u', metric: 'm', start: 8, end: 9, kind: 'anomaly' },
    ],
  }

  it('are the anomalies of these things, in these metrics or as a whole', () => {
    expect(incidentsOf(file, ['t'], ['m']).map((incident) => incident.start)).toEqual([0, 4])
  })

  it('of the committed data are 76 of servers and 220 of metrics', () => {
    const url = new URL('../../data/asd/labels.json', import.meta.url)
    const labels = JSON.parse(readFileSync(url, 'utf8')) as LabelsFile
    const metrics = ['m01', 'm04', 'm06', 'm08', 'm17', 'm19']
    const incidents = incidentsOf(labels, Object.keys(labels.evaluateFrom), metrics)
    expect(incidents.filter((incident) => incident.metric === '*')).toHaveLength(76)
    expect(incidents).toHaveLength(296)
    for (const { thing, start, end } of incidents) {
      expect(start).toBeGreaterThanOrEqual(labels.evaluateFrom[thing]!)
      expect((end - start) % labels.cadenceMs).toBe(0)
    }
  })
})
