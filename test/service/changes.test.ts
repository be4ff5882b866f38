import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../src/domain/time.ts'
import { type Fixture, serveEachTest, type Reading, rule, WINDOW_MS } from './fixture.ts'

const START = Date.UTC(2026, 0, 5)
const SENT = 'aws:num-messages-sent'
const ALARM = [rule('sent', SENT, 10)]
let fixture: Fixture

serveEachTest(2, (fresh) => {
  fixture = fresh
})

const at = (window: number, value: number, thing = 'a'): Reading => ({
  thing,
  metric: SENT,
  time: START + window * WINDOW_MS,
  value,
})
const end = (window: number): number => START + (window + 1) * WINDOW_MS

/** Both things break the rule in a window; the window closes with the next one. */
async function bothBreak(window: number): Promise<void> {
  await fixture.post([
    at(window, 99),
    at(window, 99, 'b'),
    at(window + 1, 1),
    at(window + 1, 1, 'b'),
  ])
}

async function eventsSoFar(): Promise<string[]> {
  await fixture.restart()
  return fixture.events().map((event) => event.replace('p/sent ', ''))
}

describe('rules follow a change from the next window on', () => {
  test('a thing joins a group, and leaves it: its alarm is invalidated', async () => {
    fixture.putMembers('g', ['a'])
    fixture.putProfile('p', ALARM, ['thinggroup/g'])
    await bothBreak(0)
    expect(await eventsSoFar()).toEqual([`a in-alarm ${end(0)}`])
    fixture.putMembers('g', ['b'])
    await bothBreak(2)
    expect(await eventsSoFar()).toEqual([
      `a in-alarm ${end(0)}`,
      `a alarm-invalidated ${end(0)}`,
      `b in-alarm ${end(2)}`,
    ])
  })

  test('the things of child groups are watched too', async () => {
    fixture.putMembers('parent', [])
    fixture.putMembers('child', ['b'], 'parent')
    fixture.putProfile('p', ALARM, ['thinggroup/parent'])
    await bothBreak(0)
    expect(await eventsSoFar()).toEqual([`b in-alarm ${end(0)}`])
  })

  test('registered and unregistered things', async () => {
    fixture.putThing('a')
    fixture.putProfile('p', ALARM, ['all/registered-things'])
    fixture.putProfile('q', ALARM, ['all/unregistered-things'])
    await bothBreak(0)
    fixture.putThing('b')
    await bothBreak(2)
    await fixture.restart()
    expect(fixture.events()).toEqual([
      `p/sent a in-alarm ${end(0)}`,
      `q/sent b in-alarm ${end(0)}`,
      `q/sent b alarm-invalidated ${end(0)}`,
      `p/sent a alarm-cleared ${end(1)}`,
      `p/sent a in-alarm ${end(2)}`,
      `p/sent b in-alarm ${end(2)}`,
    ])
  })

  test('detached, attached again, suppressed, deleted', async () => {
    fixture.putProfile('p', ALARM, ['all/things'])
    await bothBreak(0)
    fixture.putProfile('p', ALARM, [])
    await bothBreak(2)
    fixture.putProfile('p', [rule('sent', SENT, 10, { suppressAlerts: true })], ['all/things'])
    await bothBreak(4)
    fixture.sql("DELETE FROM security_profiles WHERE name = 'p'")
    fixture.service.engine.configurationChanged()
    await bothBreak(6)
    await fixture.restart()
    const events = fixture.sql(
      "SELECT type, time, suppressed FROM violation_events WHERE thing = 'a' ORDER BY id",
    )
    expect(events).toEqual([
      { type: 'in-alarm', time: end(0), suppressed: 0 },
      { type: 'alarm-invalidated', time: end(0), suppressed: 0 },
      { type: 'in-alarm', time: end(4), suppressed: 1 },
      { type: 'alarm-invalidated', time: end(4), suppressed: 1 },
    ])
    expect(fixture.sql('SELECT * FROM violations WHERE ended IS NULL')).toEqual([])
  })

  test('another threshold, and a behavior on a metric that was not known', async () => {
    fixture.putProfile('p', ALARM, ['all/things'])
    await bothBreak(0)
    const custom = {
      name: 'heat',
      metric: 'heat',
      criteria: { comparisonOperator: 'less-than', value: { number: 50 } },
    }
    fixture.putProfile('p', [rule('sent', SENT, 100), custom], ['all/things'])
    await bothBreak(2)
    await fixture.post([{ ...at(4, 70), metric: 'heat' }, at(5, 1)])
    await fixture.restart()
    expect(fixture.events()).toEqual([
      `p/sent a in-alarm ${end(0)}`,
      `p/sent b in-alarm ${end(0)}`,
      `p/sent a alarm-cleared ${end(1)}`,
      `p/sent b alarm-cleared ${end(1)}`,
      `p/heat a in-alarm ${end(4)}`,
    ])
  })
})

