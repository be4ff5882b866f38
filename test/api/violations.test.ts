import {
  GetBehaviorModelTrainingSummariesCommand,
  type IoTClient,
  ListActiveViolationsCommand,
  type ListActiveViolationsCommandInput,
  ListMetricValuesCommand,
  ListViolationEventsCommand,
  type ListViolationEventsCommandInput,
  paginateListViolationEvents,
  PutVerificationStateOnViolationCommand,
} from '@aws-sdk/client-iot'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { MetricValuesQuery } from '../../src/api/engine.ts'
import { insertProfile } from '../../src/store/security-profiles.ts'
import { attach } from '../store/registry.ts'
import { IDLE_ENGINE, type RunningApi, runApi } from './running-api.ts'
import { type SeedViolation, seedViolation } from './violations-in-store.ts'

let api: RunningApi
let client: IoTClient
const asked: MetricValuesQuery[] = []
beforeEach(async () => {
  asked.length = 0
  api = await runApi({
    engine: {
      ...IDLE_ENGINE,
      trainingSummaries: () => [
        {
          profile: 'p',
          behavior: 'sent',
          status: 'ACTIVE',
          collectionStart: 1_606_773_600_000,
          datapoints: 8_223,
          lastRefresh: 1_607_380_519_237,
        },
      ],
      metricValues: (query) => {
        asked.push(query)
        const times = [1_000, 301_000, 601_000, 901_000].filter((time) => time >= query.from)
        return Promise.resolve(times.map((timestamp) => ({ timestamp, value: { count: 0 } })))
      },
    },
  })
  client = api.client()
})
afterEach(async () => {
  await api.close()
  expect(api.faults).toEqual([])
})

const SEEDS: SeedViolation[] = [
  { id: 'a1', thing: 'lamp', profile: 'p', started: 1_000 },
  { id: 'a2', thing: 'lamp', profile: 'q', started: 2_000, ended: 9_000 },
  { id: 'a3', thing: 'door', profile: 'p', started: 3_000, criteriaType: 'MACHINE_LEARNING' },
  { id: 'a4', thing: 'door', profile: 'q', started: 4_000, suppressed: true },
  { id: 'a5', thing: 'lock', profile: 'p', started: 5_000, verification: 'TRUE_POSITIVE' },
  { id: 'a6', thing: 'lock', profile: 'p', started: 5_000, ended: 6_000, suppressed: true },
]
const ALL_TIME = { startTime: new Date(0), endTime: new Date(100_000) }

const active = async (input: ListActiveViolationsCommandInput = {}) => {
  const { activeViolations } = await client.send(new ListActiveViolationsCommand(input))
  return activeViolations?.map(({ violationId }) => violationId)
}
const events = async (input: Partial<ListViolationEventsCommandInput> = {}) => {
  const command = new ListViolationEventsCommand({ ...ALL_TIME, ...input })
  const { violationEvents } = await client.send(command)
  return violationEvents?.map((event) => `${event.violationId} ${event.violationEventType}`)
}

