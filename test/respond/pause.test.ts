import { afterEach, describe, expect, it } from 'vitest'
import { type Bundling, DeliveryFailed } from '../../src/respond/channel.ts'
import { event } from './events.ts'
import { idOf, Simulation } from './simulation.ts'

const SINGLY: Bundling = { kind: 'floods', from: 1_000_000, shows: 10 }
const BACK_OFF = { firstMs: 5_000, longestMs: 3_600_000, attempts: 60 }
const HOUR_MS = 3_600_000
const STEP_MS = 250

let simulation: Simulation
afterEach(() => simulation.store.close())

/** Channels with so many notifications each; none is answered yet. */
function start(notifications: number, ...names: string[]): Simulation {
  simulation = new Simulation(
    names.map((name) => ({ name, bundling: SINGLY })),
    BACK_OFF,
  )
  simulation.emit(Array.from({ length: notifications }, (_, i) => event(`lamp-${i}`)))
  return simulation
}

type Receiver = (channel: string, key: string) => Error | null

/** Answers all that arrives now. */
async function answer(receiver: Receiver): Promise<void> {
  for (let next = simulation.pending[0]; next !== undefined; next = simulation.pending[0]) {
    await next.answer(receiver(next.channel, next.notification.key))
  }
}

/** Lets time pass in steps that all waits are multiples of, while a receiver answers at once. */
async function pass(ms: number, receiver: Receiver): Promise<void> {
  await answer(receiver)
  for (let passed = 0; passed < ms; passed += STEP_MS) {
    await simulation.pass(STEP_MS)
    await answer(receiver)
  }
}

const down: Receiver = () => new Error('connection refused')
const up: Receiver = () => null
const arrivals = (channel: string): string[] =>
  simulation.arrived
    .filter((one) => one.channel === channel)
    .map(({ notification }) => notification.key)
const pausedOf = (channel: string): boolean | undefined =>
  simulation.dispatch.pauses().find((one) => one.channel === channel)?.paused

describe('a receiver that is down', () => {
  it('is tried once per rest, however much waits for it', async () => {
    start(10_000, 'ops')
    await pass(HOUR_MS, down)
    // Three at once until five have failed; then after 3.75, 7.5, 15, 30 and 45 s, and every 45 s from there on.
    const rests = simulation.arrived.slice(7).map(({ at }, i) => at - simulation.arrived[i + 6]!.at)
    expect(rests.slice(0, 6)).toEqual([3_750, 7_500, 15_000, 30_000, 45_000, 45_000])
    expect(new Set(rests.slice(4))).toEqual(new Set([45_000]))
    expect(simulation.arrived.length).toBeLessThan(100)
    expect(pausedOf('ops')).toBe(true)
  })

  it('is given all at once when it is back, also what would wait for an hour by itself', async () => {
    start(6, 'ops')
    await pass(3 * HOUR_MS, down)
    const before = simulation.arrived.length
    await pass(HOUR_MS, up)
    const times = simulation.arrived.slice(before).map(({ at }) => at)
    expect(times).toHaveLength(6)
    expect(new Set(times).size).toBe(1)
    expect(pausedOf('ops')).toBe(false)
  })

  it('holds up no other channel', async () => {
    start(50, 'ops', 'well')
    await answer((channel) => (channel === 'ops' ? new Error('no') : null))
    expect(arrivals('well')).toHaveLength(50)
    expect([pausedOf('ops'), pausedOf('well')]).toEqual([true, false])
  })

  it('is left alone as long as it asks, up to a minute', async () => {
    start(50, 'ops')
    const asking =
      (ms: number): Receiver =>
      () =>
        new DeliveryFailed('busy', { retryAfterMs: ms })
    await answer(asking(30_000))
    const before = simulation.arrived.length
    await pass(29_750, asking(HOUR_MS))
    expect(simulation.arrived).toHaveLength(before)
    await pass(60_000, asking(HOUR_MS))
    expect(simulation.arrived).toHaveLength(before + 1)
    await pass(250, asking(HOUR_MS))
    expect(simulation.arrived).toHaveLength(before + 2)
  })

  it('is tried at once when somebody asks for it', async () => {
    start(50, 'ops')
    await answer(down)
    const before = simulation.arrived.length
    simulation.dispatch.retry('other')
    await answer(up)
    expect(simulation.arrived).toHaveLength(before)
    simulation.dispatch.retry('ops')
    await answer(up)
    expect(new Set(arrivals('ops').slice(before)).size).toBe(50)
  })
})

describe('a channel goes on', () => {
  it('after single failures', async () => {
    start(100, 'ops')
    let n = 0
    await answer(() => (++n % 5 === 0 ? null : new Error('no')))
    expect(arrivals('ops')).toHaveLength(100)
    expect(pausedOf('ops')).toBe(false)
  })

  it('after any number of refusals, which are of single notifications', async () => {
    start(100, 'ops')
    const good = idOf(event('lamp-99'))
    await answer((_, key) => (key === good ? null : new DeliveryFailed('400', { refused: true })))
    expect(arrivals('ops')).toHaveLength(100)
    expect(simulation.ended).toContain(`ops delivered ${good}`)
    expect(pausedOf('ops')).toBe(false)
  })

  it('with the next notification when the one that tried the receiver was refused', async () => {
    start(50, 'ops')
    await answer(down)
    const before = simulation.arrived.length
    let n = 0
    await pass(3_750, () => (n++ === 0 ? new DeliveryFailed('400', { refused: true }) : null))
    expect(simulation.arrived.length).toBeGreaterThan(before + 1)
    expect(pausedOf('ops')).toBe(false)
  })
})
