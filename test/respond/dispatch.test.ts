import { afterEach, describe, expect, it } from 'vitest'
import { type BackOff, waitMs } from '../../src/respond/back-off.ts'
import { type Bundling, DeliveryFailed } from '../../src/respond/channel.ts'
import { event } from './events.ts'
import { eventsOf, idOf, Simulation, settled } from './simulation.ts'

const PEOPLE: Bundling = { kind: 'floods', from: 10, shows: 10 }
const BACK_OFF: BackOff = { firstMs: 1_000, longestMs: 60_000, attempts: 5 }

let simulation: Simulation
afterEach(() => simulation.store.close())

function start(...names: string[]): Simulation {
  simulation = new Simulation(
    names.map((name) => ({ name, bundling: PEOPLE })),
    BACK_OFF,
  )
  return simulation
}

function alarms(from: number, to: number) {
  return Array.from({ length: to - from }, (_, i) =>
    event(`lamp-${from + i}`, 'in-alarm', { metricValue: { count: from + i } }),
  )
}

describe('a flood', () => {
  it('of a hundred things is one notification: how many, the first, the range', async () => {
    start('ops').emit(alarms(0, 100))
    await simulation.drain()
    expect(simulation.arrived).toHaveLength(1)
    const { notification } = simulation.arrived[0]!
    expect(notification).toMatchObject({
      kind: 'flood',
      flood: {
        type: 'in-alarm',
        profile: 'MySecProfile',
        behavior: 'MessagesPub',
        count: 100,
        measured: { lowest: 0, highest: 99 },
      },
    })
    expect(eventsOf(notification).map(({ thingName }) => thingName)).toEqual(
      Array.from({ length: 10 }, (_, i) => `lamp-${i}`),
    )
  })

  it('is none below the threshold', async () => {
    start('ops').emit(alarms(0, 9))
    await simulation.drain()
    expect(simulation.arrived.map(({ notification }) => notification.kind)).toEqual(
      Array.from({ length: 9 }, () => 'event'),
    )
  })

  it('that goes on waits for the end of the window, and is one more', async () => {
    start('ops').emit(alarms(0, 50))
    await settled()
    for (let i = 50; i < 60; i++) simulation.emit(alarms(i, i + 1))
    await simulation.pending[0]!.answer(null)
    expect(simulation.arrived).toHaveLength(1)
    await simulation.drain()
    const [, second, ...others] = simulation.arrived
    expect(second).toMatchObject({ notification: { flood: { count: 10 } } })
    expect(second!.at % 300_000).toBe(0)
    expect(others).toEqual([])
  })

  it('that trickles is held back from the threshold on; a last straggler is no flood', async () => {
    start('ops')
    for (let i = 0; i < 10; i++) {
      simulation.emit(alarms(i, i + 1))
      await simulation.pending[0]?.answer(null)
    }
    expect(simulation.arrived).toHaveLength(9)
    await simulation.drain()
    expect(simulation.arrived.at(-1)?.notification).toMatchObject({
      kind: 'event',
      key: idOf(alarms(9, 10)[0]!),
    })
  })

  it('is counted by type, profile and behavior', async () => {
    const mixed = alarms(0, 12).map((one, i) =>
      i % 2 === 0 ? one : { ...one, behavior: { name: 'other' } },
    )
    start('ops').emit(mixed)
    await simulation.drain()
    expect(simulation.arrived).toHaveLength(12)
  })
})

