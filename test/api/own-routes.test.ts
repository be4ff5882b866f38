import { spawnSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { metricsRoute } from '../../src/api/metrics-route.ts'
import { mitigationRuleRoutes } from '../../src/api/mitigation-rule-routes.ts'
import { outboxRoutes } from '../../src/api/outbox-routes.ts'
import { serviceMetrics } from '../../src/respond/service-metrics.ts'
import { listRules } from '../../src/store/mitigation-rules.ts'
import { openMemoryStore, type Store } from '../../src/store/store.ts'
import { event } from '../respond/events.ts'
import { addAction, store as put } from '../respond/fleet-store.ts'
import { type RunningApi, runApi } from './running-api.ts'

const clock = { now: () => 1_700_000_000_000 }
let store: Store
let api: RunningApi
const retried: string[] = []

beforeEach(async () => {
  store = openMemoryStore()
  const { database } = store
  const metrics = serviceMetrics({
    database,
    ...clock,
    watermark: () => clock.now() - 1_500,
    models: () => [{ profile: 'p', behavior: 'b', status: 'ACTIVE' }],
    evaluated: () => 7,
    rows: () => 9,
    rejects: () => [['late', 2]],
    pauses: () => [
      { channel: 'webhook/ops', paused: true },
      { channel: 'sns', paused: false },
    ],
  })
  metrics.violationEvents([event('lamp-1'), event('lamp-2'), event('lamp-1', 'alarm-cleared')])
  put(database, event('lamp-2'))
  let ids = 0
  api = await runApi({
    store,
    keys: null,
    own: [
      metricsRoute(metrics.telemetry, 'nothing'),
      ...mitigationRuleRoutes(database, clock, () => `rule-${ids++}`),
      ...outboxRoutes(database, clock, (channel) => retried.push(channel)),
    ],
  })
})
afterEach(() => api.close())

async function ask(method: string, path: string): Promise<[status: number, body: unknown]> {
  const response = await fetch(`${api.endpoint}${path}`, { method })
  const text = await response.text()
  return [response.status, text === '' ? null : JSON.parse(text)]
}

describe('/mitigation-rules', () => {
  it('makes, lists and deletes rules', async () => {
    addAction(store.database, 'quarantine', ['jail'])
    const rule = {
      ruleId: 'rule-0',
      securityProfileName: 'sensors',
      behaviorName: 'bytes-out',
      confidenceLevel: 'HIGH',
      actionName: 'quarantine',
      mostThingsPerHour: 20,
      creationDate: '2023-11-14T22:13:20.000Z',
    }
    const query =
      'securityProfileName=sensors&behaviorName=bytes-out&confidenceLevel=HIGH&actionName=quarantine&mostThingsPerHour=20'
    expect(await ask('POST', `/mitigation-rules?${query}`)).toEqual([201, rule])
    expect(listRules(store.database)).toMatchObject([{ profile: 'sensors', mostPerHour: 20 }])
    const [, any] = await ask(
      'POST',
      '/mitigation-rules?securityProfileName=p&actionName=quarantine',
    )
    expect(any).not.toHaveProperty('behaviorName')
    expect(await ask('GET', '/mitigation-rules')).toEqual([200, { mitigationRules: [rule, any] }])
    expect(await ask('DELETE', '/mitigation-rules?ruleId=rule-0')).toEqual([204, null])
    expect(await ask('GET', '/mitigation-rules')).toEqual([200, { mitigationRules: [any] }])
  })

  it.each([
    ['POST', 'actionName=a', 400, 'securityProfileName is missing'],
    ['POST', 'securityProfileName=p', 400, 'actionName is missing'],
    ['POST', 'securityProfileName=p&actionName=a', 404, 'Mitigation action a does not exist'],
    [
      'POST',
      'securityProfileName=p&actionName=log',
      400,
      'log is ENABLE_IOT_LOGGING; Detect runs ADD_',
    ],
    [
      'POST',
      'securityProfileName=p&actionName=a&confidenceLevel=high',
      400,
      '"high" should be one of LOW',
    ],
    [
      'POST',
      'securityProfileName=p&actionName=a&mostThingsPerHour=0',
      400,
      '"0" should be a whole number',
    ],
    ['POST', 'securityprofileName=p', 400, 'did you mean \\"securityProfileName\\"?'],
    ['DELETE', 'ruleId=x', 404, 'There is no rule'],
    ['DELETE', '', 400, 'ruleId is missing'],
  ])('%s ?%s is answered with %i and the reason', async (method, query, status, reason) => {
    addAction(store.database, 'log', [], 'ENABLE_IOT_LOGGING')
    const [answered, body] = await ask(method, `/mitigation-rules?${query}`)
    expect(answered).toBe(status)
    expect(JSON.stringify(body).replaceAll('\\"', '"')).toContain(reason.replaceAll('\\"', '"'))
    expect(listRules(store.database)).toEqual([])
  })
})

it('/metrics tells counts, standing alarms, models, lag and the outbox, and no thing', async () => {
  const headers = { accept: 'application/openmetrics-text' }
  const response = await fetch(`${api.endpoint}/metrics`, { headers })
  expect(response.headers.get('content-type')).toContain('application/openmetrics-text')
  const text = await response.text()
  for (const line of [
    'fleet_detect_violation_events_total{securityprofile="MySecProfile",behavior="MessagesPub",type="in-alarm"} 2',
    'fleet_detect_violation_events_total{securityprofile="MySecProfile",behavior="MessagesPub",type="alarm-cleared"} 1',
    'fleet_detect_active_violations{securityprofile="MySecProfile",behavior="MessagesPub"} 1',
    'fleet_detect_model_status{securityprofile="p",behavior="b",status="ACTIVE"} 1',
    'fleet_detect_model_status{securityprofile="p",behavior="b",status="EXPIRED"} 0',
    'fleet_detect_lag_seconds 1.5',
    'fleet_detect_evaluations_total 7',
    'fleet_detect_rows_total 9',
    'fleet_detect_rejected_rows_total{reason="late"} 2',
    'fleet_detect_channel_paused{channel="webhook/ops"} 1',
    'fleet_detect_channel_paused{channel="sns"} 0',
    'fleet_detect_outbox_notifications{channel="sns",state="waiting"} 0',
    'fleet_detect_outbox_notifications{channel="sns",state="dead"} 0',
    '# EOF',
  ]) {
    expect(text.split('\n')).toContain(line)
  }
  expect(text).not.toContain('lamp')
})

it.each([
  // What Prometheus 2.42 asks with, what it asks with when told to use no OpenMetrics, and curl.
  [
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
  ],
  ['text/plain;version=0.0.4;q=1,*/*;q=0.1', 'text/plain; version=0.0.4; charset=utf-8'],
  ['*/*', 'text/plain; version=0.0.4; charset=utf-8'],
  ['text/plain, application/openmetrics-text; q=0.5', 'text/plain; version=0.0.4; charset=utf-8'],
  ['application/openmetrics-text; q=0', 'text/plain; version=0.0.4; charset=utf-8'],
])('/metrics for a client that accepts %s', async (accept, type) => {
  const response = await fetch(`${api.endpoint}/metrics`, { headers: { accept } })
  expect(response.headers.get('content-type')).toBe(type)
  const text = await response.text()
  const isOpenMetrics = type.startsWith('application/')
  expect(text.includes(`# TYPE fleet_detect_rows${isOpenMetrics ? '' : '_total'} counter\n`)).toBe(
    true,
  )
  expect(text.endsWith('# EOF\n')).toBe(isOpenMetrics)
})

const promtool = spawnSync('promtool', ['--version']).status === 0
if (!promtool) {
  process.stderr.write('SKIPPED: /metrics under promtool; install the Debian package prometheus\n')
}
it.skipIf(!promtool)("/metrics passes Prometheus' own check", async () => {
  const response = await fetch(`${api.endpoint}/metrics`)
  const checked = spawnSync('promtool', ['check', 'metrics'], {
    input: await response.text(),
    encoding: 'utf8',
  })
  expect(checked).toMatchObject({ status: 0, stdout: '', stderr: '' })
})

it('/notifications lists what was given up, and gives it another chance', async () => {
  store.database.exec(
    `INSERT INTO outbox (channel, target, key, flood, profile, behavior, type, state, due, created, finished, attempts, last_error)
     VALUES ('webhook/ops', '', 'k', 0, 'p', 'b', 'in-alarm', 'dead', 5, 5, 9, 60, 'no answer')`,
  )
  const [, listed] = await ask('GET', '/notifications')
  expect(listed).toMatchObject({
    notifications: [{ channel: 'webhook/ops', key: 'k', attempts: 60, lastError: 'no answer' }],
  })
  expect(await ask('POST', '/notifications/retry?channel=other')).toEqual([200, { retried: 0 }])
  expect(await ask('POST', '/notifications/retry?channel=webhook/ops')).toEqual([
    200,
    { retried: 1 },
  ])
  expect(retried).toEqual(['other', 'webhook/ops'])
  expect(await ask('GET', '/notifications')).toEqual([200, { notifications: [] }])
  expect((await ask('GET', '/notifications?state=waiting'))[1]).toMatchObject({
    notifications: [{ key: 'k', attempts: 0 }],
  })
})
