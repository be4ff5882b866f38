import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AttachSecurityProfileCommand,
  CreateMitigationActionCommand,
  CreateSecurityProfileCommand,
  CreateThingCommand,
  CreateThingGroupCommand,
  IoTClient,
  ListThingGroupsForThingCommand,
} from '@aws-sdk/client-iot'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readNotifyFile } from '../../src/compose/notify-file.ts'
import { serve } from '../../src/compose/serve.ts'
import { DEFAULT_RETENTION } from '../../src/respond/retention.ts'
import { type Receiver, receiver } from '../adapters/receiver.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const START = Date.UTC(2026, 0, 5)
const WINDOW = 300_000

let folder: string
let hook: Receiver
let away = false
const warnings: string[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-detect-alarms-'))
  away = false
  warnings.length = 0
  hook = await receiver((response) => response.writeHead(away ? 503 : 204).end())
})
afterEach(async () => {
  await hook.close()
  rmSync(folder, { recursive: true })
})

/** Runs `work` against a service that tells the receiver of alarms; stops it then. */
async function serving(work: (url: string) => Promise<void>): Promise<void> {
  const file = join(folder, 'notify.json')
  const webhook = { name: 'ops', url: hook.url, secrets: [SECRET] }
  writeFileSync(
    file,
    JSON.stringify({
      webhooks: [webhook],
      allowAddresses: ['127.0.0.1'],
      retries: { firstSeconds: 0.01, longestSeconds: 0.05, attempts: 10_000 },
      log: true,
    }),
  )
  const stop = new AbortController()
  const lines: string[] = []
  let failed: unknown = null
  await serve(
    {
      data: join(folder, 'data'),
      host: '127.0.0.1',
      port: 0,
      identity: { region: 'eu-west-1', account: '123456789012' },
      open: true,
      tls: null,
      windowMs: WINDOW,
      latenessMs: 0,
      idleMs: null,
      checkpointMs: 1e9,
      retainDays: 14,
      arrivalClock: 'event',
      backfill: false,
      model: 'quantile',
      minDays: 14,
      minDatapoints: 25_000,
      maxThings: 1_000,
      threads: 1,
      inputs: [],
      format: null,
      responding: {
        notify: readNotifyFile(file),
        retention: DEFAULT_RETENTION,
        metricsNeedKey: false,
        eventClock: true,
      },
    },
    {
      progress: () => {},
      note: () => {},
      warn: (message) => warnings.push(message),
      alarm: (message) => lines.push(message),
    },
    stop.signal,
    {
      made: async () => {},
      listening: (url) => {
        const ready = async (): Promise<boolean> => (await fetch(`${url}/ready`)).ok
        void until(ready)
          .then(() => work(url))
          .catch((error: unknown) => {
            failed = error
          })
          .finally(() => stop.abort())
      },
    },
  )
  if (failed !== null) throw failed
}

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((done) => setTimeout(done, 20))
}

async function post(url: string, window: number, values: Record<string, number>): Promise<void> {
  const lines = Object.entries(values).map(([thing, value]) =>
    JSON.stringify({
      thing,
      metric: 'aws:num-messages-sent',
      timestamp: START + window * WINDOW + 1_000,
      value,
    }),
  )
  const response = await fetch(`${url}/datapoints`, { method: 'POST', body: lines.join('\n') })
  expect(response.status, await response.text()).toBe(200)
}

