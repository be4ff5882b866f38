import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Detector, type DetectSettings, newDetector } from '../../src/detect/detector.ts'
import { WorkerPool } from '../../src/detect/pool.ts'
import { rebuilt } from '../../src/detect/rebuild.ts'
import { invalidatedEventOf } from '../../src/detect/events.ts'
import { MINUTE_MS } from '../../src/domain/time.ts'
import type { ViolationEvent } from '../../src/domain/violation.ts'
import { type Datapoint, feed, settingsOf } from './fleet-run.ts'

const START = Date.UTC(2026, 0, 5)
const learned = (name: string, metric: string, level = 'MEDIUM'): object => ({
  name,
  metric,
  criteria: {
    consecutiveDatapointsToAlarm: 1,
    consecutiveDatapointsToClear: 1,
    mlDetectionConfig: { confidenceLevel: level },
  },
})
const rule = (name: string, metric: string, count: number): object => ({
  name,
  metric,
  criteria: { comparisonOperator: 'less-than', value: { count }, durationSeconds: 3600 },
})
const SENT = learned('sent', 'aws:num-messages-sent')
const OUT = learned('out', 'aws:all-bytes-out')
const FAILURES = rule('failures', 'aws:num-authorization-failures', 9)
const METRICS = ['aws:num-messages-sent', 'aws:all-bytes-out', 'aws:num-authorization-failures']

const WINDOW_MS = 15 * MINUTE_MS
/** Six days of eight things: a rhythm, and on the last two days outbursts that last four windows. */
const ROWS: Datapoint[] = Array.from({ length: 6 * 96 }, (_, window) =>
  Array.from({ length: 8 }, (_, thing) =>
    METRICS.map((metric, m) => {
      const outburst = window > 4 * 96 + 8 && (window + 5 * thing) % 37 < 4
      const value = 20 + ((window * 7 + thing * 3 + m * 5) % 13)
      return {
        thing: `thing-${thing}`,
        metric,
        time: START + window * WINDOW_MS,
        value: m === 2 ? (outburst ? 8 : 1) : outburst ? value * 40 : value,
      }
    }),
  ).flat(),
).flat()
/** In the middle of a day, with windows open and alarms standing. */
const MIDDLE = START + 441 * WINDOW_MS
const FIRST = ROWS.filter(({ time }) => time < MIDDLE)
const SECOND = ROWS.filter(({ time }) => time >= MIDDLE)

let pool: WorkerPool
beforeAll(() => {
  pool = new WorkerPool(2)
})
afterAll(() => pool.close())

/** The first part under some behaviors, the second under others. */
async function across(
  before: DetectSettings,
  after: DetectSettings,
  forgotten: ReadonlySet<string> = new Set(),
): Promise<{ events: ViolationEvent[]; detector: Detector }> {
  const first = newDetector(before, pool)
  const events = await feed(first, FIRST, pool, 'stay open')
  const { detector, orphans } = await rebuilt(first, after, pool, forgotten)
  events.push(...orphans.map((orphan) => invalidatedEventOf(orphan, MIDDLE)))
  events.push(...(await feed(detector, SECOND, pool, 'close')))
  return { events, detector }
}

const text = (events: readonly ViolationEvent[], behavior?: string): string[] =>
  events
    .filter((event) => behavior === undefined || event.behavior.name === behavior)
    .map((event) => JSON.stringify(event))

describe.each(['quantile', 'full', 'compact'])('a detector of kind %s, rebuilt', (modelKind) => {
  const settings = (behaviors: object[]): DetectSettings =>
    settingsOf(behaviors, { windowMs: WINDOW_MS }, { modelKind, minDays: 2, minDatapoints: 100 })

  test('under the same settings goes on as if nothing had happened', async () => {
    const same = settings([SENT, OUT, FAILURES])
    const straight = newDetector(same, pool)
    const expected = await feed(straight, ROWS, pool, 'close')
    for (const name of ['sent', 'out', 'failures']) {
      const times = expected.filter(({ behavior }) => behavior.name === name)
      expect(times.some(({ violationEventTime }) => violationEventTime < MIDDLE)).toBe(true)
      expect(times.some(({ violationEventTime }) => violationEventTime > MIDDLE)).toBe(true)
    }
    const { events } = await across(same, same)
    expect(text(events)).toEqual(text(expected))
  })

  test('with a behavior in front of the others and one gone goes on with those that stay', async () => {
    const expected = await feed(newDetector(settings([SENT, OUT]), pool), ROWS, pool, 'close')
    const new_ = learned('new', 'aws:num-authorization-failures')
    const { events, detector } = await across(settings([SENT, OUT]), settings([new_, OUT]))
    expect(text(events, 'out')).toEqual(text(expected, 'out'))
    const standing = events.filter(({ behavior }) => behavior.name === 'sent').at(-1)
    expect(standing?.violationEventType).toBe('alarm-invalidated')
    const status = detector.watches.map(({ behavior, judge }) => [
      behavior.name,
      judge.kind === 'ml' ? judge.training.record.collectionStart : null,
    ])
    expect(status).toEqual([
      ['new', START + 440 * WINDOW_MS],
      ['out', START],
    ])
  })

  test('keeps the model under another confidence level', async () => {
    const low = learned('sent', 'aws:num-messages-sent', 'LOW')
    const { detector } = await across(settings([SENT]), settings([low]))
    const [watch] = detector.watches
    expect(watch!.judge).toMatchObject({ level: 'LOW', training: { record: { status: 'ACTIVE' } } })
  })

  test('loses the models of a profile that was deleted, whatever has its name now', async () => {
    const { events, detector } = await across(
      settings([SENT]),
      settings([SENT]),
      new Set(['fleet']),
    )
    const [watch] = detector.watches
    const { judge } = watch!
    if (judge.kind !== 'ml') throw new Error('a rule')
    expect(judge.training.record).toMatchObject({ status: 'PENDING_BUILD', model: null })
    expect(events.at(-1)?.violationEventType).toBe('alarm-invalidated')
  })
})
