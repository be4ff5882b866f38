import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DetectSettings } from '../../src/detect/detector.ts'
import { WorkerPool } from '../../src/detect/pool.ts'
import type { TrainingRecord } from '../../src/detect/training.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/domain/time.ts'
import { compareEvents } from '../../src/domain/violation.ts'
import { RandomStream } from '../../src/stats/random.ts'
import { SHARDS } from '../../src/window/things.ts'
import { fnv1a32 } from '../../src/columnar/name-table.ts'
import { type Datapoint, detect, settingsOf } from './fleet-run.ts'

const BYTES_OUT = 'aws:all-bytes-out'
const FAILURES = 'aws:num-authorization-failures'
const START = 20_000 * DAY_MS
const PAST = START + 10 * MINUTE_MS

function ml(metric: string, more: object = {}): object {
  return {
    name: `learned ${metric.slice(4)}`,
    metric,
    criteria: {
      consecutiveDatapointsToAlarm: 1,
      consecutiveDatapointsToClear: 1,
      mlDetectionConfig: { confidenceLevel: 'LOW' },
      ...more,
    },
  }
}

function atMost(metric: string, count: number, more: object = {}): object {
  return {
    name: `ruled ${metric.slice(4)}`,
    metric,
    criteria: {
      comparisonOperator: 'less-than-equals',
      value: { count },
      durationSeconds: 3_600,
      consecutiveDatapointsToAlarm: 1,
      consecutiveDatapointsToClear: 1,
      ...more,
    },
  }
}

let one: WorkerPool
let two: WorkerPool

beforeAll(() => {
  one = new WorkerPool(1)
  two = new WorkerPool(2)
})

afterAll(async () => {
  await one.close()
  await two.close()
})

/** Eight days of forty things, every half hour, with outbursts, drops and a silence. */
function fleet(): Datapoint[] {
  const random = new RandomStream(7)
  const datapoints: Datapoint[] = []
  for (let slot = 0; slot < 8 * 48; slot++) {
    for (let thing = 0; thing < 40; thing++) {
      random.seek(thing, 1, slot)
      // Thing 3 falls silent in an outburst; others skip a window now and then.
      if (random.uniform() < 0.03 || (thing === 3 && slot > 200 && slot < 330)) continue
      const time = START + slot * 30 * MINUTE_MS + Math.floor(random.between(0, 1_800_000))
      const burst = slot % 97 === thing || (thing === 3 && slot > 195 && slot <= 200)
      const value = random.between(90, 110) * (burst ? 50 : 1) * (slot % 101 === thing ? 0 : 1)
      const name = `thing-${thing}`
      // In two halves, so that the sum is of fractions.
      datapoints.push({ thing: name, metric: BYTES_OUT, time, value: value / 3 })
      datapoints.push({ thing: name, metric: BYTES_OUT, time, value: (value * 2) / 3 })
      // Each outburst is larger than all before, so that none is learned as normal.
      const failures = burst ? 9 + slot : Math.floor(random.between(0, 3))
      datapoints.push({ thing: name, metric: FAILURES, time: time - 1, value: failures })
    }
  }
  return datapoints.sort((a, b) => a.time - b.time)
}

/** The kinds, and how many events each makes of every behavior at least. */
const KINDS: readonly [kind: string, events: number][] = [
  ['quantile', 6],
  ['full', 6],
  ['compact', 2],
]

