import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DetectSettings, newDetector } from '../../src/detect/detector.ts'
import { WorkerPool } from '../../src/detect/pool.ts'
import { rebuilt } from '../../src/detect/rebuild.ts'
import { MINUTE_MS } from '../../src/domain/time.ts'
import type { ViolationEvent } from '../../src/domain/violation.ts'
import { type Datapoint, feed, settingsOf } from './fleet-run.ts'

const START = Date.UTC(2026, 0, 5)
const WINDOW_MS = 5 * MINUTE_MS

const behavior = (name: string, metric: string, criteria: object): object => ({
  name,
  metric,
  criteria,
})
const USERS = behavior('users', 'users', {
  comparisonOperator: 'in-set',
  value: { strings: ['root'] },
})
const NUMBERED = behavior('users', 'users', {
  comparisonOperator: 'less-than',
  value: { number: 1 },
})
const RANKED = behavior('ranked', 'aws:num-messages-sent', {
  comparisonOperator: 'less-than-equals',
  statisticalThreshold: { statistic: 'p50' },
  durationSeconds: 3_600,
})
const OFFLINE = behavior('offline', 'aws:disconnect-duration', {
  comparisonOperator: 'less-than',
  value: { count: 9 },
})

/** Two hours of four things: lists and counts that take turns in being odd. */
const ROWS: Datapoint[] = Array.from({ length: 24 }, (_, window) =>
  Array.from({ length: 4 }, (_, i) => {
    const row = { thing: `thing-${i}`, time: START + window * WINDOW_MS }
    const users = (window + 3 * i) % 7 < 3 ? ['root', 'eve'] : ['root']
    return [
      { ...row, metric: 'users', value: users as unknown as number },
      { ...row, metric: 'aws:num-messages-sent', value: ((window >> 2) + i) % 4 },
      { ...row, metric: 'aws:disconnect-duration', value: (window + i) % 13 },
    ]
  }).flat(),
).flat()
const MIDDLE = START + 11 * WINDOW_MS + 1

let pool: WorkerPool
beforeAll(() => {
  pool = new WorkerPool(2)
})
afterAll(() => pool.close())

const settings = (...behaviors: object[]): DetectSettings =>
  settingsOf(behaviors, { windowMs: WINDOW_MS })

async function across(
  before: DetectSettings,
  after: DetectSettings,
  second: (row: Datapoint) => boolean = () => true,
): Promise<ViolationEvent[]> {
  const first = newDetector(before, pool)
  const early = ROWS.filter(({ time }) => time < MIDDLE)
  const late = ROWS.filter((row) => row.time >= MIDDLE && second(row))
  const events = await feed(first, early, pool, 'stay open')
  const { detector } = await rebuilt(first, after, pool, new Set())
  return [...events, ...(await feed(detector, late, pool, 'close'))]
}

const text = (events: readonly ViolationEvent[]): string[] =>
  events.map((event) => JSON.stringify(event))

describe('rules of a detector that is rebuilt', () => {
  test('go on as if nothing had happened', async () => {
    const same = settings(USERS, RANKED, OFFLINE)
    const expected = await feed(newDetector(same, pool), ROWS, pool, 'close')
    for (const name of ['users', 'ranked', 'offline']) {
      expect(expected.filter((event) => event.behavior.name === name).length).toBeGreaterThan(4)
    }
    expect(text(await across(same, same))).toEqual(text(expected))
  })

  test('stay what they were beside new metrics', async () => {
    const expected = await feed(
      newDetector(settings(RANKED), pool),
      ROWS.filter(({ metric }) => metric.startsWith('aws:num')),
      pool,
      'close',
    )
    const first = newDetector(settings(RANKED), pool)
    const sent = ROWS.filter(({ metric }) => metric.startsWith('aws:num'))
    const events = await feed(
      first,
      sent.filter(({ time }) => time < MIDDLE),
      pool,
      'stay open',
    )
    const { detector } = await rebuilt(first, settings(OFFLINE, USERS, RANKED), pool, new Set())
    events.push(
      ...(await feed(
        detector,
        sent.filter(({ time }) => time >= MIDDLE),
        pool,
        'close',
      )),
    )
    expect(text(events)).toEqual(text(expected))
  })

  test('forget the lists of a metric that has become a number', async () => {
    const numbers = ({ metric }: Datapoint): boolean => metric !== 'users'
    const events = await across(
      settings(USERS, RANKED, OFFLINE),
      settings(NUMBERED, RANKED, OFFLINE),
      numbers,
    )
    const late = events.filter(({ violationEventTime }) => violationEventTime > MIDDLE + WINDOW_MS)
    expect(late.every((event) => event.behavior.name !== 'users')).toBe(true)
    expect(late.length).toBeGreaterThan(0)
  })
})