describe('violations', () => {
  beforeEach(() => {
    attach(api.store, 'p')
    attach(api.store, 'q')
    for (const seed of SEEDS) seedViolation(api.store, seed)
  })

  test('that stand are listed, newest first', async () => {
    const { activeViolations } = await client.send(new ListActiveViolationsCommand({}))
    expect(activeViolations?.map(({ violationId }) => violationId)).toEqual([
      'a5',
      'a4',
      'a3',
      'a1',
    ])
    expect(activeViolations?.[2]).toEqual({
      violationId: 'a3',
      thingName: 'door',
      securityProfileName: 'p',
      behavior: { name: 'b', metric: 'aws:num-messages-sent' },
      lastViolationValue: { count: 0 },
      violationEventAdditionalInfo: { confidenceLevel: 'HIGH' },
      verificationState: 'UNKNOWN',
      lastViolationTime: new Date(3_500),
      violationStartTime: new Date(3_000),
    })
  })

  test.each<[ListActiveViolationsCommandInput, string[]]>([
    [{ thingName: 'door' }, ['a4', 'a3']],
    [{ securityProfileName: 'p' }, ['a5', 'a3', 'a1']],
    [{ thingName: 'door', securityProfileName: 'p' }, ['a3']],
    [{ behaviorCriteriaType: 'MACHINE_LEARNING' }, ['a3']],
    [{ listSuppressedAlerts: true }, ['a4']],
    [{ listSuppressedAlerts: false }, ['a5', 'a3', 'a1']],
    [{ verificationState: 'TRUE_POSITIVE' }, ['a5']],
    [{ verificationState: 'UNKNOWN', thingName: 'lock' }, []],
    [{ verificationState: 'TRUE_POSITIVE', thingName: 'lock', securityProfileName: 'p' }, ['a5']],
    [{ verificationState: 'TRUE_POSITIVE', listSuppressedAlerts: true }, []],
  ])('that stand, by %o', async (filter, ids) => {
    expect(await active(filter)).toEqual(ids)
  })

  test('of a profile that is not there cannot be asked for', async () => {
    await expect(active({ securityProfileName: 'nope' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  test('have their events listed, newest first', async () => {
    expect(await events()).toEqual([
      'a2 alarm-cleared',
      'a6 alarm-cleared',
      'a6 in-alarm',
      'a5 in-alarm',
      'a4 in-alarm',
      'a3 in-alarm',
      'a2 in-alarm',
      'a1 in-alarm',
    ])
  })

  test.each<[Partial<ListViolationEventsCommandInput>, string[]]>([
    [{ startTime: new Date(9_000) }, ['a2 alarm-cleared']],
    [{ endTime: new Date(1_000) }, ['a1 in-alarm']],
    [{ thingName: 'lock', listSuppressedAlerts: false }, ['a5 in-alarm']],
    [{ securityProfileName: 'q', listSuppressedAlerts: true }, ['a4 in-alarm']],
    [{ behaviorCriteriaType: 'MACHINE_LEARNING', thingName: 'door' }, ['a3 in-alarm']],
    [{ verificationState: 'TRUE_POSITIVE' }, ['a5 in-alarm']],
    [
      { verificationState: 'UNKNOWN', thingName: 'lamp', endTime: new Date(2_000) },
      ['a2 in-alarm', 'a1 in-alarm'],
    ],
    [{ verificationState: 'FALSE_POSITIVE' }, []],
  ])('have their events listed, by %o', async (filter, found) => {
    expect(await events(filter)).toEqual(found)
  })

  test('have their events listed page by page, whatever is added meanwhile', async () => {
    const seen: string[] = []
    let added = 0
    const pages = paginateListViolationEvents({ client, pageSize: 3 }, { ...ALL_TIME })
    for await (const page of pages) {
      for (const { violationId } of page.violationEvents!) seen.push(violationId!)
      seedViolation(api.store, { id: `b${added}`, started: 20_000 + added++ })
    }
    expect(seen).toEqual(['a2', 'a6', 'a6', 'a5', 'a4', 'a3', 'a2', 'a1'])
  })

  test('are verified, which active ones and events show', async () => {
    const put = (violationId: string, verificationStateDescription?: string) =>
      client.send(
        new PutVerificationStateOnViolationCommand({
          violationId,
          verificationState: 'BENIGN_POSITIVE',
          verificationStateDescription,
        }),
      )
    await put('a1', 'a firmware update')
    const verified = {
      verificationState: 'BENIGN_POSITIVE',
      verificationStateDescription: 'a firmware update',
    }
    const filter = { verificationState: 'BENIGN_POSITIVE' } as const
    const { activeViolations } = await client.send(new ListActiveViolationsCommand(filter))
    expect(activeViolations).toMatchObject([{ violationId: 'a1', ...verified }])
    const command = new ListViolationEventsCommand({ ...ALL_TIME, ...filter })
    expect((await client.send(command)).violationEvents).toMatchObject([verified])
    await put('a1')
    const again = await client.send(new ListActiveViolationsCommand(filter))
    expect(again.activeViolations?.[0]).not.toHaveProperty('verificationStateDescription')
    await expect(put('ffff')).rejects.toMatchObject({ name: 'InvalidRequestException' })
  })

  test('a period that ends before it begins is refused', async () => {
    await expect(events({ startTime: new Date(2_000), endTime: new Date(0) })).rejects.toThrow(
      'startTime should not be later than endTime',
    )
  })
})

test('a list that finds hardly anything answers in parts, and all of it in the end', async () => {
  const { database } = api.store
  database.transaction(() => {
    for (let i = 0; i < 25_000; i++) {
      const suppressed = i === 3 || i === 12_000 || i === 24_999
      seedViolation(api.store, { id: `n${i}`, profile: 'p', started: i + 1, suppressed })
    }
  })
  attach(api.store, 'p')
  for (const paginated of [
    (nextToken: string | undefined) =>
      client
        .send(
          new ListViolationEventsCommand({ ...ALL_TIME, listSuppressedAlerts: true, nextToken }),
        )
        .then((page) => ({ next: page.nextToken, ids: page.violationEvents! })),
    (nextToken: string | undefined) =>
      client
        .send(new ListActiveViolationsCommand({ listSuppressedAlerts: true, nextToken }))
        .then((page) => ({ next: page.nextToken, ids: page.activeViolations! })),
  ]) {
    const pages: (string | undefined)[][] = []
    const tokens = new Set<string>()
    let token: string | undefined
    do {
      const { next, ids } = await paginated(token)
      pages.push(ids.map(({ violationId }) => violationId))
      if (next !== undefined) expect(tokens.has(next)).toBe(false)
      if (next !== undefined) tokens.add(next)
      token = next
    } while (token !== undefined)
    expect(pages).toEqual([['n24999'], ['n12000'], ['n3']])
  }
})

test('training summaries tell of each behavior that learns, known to evaluation or not', async () => {
  const behavior = (name: string, criteria: object) => ({
    name,
    metric: 'aws:num-messages-sent',
    criteria,
  })
  const learned = { mlDetectionConfig: { confidenceLevel: 'HIGH' } }
  const fixed = { comparisonOperator: 'less-than', value: { count: 1 }, durationSeconds: 300 }
  insertProfile(api.store.database, {
    name: 'p',
    version: 1,
    description: null,
    behaviors: [behavior('sent', learned), behavior('static', fixed), behavior('new', learned)],
    alertTargets: {},
    metricsToRetain: [],
    metricsToRetainV2: [],
    exportConfig: null,
    created: 0,
    modified: 0,
  })
  const get = (input: object) => client.send(new GetBehaviorModelTrainingSummariesCommand(input))
  const { summaries } = await get({ securityProfileName: 'p' })
  expect(summaries).toEqual([
    {
      securityProfileName: 'p',
      behaviorName: 'new',
      modelStatus: 'PENDING_BUILD',
      datapointsCollectionPercentage: 0,
    },
    {
      securityProfileName: 'p',
      behaviorName: 'sent',
      trainingDataCollectionStartDate: new Date(1_606_773_600_000),
      modelStatus: 'ACTIVE',
      datapointsCollectionPercentage: 32.891_999_999_999_996,
      lastModelRefreshDate: new Date(1_607_380_519_237),
    },
  ])
  const first = await get({ maxResults: 1 })
  const second = await get({ maxResults: 1, nextToken: first.nextToken })
  expect([first, second].flatMap((page) => page.summaries?.[0]?.behaviorName)).toEqual([
    'new',
    'sent',
  ])
  expect(second.nextToken).toBeUndefined()
  await expect(get({ maxResults: 11 })).rejects.toThrow('value less than or equal to 10')
  await expect(get({ securityProfileName: 'q' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
})

test('metric values come by time, from where the page before ended', async () => {
  const list = (input: object) =>
    client.send(
      new ListMetricValuesCommand({
        thingName: 'lamp',
        metricName: 'aws:num-messages-sent',
        startTime: new Date(1_000),
        endTime: new Date(2_000_000),
        ...input,
      }),
    )
  const first = await list({ maxResults: 3 })
  expect(first.metricDatumList).toEqual(
    [1_000, 301_000, 601_000].map((time) => ({ timestamp: new Date(time), value: { count: 0 } })),
  )
  const second = await list({ maxResults: 3, nextToken: first.nextToken })
  expect(second.metricDatumList).toHaveLength(1)
  expect(asked[1]).toEqual({
    thing: 'lamp',
    metric: 'aws:num-messages-sent',
    dimension: null,
    from: 601_001,
    to: 2_000_000,
  })
  await expect(list({ metricName: 'aws:nope' })).rejects.toMatchObject({
    name: 'InvalidRequestException',
  })
  await expect(list({ metricName: 'nope' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
  await expect(list({ dimensionName: 'D' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
})
