import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WorkerPool } from '../../src/detect/pool.ts'
import { shareOf, STATISTICS, type Statistic } from '../../src/domain/metric-rules.ts'
import { DAY_MS, DEFAULT_WINDOW_MS } from '../../src/domain/time.ts'
import { type Datapoint, detect, settingsOf } from './fleet-run.ts'

const SENT = 'aws:num-messages-sent'
const PORTS = 'aws:num-listening-tcp-ports'
const START = 20_000 * DAY_MS

interface Row {
  thing: number
  window: number
  value: number
}

function behavior(metric: string, statistic: Statistic, durationSeconds: number, operator: string) {
  return {
    name: 'ranked',
    metric,
    criteria: {
      comparisonOperator: operator,
      statisticalThreshold: { statistic },
      durationSeconds,
      consecutiveDatapointsToAlarm: 1,
      consecutiveDatapointsToClear: 1,
    },
  }
}

const datapoints = (rows: readonly Row[], metric: string): Datapoint[] =>
  rows
    .map(({ thing, window, value }) => ({
      thing: `thing-${thing}`,
      metric,
      time: START + window * DEFAULT_WINDOW_MS,
      value,
    }))
    .sort((a, b) => a.time - b.time)

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

/** What each row violates, straight from the definition. */
function bruteForce(
  rows: readonly Row[],
  share: number,
  windows: number,
  sums: boolean,
  isNormal: (value: number, threshold: number) => boolean,
): Map<string, { threshold: number; value: number; normal: boolean }> {
  const valueOf = (thing: number, window: number): number | null => {
    const own = rows.filter(
      (row) => row.thing === thing && row.window <= window && row.window > window - windows,
    )
    if (own.length === 0) return null
    const latest = Math.max(...own.map((row) => row.window))
    return sums
      ? own.reduce((sum, { value }) => sum + value, 0)
      : own.find((row) => row.window === latest)!.value
  }
  const verdicts = new Map<string, { threshold: number; value: number; normal: boolean }>()
  for (const { thing, window } of rows) {
    const things = [...new Set(rows.map((row) => row.thing))]
    const values = things
      .map((other) => valueOf(other, window))
      .filter((value) => value !== null)
      .sort((a, b) => a - b)
    const threshold = values[Math.max(1, Math.ceil((values.length * share) / 10_000)) - 1]!
    const value = valueOf(thing, window)!
    verdicts.set(`${thing} ${window}`, { threshold, value, normal: isNormal(value, threshold) })
  }
  return verdicts
}

/** At most one row of a thing and window. */
const fleets: fc.Arbitrary<Row[]> = fc
  .uniqueArray(
    fc.record({
      thing: fc.nat({ max: 11 }),
      window: fc.nat({ max: 20 }),
      value: fc.nat({ max: 50 }),
    }),
    { minLength: 1, maxLength: 150, selector: ({ thing, window }) => thing * 100 + window },
  )
  .map((rows) => rows.sort((a, b) => a.window - b.window))

describe('a threshold of percentiles', () => {
  test('is that of all things in the duration, whatever the batches and threads', async () => {
    await fc.assert(
      fc.asyncProperty(
        fleets,
        fc.constantFrom(...STATISTICS),
        fc.constantFrom(300, 900, 3_600),
        fc.constantFrom(SENT, PORTS),
        fc.boolean(),
        async (rows, statistic, seconds, metric, upper) => {
          const operator = upper ? 'less-than-equals' : 'greater-than'
          const settings = settingsOf([behavior(metric, statistic, seconds, operator)], {
            windowMs: DEFAULT_WINDOW_MS,
          })
          const input = datapoints(rows, metric)
          const { lines, events } = await detect([input], settings, one)
          const small = await detect([input], { ...settings, batchRows: 3 }, two)
          expect(small.lines).toEqual(lines)
          const isNormal = (value: number, threshold: number): boolean =>
            upper ? value <= threshold : value > threshold
          const sums = metric === SENT
          const expected = bruteForce(rows, shareOf(statistic), seconds / 300, sums, isNormal)
          const open = new Set<number>()
          const transitions = rows.flatMap(({ thing, window }) => {
            const { normal, threshold, value } = expected.get(`${thing} ${window}`)!
            if (normal !== open.has(thing)) return []
            if (normal) open.delete(thing)
            else open.add(thing)
            const time = START + (window + 1) * DEFAULT_WINDOW_MS
            return [`${time} thing-${thing} ${normal} ${value} ${threshold}`]
          })
          const told = events.map(
            ({ violationEventTime, thingName, violationEventType, explanation }) =>
              `${violationEventTime} ${thingName} ${violationEventType === 'alarm-cleared'} ${String(explanation!.measured)} ${explanation!.threshold}`,
          )
          expect(told.sort()).toEqual(transitions.sort())
        },
      ),
      { numRuns: 60 },
    )
  })

  test('counts only the things that its profile watches', async () => {
    const rows = [1, 2, 3, 100, 100].map((value, thing) => ({ thing, window: 0, value }))
    const settings = settingsOf([behavior(SENT, 'p50', 300, 'less-than-equals')], {
      windowMs: DEFAULT_WINDOW_MS,
      targets: { watches: (_, thing) => thing < 'thing-3', everything: () => false },
    })
    const { events } = await detect([datapoints(rows, SENT)], settings, one)
    expect(events.map(({ thingName, explanation }) => [thingName, explanation!.text])).toEqual([
      [
        'thing-2',
        'aws:num-messages-sent was 3 messages in 5 min; normal is at most 2, the p50 of 3 things',
      ],
    ])
    expect(events[0]!.explanation!.percentile).toEqual({ statistic: 'p50', things: 3 })
  })

  test('of message sizes is that of all bytes', async () => {
    const size = 'aws:message-byte-size'
    const rows = [30, 40, 50].map((value, thing) => ({ thing, window: 0, value }))
    const second = { ...datapoints(rows, size)[0]!, time: START + 1 }
    const settings = settingsOf([behavior(size, 'p50', 600, 'less-than-equals')], {
      windowMs: DEFAULT_WINDOW_MS,
    })
    const { events } = await detect([[...datapoints(rows, size), second]], settings, one)
    expect(events.map(({ thingName, explanation }) => [thingName, explanation!.text])).toEqual([
      [
        'thing-0',
        'aws:message-byte-size was 60 bytes in 10 min; normal is at most 50, the p50 of 3 things',
      ],
    ])
  })

  test('of a custom metric is not taken where a value is negative', async () => {
    const rows = [
      { thing: 0, window: 0, value: 1 },
      { thing: 1, window: 0, value: 9 },
      { thing: 0, window: 1, value: -1 },
      { thing: 1, window: 1, value: 1 },
      { thing: 0, window: 2, value: 2 },
      { thing: 1, window: 2, value: 1 },
    ]
    const settings = settingsOf([behavior('load', 'p50', 300, 'less-than-equals')], {
      windowMs: DEFAULT_WINDOW_MS,
    })
    const { events } = await detect([datapoints(rows, 'load')], settings, one)
    const told = events.map(({ thingName, violationEventType, violationEventTime }) => [
      thingName,
      violationEventType,
      (violationEventTime - START) / DEFAULT_WINDOW_MS - 1,
    ])
    expect(told).toEqual([
      ['thing-1', 'in-alarm', 0],
      ['thing-0', 'in-alarm', 2],
      ['thing-1', 'alarm-cleared', 2],
    ])
  })
})