describe('a delivery', () => {
  it('is repeated after longer and longer waits, then given up; what comes after it goes on', async () => {
    start('ops').emit([event('lamp'), event('lamp', 'alarm-cleared')])
    const begun = simulation.now
    const times: number[] = []
    for (let i = 0; i < 5; i++) {
      times.push(simulation.now - begun)
      expect(simulation.pending.map(({ notification }) => notification.key)).toEqual([
        idOf(event('lamp')),
      ])
      await simulation.pending[0]!.answer(new Error('no such host'))
      await simulation.pass(waitMs(i + 1, BACK_OFF, 0.5))
    }
    expect(times).toEqual([0, 750, 2_250, 5_250, 11_250])
    expect(simulation.ended.at(-1)).toBe(`ops dead ${idOf(event('lamp'))} no such host`)
    await simulation.drain()
    expect(simulation.ended.at(-1)).toBe(`ops delivered ${idOf(event('lamp', 'alarm-cleared'))}`)
    expect(
      simulation.store.database.prepare('SELECT state, attempts, last_error FROM outbox').all(),
    ).toEqual([
      { state: 'dead', attempts: 5, last_error: 'no such host' },
      { state: 'delivered', attempts: 1, last_error: null },
    ])
  })

  it('waits as long as the receiver asks, within reason', async () => {
    start('ops').emit([event('lamp')])
    await simulation.pending[0]!.answer(new DeliveryFailed('busy', { retryAfterMs: 30_000 }))
    await simulation.pass(29_999)
    expect(simulation.pending).toEqual([])
    await simulation.pass(1)
    await simulation.pending[0]!.answer(new DeliveryFailed('busy', { retryAfterMs: 3_600_000 }))
    await simulation.pass(60_000)
    expect(simulation.pending).toHaveLength(1)
  })

  it('of a slow channel holds up no other', async () => {
    start('slow', 'quick').emit(alarms(0, 9))
    for (;;) {
      const next = simulation.pending.find(({ channel }) => channel === 'quick')
      if (next === undefined) break
      await next.answer(null)
    }
    expect(simulation.arrived.filter(({ channel }) => channel === 'quick')).toHaveLength(9)
    expect(simulation.pending.map(({ channel }) => channel)).toEqual(['slow', 'slow', 'slow'])
  })

  it('that was under way when the process died is made again by the next', async () => {
    start('ops').emit([event('lamp')])
    expect(simulation.pending).toHaveLength(1)
    simulation.crash()
    await simulation.drain()
    expect(simulation.arrived.map(({ notification }) => notification.key)).toEqual([
      idOf(event('lamp')),
      idOf(event('lamp')),
    ])
  })

  it('is made to those who want to hear of the profile, unless the behavior is suppressed', async () => {
    const profiles = new Set(['sensors'])
    simulation = new Simulation(
      [
        { name: 'some', bundling: PEOPLE, profiles },
        { name: 'all', bundling: PEOPLE },
      ],
      BACK_OFF,
    )
    simulation.emit([
      event('a', 'in-alarm', { securityProfileName: 'sensors', violationId: 'va' }),
      event('b', 'in-alarm', { securityProfileName: 'other', violationId: 'vb' }),
      event('c', 'in-alarm', {
        securityProfileName: 'sensors',
        violationId: 'vc',
        suppressed: true,
      }),
    ])
    await simulation.drain()
    const told = simulation.arrived.map(
      ({ channel, notification }) => `${channel} ${notification.key}`,
    )
    expect(told.sort()).toEqual(['all va-in-alarm', 'all vb-in-alarm', 'some va-in-alarm'])
  })

  it('of an event that is there already is not made', async () => {
    start('ops').emit([event('lamp')])
    expect(simulation.emit([event('lamp')])).toEqual([])
    await simulation.drain()
    expect(simulation.arrived).toHaveLength(1)
  })
})

describe('stopping', () => {
  it('lets what is under way end, and begins nothing', async () => {
    start('ops').emit(alarms(0, 5))
    expect(simulation.pending).toHaveLength(3)
    const stopped = simulation.dispatch.stop(new Promise(() => {}))
    while (simulation.pending.length > 0) await simulation.pending[0]!.answer(null)
    await stopped
    expect(simulation.arrived).toHaveLength(3)
  })

  it('breaks off what takes longer than the patience there is, without counting the attempt', async () => {
    start('ops').emit([event('lamp')])
    await simulation.dispatch.stop(Promise.resolve())
    expect(simulation.ended).toEqual([`ops stopped ${idOf(event('lamp'))} stopped`])
    expect(simulation.store.database.prepare('SELECT state, attempts FROM outbox').all()).toEqual([
      { state: 'waiting', attempts: 0 },
    ])
  })
})

describe('SNS', () => {
  const TOPIC = 'arn:aws:sns:us-east-1:123456789012:alarms'

  it('hears of profiles that name a topic, and of the end of an alarm whose profile is gone', async () => {
    start('sns')
    const { database } = simulation.store
    database
      .prepare(
        "INSERT INTO security_profiles VALUES ('MySecProfile', 1, NULL, '[]', ?, '[]', '[]', NULL, 0, 0)",
      )
      .run(JSON.stringify({ SNS: { alertTargetArn: TOPIC, roleArn: 'arn:aws:iam::1:role/r' } }))
    simulation.emit([
      event('lamp'),
      event('lamp', 'in-alarm', { securityProfileName: 'other', violationId: 'x' }),
    ])
    database.exec('DELETE FROM security_profiles')
    simulation.emit([event('lamp', 'alarm-invalidated')])
    await simulation.drain()
    expect(
      simulation.arrived.map(({ target, notification }) => [target, notification.key]),
    ).toEqual([
      [TOPIC, idOf(event('lamp'))],
      [TOPIC, idOf(event('lamp', 'alarm-invalidated'))],
    ])
  })
})