describe.each(KINDS)('the same input, learned by model %s,', (modelKind, least) => {
  const behaviors = [
    ml(BYTES_OUT),
    { ...ml(BYTES_OUT, { consecutiveDatapointsToClear: 3 }), name: 'slow to clear' },
    {
      ...ml(FAILURES, { mlDetectionConfig: { confidenceLevel: 'MEDIUM' } }),
      suppressAlerts: true,
    },
    atMost(FAILURES, 12, { consecutiveDatapointsToClear: 2 }),
  ]
  const settings = (more: Partial<DetectSettings> = {}): DetectSettings =>
    settingsOf(
      behaviors,
      { windowMs: 30 * MINUTE_MS, ...more },
      { modelKind, minDays: 2, minDatapoints: 500 },
    )
  const input = fleet()
  let expected: string[] = []

  beforeAll(async () => {
    const { lines, events } = await detect([input], settings(), one)
    expected = lines
    const types = events.map(({ violationEventType }) => violationEventType)
    for (const type of ['in-alarm', 'alarm-cleared', 'alarm-invalidated'] as const) {
      expect(types.filter((told) => told === type).length).toBeGreaterThan(0)
    }
    for (const { name } of behaviors as { name: string }[]) {
      expect(events.filter(({ behavior }) => behavior.name === name).length).toBeGreaterThanOrEqual(
        least,
      )
    }
    expect(events).toEqual(events.toSorted(compareEvents))
  })

  test.each([64, 1_000, 100_000])(
    'gives the same events by batches of %i rows',
    async (batchRows) => {
      expect((await detect([input], settings({ batchRows }), one)).lines).toEqual(expected)
      expect((await detect([input], settings({ batchRows }), two)).lines).toEqual(expected)
    },
  )

  test.each([
    [2_000, 1],
    [70_000, 1],
    [70_000, 8],
    [600_000, 3],
  ])('gives the same events by chunks of %i bytes, %i at once', async (chunkBytes, permits) => {
    const options = { chunkBytes, permits }
    expect((await detect([input], settings(), two, options)).lines).toEqual(expected)
    const small = settings({ batchRows: 1_000 })
    expect((await detect([input], small, one, options)).lines).toEqual(expected)
  })

  test('gives the same events in another order, as far as the slack reaches', async () => {
    const random = new RandomStream(11)
    const late = input.map((datapoint, i) => ({
      datapoint,
      at: datapoint.time + random.seek(i, 0, 0).between(0, 20 * HOUR_MS),
    }))
    const permuted = late.sort((a, b) => a.at - b.at).map(({ datapoint }) => datapoint)
    expect(permuted).not.toEqual(input)
    const told = await detect([permuted], settings(), two, { chunkBytes: 50_000 })
    expect(told.late).toBe(0)
    expect(told.lines).toEqual(expected)
  })

  test('gives the same events whichever thing comes first', async () => {
    const number = ({ thing }: Datapoint): number => Number(thing.slice(6))
    const windowOf = ({ time }: Datapoint): number => Math.floor(time / (30 * MINUTE_MS))
    const turned = input.toSorted((a, b) => windowOf(a) - windowOf(b) || number(b) - number(a))
    expect((await detect([turned], settings(), one)).lines).toEqual(expected)
  })

  test('gives the same events from several inputs side by side', async () => {
    const split = [0, 1, 2].map((part) =>
      input.filter(({ thing }) => Number(thing.slice(6)) % 3 === part),
    )
    const options = { chunkBytes: 60_000 }
    expect((await detect(split, settings(), two, options)).lines).toEqual(expected)
  })

  test('fits the same models', async () => {
    const models = async (pool: WorkerPool, batchRows: number): Promise<unknown[]> => {
      const { detector } = await detect([input], settings({ batchRows }), pool)
      return detector.watches.flatMap(({ judge }) => {
        if (judge.kind !== 'ml') return []
        const { status, refreshed, model } = judge.training.record
        expect(model).not.toBeNull()
        return [{ status, refreshed, model: Buffer.from(model!.bytes).toString('base64') }]
      })
    }
    expect(await models(two, 300)).toEqual(await models(one, 1e6))
  })
})

/** One datapoint ten minutes into a window of an hour. */
function datapoint(thing: string, metric: string, hour: number, value: number): Datapoint {
  return { thing, metric, time: PAST + hour * HOUR_MS, value }
}

/** Every hour of so many days, a quiet datapoint. */
function steady(thing: string, metric: string, days: number): Datapoint[] {
  return Array.from({ length: days * 24 }, (_, hour) => datapoint(thing, metric, hour, 1))
}

function inOrder(...lists: readonly Datapoint[][]): Datapoint[] {
  return lists.flat().sort((a, b) => a.time - b.time)
}

/** Evaluated step by step, and with everything read before anything is evaluated. */
const PACES = [
  { chunkBytes: 400, permits: 1 },
  { chunkBytes: 1e9, permits: 4 },
]

