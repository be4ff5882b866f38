import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { batchOf, newBatch } from '../../src/columnar/batch.ts'
import {
  type AlarmContext,
  foldRun,
  invalidateAll,
  invalidateSilent,
  SILENCE_MS,
} from '../../src/detect/alarms.ts'
import { RuleWatch } from '../../src/detect/rules.ts'
import { Watch } from '../../src/detect/watch.ts'
import type { Behavior, SecurityProfile } from '../../src/domain/behavior.ts'
import { ML_METRICS } from '../../src/domain/metric.ts'
import { HOUR_MS } from '../../src/domain/time.ts'
import { compareEvents, type ViolationEvent, violationId } from '../../src/domain/violation.ts'
import { Things } from '../../src/window/things.ts'
import { namesOf } from '../window/rows.ts'

/** Long windows: two days of silence are eight of them. */
const WINDOW_MS = 6 * HOUR_MS
const METRIC = ML_METRICS[0]!
const NAMES = ['a', 'b', 'c']

interface Scored {
  /** Index into NAMES. */
  thing: number
  window: number
  /** After and before habituation, held against 1; NaN: not watched. */
  s: number
  s0: number
}

interface Fixture {
  watch: Watch
  context: AlarmContext
  events: ViolationEvent[]
  indexes: number[]
}

function newFixture(datapointsToAlarm: number, datapointsToClear: number): Fixture {
  const behavior: Behavior = {
    name: 'quiet',
    metric: METRIC.name,
    criteria: { kind: 'static', operator: 'less-than', threshold: 1, durationMs: null },
    datapointsToAlarm,
    datapointsToClear,
    suppressAlerts: false,
    source: { name: 'quiet' },
  }
  const profile: SecurityProfile = {
    name: 'fleet',
    description: '',
    behaviors: [behavior],
    metricsToRetain: [],
    source: {},
  }
  const rule = new RuleWatch(METRIC, 'less-than', 1, 1)
  const watch = new Watch(profile, behavior, METRIC, 0, 0, { kind: 'rule', rule })
  const things = new Things()
  const names = namesOf(NAMES)
  const indexes = NAMES.map((_, code) => things.intern(names, code))
  watch.reserve(things.capacity)
  const events: ViolationEvent[] = []
  const emit = (event: ViolationEvent): number => events.push(event)
  const continues = (): void => {}
  const context = { windowMs: WINDOW_MS, things, emit, emitMeasured: emit, continues }
  return { watch, context, events, indexes }
}

function fold({ watch, context, indexes }: Fixture, rows: readonly Scored[]): void {
  const shape = {
    capacity: Math.max(1, rows.length),
    scoreColumns: 1,
    metrics: 1,
    sized: false,
    forecasts: false,
  }
  const batch = batchOf(newBatch(shape))
  for (const [i, { thing, window, s, s0 }] of rows.entries()) {
    batch.thing[i] = indexes[thing]!
    batch.window[i] = window
    batch.value[i] = window
    batch.s[i] = s
    batch.s0[i] = s0
  }
  const { s, s0, value } = batch
  foldRun(
    watch,
    { batch, from: 0, to: rows.length, s, s0, measured: value, lists: null, model: null },
    context,
  )
}

/** An event in short. */
interface Told {
  at: number
  thing: string
  type: string
  id: string
}

function told(events: readonly ViolationEvent[]): Told[] {
  return events.toSorted(compareEvents).map((event) => ({
    at: event.violationEventTime,
    thing: event.thingName,
    type: event.violationEventType,
    id: event.violationId,
  }))
}

/** What should come of one thing's rows until `end`, told the long way. */
function story(
  rows: readonly Scored[],
  alarmAfter: number,
  clearAfter: number,
  end: number,
): Told[] {
  const events: Told[] = []
  const thing = NAMES[rows[0]?.thing ?? 0]!
  let alarm: { id: string; lastSeen: number; normal: number } | null = null
  let run: Scored[] = []
  const invalidate = (lastSeen: number, id: string): void => {
    events.push({ at: lastSeen + SILENCE_MS, thing, type: 'alarm-invalidated', id })
    alarm = null
    run = []
  }
  for (const row of rows.filter(({ s0 }) => !Number.isNaN(s0))) {
    const at = (row.window + 1) * WINDOW_MS
    if (alarm !== null && at > alarm.lastSeen + SILENCE_MS) invalidate(alarm.lastSeen, alarm.id)
    if (alarm !== null) {
      alarm.lastSeen = at
      alarm.normal = row.s0 >= 1 ? 0 : alarm.normal + 1
      if (alarm.normal < clearAfter) continue
      events.push({ at, thing, type: 'alarm-cleared', id: alarm.id })
      alarm = null
      run = []
      continue
    }
    run = row.s0 >= 1 ? [...run, row] : []
    if (run.length < alarmAfter || !run.some(({ s }) => s >= 1)) continue
    const id = violationId('fleet', 'quiet', thing, run[0]!.window * WINDOW_MS)
    alarm = { id, lastSeen: at, normal: 0 }
    events.push({ at, thing, type: 'in-alarm', id })
  }
  const last = alarm as { id: string; lastSeen: number } | null
  if (last !== null && last.lastSeen + SILENCE_MS <= end) invalidate(last.lastSeen, last.id)
  return events
}

