import { expect, test } from 'vitest'
import { insertCustomMetric } from '../../src/store/custom-metrics.ts'
import { insertDimension } from '../../src/store/dimensions.ts'
import { type Fixture, serveEachTest, rule, WINDOW_MS } from './fixture.ts'

const START = Date.UTC(2026, 0, 5)
const SENT = 'aws:num-messages-sent'

let fixture: Fixture
serveEachTest(1, (fresh) => {
  fixture = fresh
})

const at = (window: number): number => START + window * WINDOW_MS

function lines(documents: readonly object[]): string {
  return documents.map((document) => `${JSON.stringify(document)}\n`).join('')
}

function publish(window: number, thing: string, topicName: string): object {
  const timestamp = at(window) + 1
  return { timestamp, status: 'Success', eventType: 'Publish-In', clientId: thing, topicName }
}

function report(window: number, thing: string, ports: readonly number[]): object {
  const listed = { ports: ports.map((port) => ({ port })), total: ports.length }
  const custom_metrics = { peers: [{ ip_list: ['10.0.0.1'] }] }
  return {
    thingName: thing,
    timestamp: at(window),
    payload: {
      header: { version: '1.0' },
      metrics: { listening_tcp_ports: listed },
      custom_metrics,
    },
  }
}

test('dimensions, lists and percentiles are evaluated live, also after a restart', async () => {
  const { database } = fixture.store
  const made = { token: null, created: 0, modified: 0 }
  insertDimension(database, {
    name: 'alarms',
    type: 'TOPIC_FILTER',
    stringValues: ['alarms/#'],
    ...made,
  })
  insertCustomMetric(database, {
    name: 'peers',
    type: 'ip-address-list',
    displayName: null,
    ...made,
  })
  fixture.putProfile(
    'p',
    [
      rule('alarms', SENT, 2, { metricDimension: { dimensionName: 'alarms' } }),
      {
        name: 'ports',
        metric: 'aws:listening-tcp-ports',
        criteria: { comparisonOperator: 'in-port-set', value: { ports: [22] } },
      },
      { name: 'peers', metric: 'peers' },
      {
        name: 'loud',
        metric: SENT,
        criteria: {
          comparisonOperator: 'less-than-equals',
          statisticalThreshold: { statistic: 'p50' },
          durationSeconds: 900,
        },
      },
    ],
    ['all/things'],
  )
  const first = [
    ...['alarms/a', 'alarms/b', 'data'].map((topic) => publish(0, 'a', topic)),
    publish(0, 'b', 'data'),
    report(0, 'a', [22, 23]),
  ]
  expect((await fixture.send(lines(first))).status).toBe(200)
  await fixture.restart()
  const then = [publish(1, 'a', 'data'), publish(1, 'b', 'data'), report(1, 'a', [22])]
  expect((await fixture.send(lines([...then, publish(3, 'b', 'data')]))).status).toBe(200)
  await fixture.restart()
  expect(fixture.events()).toEqual([
    `p/alarms a in-alarm ${at(1)}`,
    `p/loud a in-alarm ${at(1)}`,
    `p/ports a in-alarm ${at(1)}`,
    `p/alarms a alarm-cleared ${at(2)}`,
    `p/ports a alarm-cleared ${at(2)}`,
  ])
  const query = { thing: 'a', from: at(0), to: at(2) }
  const { engine } = fixture.service
  const ports = { ...query, metric: 'aws:listening-tcp-ports', dimension: null }
  expect(await engine.metricValues(ports)).toEqual([
    { timestamp: at(1), value: { ports: [22, 23] } },
    { timestamp: at(2), value: { ports: [22] } },
  ])
  const narrowed = {
    ...query,
    metric: SENT,
    dimension: { name: 'alarms', operator: 'IN' as const },
  }
  expect(await engine.metricValues(narrowed)).toEqual([
    { timestamp: at(1), value: { count: 2 } },
    { timestamp: at(2), value: { count: 0 } },
  ])
  expect(await engine.metricValues({ ...query, metric: 'peers', dimension: null })).toEqual([
    { timestamp: at(1), value: { cidrs: ['10.0.0.1'] } },
    { timestamp: at(2), value: { cidrs: ['10.0.0.1'] } },
  ])
  const [stored] = fixture.sql(
    "SELECT value_json FROM violation_events WHERE behavior = 'ports' ORDER BY id",
  )
  expect(stored).toEqual({ value_json: '{"ports":[22,23]}' })
})