describe('things that come and go', () => {
  test.each(PACES)('a thing that returns after two weeks is itself (%o)', async (pace) => {
    const input = inOrder(
      steady('steady', FAILURES, 17),
      [datapoint('gone', FAILURES, 0, 1)],
      [15, 16].map((day) => datapoint('gone', FAILURES, day * 24 + 2, 99)),
    )
    const { events } = await detect([input], settingsOf([atMost(FAILURES, 5)]), one, pace)
    expect(
      events.map(({ thingName, violationEventType }) => [thingName, violationEventType]),
    ).toEqual([['gone', 'in-alarm']])
  })

  test.each(PACES)('a thing on a seat given away inherits no run (%o)', async (pace) => {
    const ofShard = (name: string): number => {
      const bytes = Buffer.from(name)
      return fnv1a32(bytes, 0, bytes.length) % SHARDS
    }
    const names = Array.from({ length: 1_000 }, (_, i) => `thing-${i}`)
    const [old, young] = names.filter((name) => ofShard(name) === 5) as [string, string]
    const at = 18 * 24
    const input = inOrder(
      steady('steady', FAILURES, 21),
      [datapoint(old, FAILURES, 0, 99)],
      [at, at + 3].map((hour) => datapoint(young, FAILURES, hour, 99)),
    )
    const rule = atMost(FAILURES, 5, { consecutiveDatapointsToAlarm: 2 })
    const { events, detector } = await detect([input], settingsOf([rule]), one, pace)
    expect(detector.things.find(old)).toBe(-1)
    const opened = START + (at + 4) * HOUR_MS
    expect(events).toMatchObject([
      { thingName: young, violationEventType: 'in-alarm', violationEventTime: opened },
      { thingName: young, violationEventType: 'alarm-invalidated' },
    ])
  })

  test.each(PACES)('a thing silent for two days has its alarm invalidated (%o)', async (pace) => {
    const input = inOrder(steady('steady', FAILURES, 4), [datapoint('loud', FAILURES, 5, 99)])
    const { events } = await detect([input], settingsOf([atMost(FAILURES, 5)]), one, pace)
    expect(
      events.map(({ violationEventTime, violationEventType }) => [
        violationEventTime,
        violationEventType,
      ]),
    ).toEqual([
      [START + 6 * HOUR_MS, 'in-alarm'],
      [START + 6 * HOUR_MS + 2 * DAY_MS, 'alarm-invalidated'],
    ])
    expect(new Set(events.map(({ violationId }) => violationId)).size).toBe(1)
  })
})

describe('a model', () => {
  const training = { minDays: 1, minDatapoints: 30 }

  test.each(PACES)('is in force from 01:00 of the day after (%o)', async (pace) => {
    const input = inOrder(
      steady('a', BYTES_OUT, 3),
      // The datapoints suffice at the end of the second day: hour 48 comes too early.
      [48, 49].map((hour) => datapoint('b', BYTES_OUT, hour, 1e6)),
    )
    const settings = settingsOf([ml(BYTES_OUT)], {}, training)
    const { events } = await detect([input], settings, one, pace)
    expect(events[0]).toMatchObject({
      thingName: 'b',
      violationEventType: 'in-alarm',
      violationEventTime: START + 50 * HOUR_MS,
      metricValue: { count: 1e6 },
      explanation: { modelRefreshDate: new Date(START + 48 * HOUR_MS).toISOString() },
    })
  })

  test.each(PACES)('that expires takes its alarms along, and opens none (%o)', async (pace) => {
    const daily = Array.from({ length: 45 }, (_, day) =>
      datapoint('a', BYTES_OUT, (day + 2) * 24 + 12, 1),
    )
    const loud = [44 * 24 + 12, 45 * 24, 45 * 24 + 5].map((hour) =>
      datapoint('b', BYTES_OUT, hour, 1e9),
    )
    const input = inOrder(steady('a', BYTES_OUT, 2), daily, loud)
    const settings = settingsOf([ml(BYTES_OUT)], {}, training)
    const { events, detector } = await detect([input], settings, one, pace)
    // Last built after day 14, so expired 30 days later, when day 44 ends.
    expect(
      events.map(({ violationEventTime, violationEventType }) => [
        violationEventTime,
        violationEventType,
      ]),
    ).toEqual([
      [START + (44 * 24 + 13) * HOUR_MS, 'in-alarm'],
      [START + 45 * DAY_MS, 'alarm-invalidated'],
    ])
    const { judge } = detector.watches[0]!
    expect(judge.kind === 'ml' && judge.training.record.status).toBe('EXPIRED')
  })
})