/** Rows of three things with gaps, in time order. */
const scored: fc.Arbitrary<Scored[]> = fc
  .array(
    fc.record({
      thing: fc.nat({ max: 2 }),
      gap: fc.oneof(
        { weight: 6, arbitrary: fc.constant(1) },
        { weight: 2, arbitrary: fc.integer({ min: 1, max: 12 }) },
        { weight: 1, arbitrary: fc.constantFrom(7, 8, 9) },
      ),
      score: fc.constantFrom([0, 0], [2, 2], [2, 2], [2, 2], [0.5, 1], [Number.NaN, Number.NaN]),
    }),
    { maxLength: 60 },
  )
  .map((list) => {
    const at = [0, 0, 0]
    const rows = list.map(({ thing, gap, score: [s, s0] }) => ({
      thing,
      window: (at[thing]! += gap),
      s,
      s0,
    }))
    return rows.sort((a, b) => a.window - b.window || a.thing - b.thing)
  })

describe('folding scores', () => {
  test('tells the story of every alarm, wherever the stretches are cut', () => {
    const datapoints = fc.integer({ min: 1, max: 3 })
    const lengths = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(
        scored,
        datapoints,
        datapoints,
        lengths,
        (rows, alarmAfter, clearAfter, lengths) => {
          const fixture = newFixture(alarmAfter, clearAfter)
          const end = Math.max(0, ...rows.map(({ window }) => window)) + 30
          let from = 0
          for (let i = 0; from < end; i++) {
            const to = Math.min(end, from + lengths[i % lengths.length]!)
            const here = rows.filter(({ window }) => window >= from && window < to)
            // Within a batch, one thing's rows stand in time order, but things need not.
            fold(
              fixture,
              here.toSorted((a, b) => a.window - b.window || b.thing - a.thing),
            )
            invalidateSilent(fixture.watch, to * WINDOW_MS, fixture.context)
            from = to
          }
          const stories = NAMES.flatMap((_, thing) =>
            story(
              rows.filter((row) => row.thing === thing),
              alarmAfter,
              clearAfter,
              end * WINDOW_MS,
            ),
          )
          const byTime = (a: Told, b: Told): number => a.at - b.at || (a.thing < b.thing ? -1 : 1)
          const got = told(fixture.events)
          expect(got.toSorted(byTime)).toEqual(stories.toSorted(byTime))
        },
      ),
      { numRuns: 400 },
    )
  })

  test('gives an alarm one id through its life, from the first window of its run', () => {
    const fixture = newFixture(2, 1)
    const rows = [10, 11, 12, 13].map((window) => ({ thing: 0, window, s: 2, s0: 2 }))
    fold(fixture, [...rows, { thing: 0, window: 14, s: 0, s0: 0 }])
    const id = violationId('fleet', 'quiet', 'a', 10 * WINDOW_MS)
    expect(told(fixture.events)).toEqual([
      { at: 12 * WINDOW_MS, thing: 'a', type: 'in-alarm', id },
      { at: 15 * WINDOW_MS, thing: 'a', type: 'alarm-cleared', id },
    ])
    expect(fixture.watch.standing.size).toBe(0)
    expect(fixture.events.map(({ metricValue }) => metricValue)).toEqual([
      { count: 11 },
      { count: 14 },
    ])
  })
})

describe('an alarm of a thing that falls silent', () => {
  const opening: Scored = { thing: 0, window: 0, s: 2, s0: 2 }
  const lastSeen = WINDOW_MS

  test('is invalidated two days after its last datapoint, not before', () => {
    const fixture = newFixture(1, 2)
    fold(fixture, [opening])
    invalidateSilent(fixture.watch, lastSeen + SILENCE_MS - 1, fixture.context)
    expect(fixture.events.length).toBe(1)
    invalidateSilent(fixture.watch, lastSeen + SILENCE_MS, fixture.context)
    expect(fixture.events.length).toBe(2)
    invalidateSilent(fixture.watch, lastSeen + SILENCE_MS + 5 * WINDOW_MS, fixture.context)
    expect(fixture.events.length).toBe(2)
    expect(told(fixture.events)[1]).toMatchObject({
      at: lastSeen + SILENCE_MS,
      type: 'alarm-invalidated',
    })
    expect(fixture.events[1]).toMatchObject({ metricValue: null, explanation: null })
  })

  test.each([
    ['after two days is still the same alarm', 8, ['in-alarm']],
    ['after more than two days is another', 9, ['in-alarm', 'alarm-invalidated', 'in-alarm']],
  ])('%s when a datapoint comes', (_, window, types) => {
    const fixture = newFixture(1, 2)
    fold(fixture, [opening, { ...opening, window }])
    expect(told(fixture.events).map(({ type }) => type)).toEqual(types)
    const ids = new Set(fixture.events.map(({ violationId }) => violationId))
    expect(ids.size).toBe(types.length === 1 ? 1 : 2)
  })

  test('by a normal datapoint after more than two days is invalidated, not cleared', () => {
    const fixture = newFixture(1, 1)
    fold(fixture, [opening, { thing: 0, window: 20, s: 0, s0: 0 }])
    expect(told(fixture.events).map(({ at, type }) => [at, type])).toEqual([
      [lastSeen, 'in-alarm'],
      [lastSeen + SILENCE_MS, 'alarm-invalidated'],
    ])
  })
})

describe('a behavior whose model is gone', () => {
  test('has its alarms invalidated, each once', () => {
    const fixture = newFixture(1, 2)
    fold(
      fixture,
      [0, 1].map((thing) => ({ thing, window: 0, s: 2, s0: 2 })),
    )
    invalidateAll(fixture.watch, 3 * WINDOW_MS, fixture.context)
    invalidateAll(fixture.watch, 4 * WINDOW_MS, fixture.context)
    invalidateSilent(fixture.watch, 400 * WINDOW_MS, fixture.context)
    const invalidated = told(fixture.events).filter(({ type }) => type === 'alarm-invalidated')
    expect(invalidated.map(({ at, thing }) => [at, thing])).toEqual([
      [3 * WINDOW_MS, 'a'],
      [3 * WINDOW_MS, 'b'],
    ])
  })
})