async function setUp(url: string): Promise<IoTClient> {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
  const iot = new IoTClient({ endpoint: url, region: 'eu-west-1', credentials })
  await iot.send(new CreateThingCommand({ thingName: 'lamp' }))
  await iot.send(new CreateThingGroupCommand({ thingGroupName: 'quarantine' }))
  await iot.send(
    new CreateMitigationActionCommand({
      actionName: 'isolate',
      roleArn: 'arn:aws:iam::123456789012:role/isolate',
      actionParams: { addThingsToThingGroupParams: { thingGroupNames: ['quarantine'] } },
    }),
  )
  await iot.send(
    new CreateSecurityProfileCommand({
      securityProfileName: 'sensors',
      alertTargets: {
        SNS: {
          alertTargetArn: 'arn:aws:sns:eu-west-1:123456789012:alarms',
          roleArn: 'arn:aws:iam::123456789012:role/alarms',
        },
      },
      behaviors: [
        {
          name: 'quiet',
          metric: 'aws:num-messages-sent',
          criteria: {
            comparisonOperator: 'less-than',
            value: { count: 10 },
            durationSeconds: 300,
            consecutiveDatapointsToAlarm: 1,
            consecutiveDatapointsToClear: 1,
          },
        },
      ],
    }),
  )
  await iot.send(
    new AttachSecurityProfileCommand({
      securityProfileName: 'sensors',
      securityProfileTargetArn: 'arn:aws:iot:eu-west-1:123456789012:all/things',
    }),
  )
  const rule = 'securityProfileName=sensors&behaviorName=quiet&actionName=isolate'
  expect((await fetch(`${url}/mitigation-rules?${rule}`, { method: 'POST' })).status).toBe(201)
  return iot
}

it('an alarm reaches its receiver signed, and its thing the quarantine', async () => {
  await serving(async (url) => {
    const iot = await setUp(url)
    await post(url, 0, { lamp: 1, other: 1 })
    await post(url, 1, { lamp: 54, other: 1 })
    await post(url, 2, { lamp: 1, other: 1 })
    await post(url, 3, { lamp: 1 })
    await until(() => hook.received.length >= 2)
    const told = hook.received.map(({ body, headers }) =>
      new Webhook(SECRET).verify(body, headers as Record<string, string>),
    )
    expect(told).toMatchObject([
      {
        type: 'fleet-detect.violation.in-alarm',
        subject: 'lamp',
        data: { metricValue: { count: 54 }, violationEventTime: START + 2 * WINDOW },
      },
      { type: 'fleet-detect.violation.alarm-cleared', subject: 'lamp' },
    ])
    await until(async () => {
      const { thingGroups } = await iot.send(
        new ListThingGroupsForThingCommand({ thingName: 'lamp' }),
      )
      return thingGroups?.[0]?.groupName === 'quarantine'
    })
    let metrics = ''
    await until(async () => {
      metrics = await (await fetch(`${url}/metrics`)).text()
      return metrics.includes('{channel="webhook/ops",outcome="delivered"} 2\n')
    })
    expect(metrics).not.toContain('fleet_detect_active_violations{')
    for (const line of [
      'fleet_detect_violation_events_total{securityprofile="sensors",behavior="quiet",type="in-alarm"} 1',
      'fleet_detect_mitigation_executions_total{action="isolate",status="SUCCESSFUL"} 1',
      'fleet_detect_rows_total 7',
    ]) {
      expect(metrics.split('\n')).toContain(line)
    }
    iot.destroy()
  })
  expect(warnings).toEqual([])
}, 60_000)

it('what was not delivered when the service stopped is delivered by the next', async () => {
  away = true
  await serving(async (url) => {
    const iot = await setUp(url)
    await post(url, 0, { lamp: 54 })
    await post(url, 1, { lamp: 1 })
    await post(url, 2, { lamp: 1 })
    await until(() => hook.received.length >= 2)
    iot.destroy()
  })
  const attempts = hook.received.map(({ headers }) => headers['webhook-id'])
  expect(new Set(attempts).size).toBe(1)
  hook.received.length = 0
  away = false
  await serving(() => until(() => hook.received.length >= 2))
  const types = hook.received.map(({ body }) => (JSON.parse(body) as { type: string }).type)
  expect(types).toEqual(['fleet-detect.violation.in-alarm', 'fleet-detect.violation.alarm-cleared'])
  expect(hook.received[0]?.headers['webhook-id']).toBe(attempts[0])
  expect(warnings).toEqual([
    `webhook/ops does not deliver: ${hook.url} answered 503; it is tried again`,
    'security profiles name SNS topics (sensors), but --notify has no "sns"',
  ])
}, 60_000)