const LEARNED = (level: string): object => ({
  name: 'learned',
  metric: SENT,
  criteria: {
    consecutiveDatapointsToAlarm: 1,
    consecutiveDatapointsToClear: 1,
    mlDetectionConfig: { confidenceLevel: level },
  },
})

/** Windows of a day's noise from four things. */
async function quiet(from: number, to: number): Promise<void> {
  const readings = Array.from({ length: to - from }, (_, i) =>
    ['a', 'b', 'c', 'd'].map((thing, t) => at(from + i, 20 + ((i * 7 + t * 3) % 11), thing)),
  ).flat()
  await fixture.post(readings)
}

const DAY = DAY_MS / WINDOW_MS
/** Windows from here on are judged by the model of the first day. */
const JUDGED = DAY + 12

function status(): unknown[] {
  return fixture.service.engine
    .trainingSummaries(null)
    .map(({ profile, status, datapoints }) => [profile, status, datapoints])
}

describe('models', () => {
  test('a young fleet: PENDING_BUILD, ACTIVE, in alarm, cleared', async () => {
    fixture.putProfile('p', [LEARNED('HIGH')], ['all/things'])
    await quiet(0, 1)
    expect(status()).toEqual([['p', 'PENDING_BUILD', 0]])
    await quiet(1, JUDGED)
    await fixture.post([at(JUDGED, 5_000), at(JUDGED + 1, 25), at(JUDGED + 2, 25)])
    await fixture.restart()
    expect(status()).toEqual([['p', 'ACTIVE', JUDGED * 4 + 2]])
    expect(fixture.events()).toEqual([
      `p/learned a in-alarm ${end(JUDGED)}`,
      `p/learned a alarm-cleared ${end(JUDGED + 1)}`,
    ])
    const [event] = fixture.sql('SELECT confidence, criteria_type FROM violation_events')
    expect(event).toEqual({ confidence: 'HIGH', criteria_type: 'MACHINE_LEARNING' })
  })

  test('stay through a change of confidence and a pause; are lost with their profile', async () => {
    fixture.putProfile('p', [LEARNED('HIGH')], ['all/things'])
    await quiet(0, JUDGED)
    fixture.putProfile('p', [LEARNED('LOW')], ['all/things'])
    await quiet(JUDGED, JUDGED + 2)
    expect(status()).toMatchObject([['p', 'ACTIVE', expect.any(Number)]])
    fixture.putProfile('p', [LEARNED('LOW')], [])
    await quiet(JUDGED + 2, JUDGED + 4)
    fixture.putProfile('p', [LEARNED('LOW')], ['all/things'])
    await fixture.post([at(JUDGED + 4, 5_000), at(JUDGED + 5, 25)])
    await fixture.restart()
    expect(fixture.events()).toEqual([`p/learned a in-alarm ${end(JUDGED + 4)}`])
    fixture.sql("DELETE FROM security_profiles WHERE name = 'p'")
    fixture.now += 1_000
    fixture.putProfile('p', [LEARNED('LOW')], ['all/things'])
    await fixture.post([at(JUDGED + 6, 5_000), at(JUDGED + 7, 25)])
    await fixture.restart()
    expect(status()).toEqual([['p', 'PENDING_BUILD', 2]])
    expect(fixture.events().at(-1)).toBe(`p/learned a alarm-invalidated ${end(JUDGED + 4)}`)
  })

  test('paused for more than thirty days they expire', async () => {
    fixture.putProfile('p', [LEARNED('HIGH')], ['all/things'])
    await quiet(0, JUDGED)
    fixture.putProfile('p', [LEARNED('HIGH')], [])
    for (let day = 2; day < 34; day++) await fixture.post([at(day * DAY, 1)])
    fixture.putProfile('p', [LEARNED('HIGH')], ['all/things'])
    await fixture.post([at(34 * DAY, 5_000), at(34 * DAY + 1, 1)])
    await fixture.restart()
    expect(status()).toMatchObject([['p', 'EXPIRED', expect.any(Number)]])
    expect(fixture.events()).toEqual([])
  })
})