describe('rows out of order', () => {
  test('beyond the slack end a replay', async () => {
    const input = [
      ...steady('a', FAILURES, 4),
      datapoint('a', FAILURES, 1, 1),
      datapoint('a', FAILURES, 97, 1),
    ]
    const settings = settingsOf([atMost(FAILURES, 5)])
    const pace = { chunkBytes: 200, permits: 1 }
    await expect(detect([input], settings, one, pace)).rejects.toMatchObject({ kind: 'unsorted' })
  })

  test('beyond the lateness of a live run are counted and change nothing', async () => {
    const input = steady('a', FAILURES, 4)
    const late = input.toSpliced(90, 0, datapoint('a', FAILURES, 30, 99))
    const settings = settingsOf([atMost(FAILURES, 5)])
    const options = {
      chunkBytes: 200,
      permits: 1,
      lateness: { kind: 'live' as const, allowedMs: 2 * HOUR_MS },
    }
    const told = await detect([late], settings, one, options)
    expect(told).toMatchObject({ late: 1, events: [] })
  })
})

describe.each(['quantile', 'full', 'compact'])('maintenance, under model %s,', (modelKind) => {
  const calm = (thing: string, slot: number): Datapoint => {
    const time = START + slot * HOUR_MS
    return { thing, metric: BYTES_OUT, time, value: 1_000 + ((slot * 7_919) % 97) }
  }
  /** Three weeks of five things; in the second one a rollout makes thing-0 and thing-1 send much more. */
  const rolledOut = (slot: number): boolean => slot >= 10 * 24 && slot < 12 * 24
  const datapoints = Array.from({ length: 21 * 24 }, (_, slot) =>
    [0, 1, 2, 3, 4].map((thing) => {
      const datapoint = calm(`thing-${thing}`, slot)
      const burst = thing < 2 && ((rolledOut(slot) && slot % 5 === 0) || slot === 20 * 24)
      return burst ? { ...datapoint, value: 50_000 } : datapoint
    }),
  ).flat()
  const alarms = async (maintenance: DetectSettings['maintenance'], pool = one) => {
    const settings = settingsOf(
      [ml(BYTES_OUT, { mlDetectionConfig: { confidenceLevel: 'MEDIUM' } })],
      { maintenance, batchRows: 500 },
      { modelKind, minDays: 9, minDatapoints: 500 },
    )
    const { events, detector } = await detect([datapoints], settings, pool)
    const opened = events.filter(({ violationEventType }) => violationEventType === 'in-alarm')
    const judge = detector.watches[0]!.judge as { training: { record: TrainingRecord } }
    return {
      after: opened.filter(({ violationEventTime }) => violationEventTime > START + 13 * DAY_MS),
      during: opened.filter(({ violationEventTime }) => violationEventTime <= START + 13 * DAY_MS),
      learned: judge.training.record.model?.datapoints ?? 0,
    }
  }
  const from = START + 10 * DAY_MS
  const to = START + 12 * DAY_MS

  test('what lies in it is judged all the same, but not learned', async () => {
    const unaware = await alarms([])
    const aware = await alarms([{ from, to, things: null }])
    expect(unaware.after).toEqual([])
    expect(aware.after.map(({ thingName }) => thingName)).toEqual(['thing-0', 'thing-1'])
    expect(aware.during.length).toBeGreaterThanOrEqual(unaware.during.length)
    expect(unaware.learned - aware.learned).toBe(2 * 24 * 5)
    expect(await alarms([{ from, to, things: null }], two)).toEqual(aware)
  })

  test('may be of some things only', async () => {
    const unaware = await alarms([])
    const aware = await alarms([{ from, to, things: new Set(['thing-1', 'nobody']) }])
    expect(unaware.learned - aware.learned).toBe(2 * 24)
  })
})
