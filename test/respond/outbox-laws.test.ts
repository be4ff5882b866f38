import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ViolationEvent } from '../../src/domain/violation.ts'
import type { Bundling } from '../../src/respond/channel.ts'
import { event } from './events.ts'
import { eventsOf, idOf, Simulation, seriesOf, settled } from './simulation.ts'

const CHANNELS: { name: string; bundling: Bundling }[] = [
  { name: 'people', bundling: { kind: 'floods', from: 3, shows: 1_000 } },
  { name: 'programs', bundling: { kind: 'batches', atMost: 2 } },
]

type Step =
  | { do: 'emit'; things: number[] }
  | { do: 'pass'; ms: number }
  | { do: 'answer'; which: number; well: boolean }
  | { do: 'crash' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .array(fc.nat(9), { maxLength: 16 })
      .map((things) => ({ do: 'emit' as const, things })),
  },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 400_000 }).map((ms) => ({ do: 'pass' as const, ms })),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      which: fc.nat(9),
      well: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'crash' as const }) },
)

/** Things go in alarm and out of it again in turns; one in seven goes silent, one in five is suppressed. */
class Fleet {
  readonly emitted: ViolationEvent[] = []
  readonly #transitions = new Map<number, number>()

  next(thing: number): ViolationEvent {
    const n = this.#transitions.get(thing) ?? 0
    this.#transitions.set(thing, n + 1)
    const ends = thing % 7 === 6 ? 'alarm-invalidated' : 'alarm-cleared'
    const made = event(`thing-${thing}`, n % 2 === 0 ? 'in-alarm' : ends, {
      violationId: `v${thing}.${Math.floor(n / 2)}`,
      violationEventTime: 1_700_000_000_000 + n,
      suppressed: thing % 5 === 4,
      behavior: { name: thing % 3 === 0 ? 'rare' : 'common', metric: 'm' },
    })
    this.emitted.push(made)
    return made
  }
}

test('whatever fails and whenever the process dies, every event arrives, in the order of its alarm', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const backOff = { firstMs: 1_000, longestMs: 60_000, attempts: 1_000_000 }
      const simulation = new Simulation(CHANNELS, backOff)
      const fleet = new Fleet()
      const taken = new Set<string>()
      const tooEarly: string[] = []
      simulation.onArrival = ({ channel, notification }) => {
        for (const arrived of eventsOf(notification)) {
          const series = fleet.emitted.filter((other) => seriesOf(other) === seriesOf(arrived))
          const nth = series.findIndex((other) => idOf(other) === idOf(arrived))
          const owed = series.slice(0, nth).filter(({ suppressed }) => !suppressed)
          if (!owed.every((earlier) => taken.has(`${channel} ${idOf(earlier)}`))) {
            tooEarly.push(`${channel} ${idOf(arrived)}`)
          }
        }
      }
      const answer = async (which: number, well: boolean): Promise<void> => {
        const pending = simulation.pending[which % Math.max(1, simulation.pending.length)]
        if (pending === undefined) return
        if (well) {
          for (const one of eventsOf(pending.notification))
            taken.add(`${pending.channel} ${idOf(one)}`)
        }
        await pending.answer(well ? null : new Error('no'))
      }
      for (const one of steps) {
        if (one.do === 'emit') {
          simulation.emit(one.things.map((thing) => fleet.next(thing)))
        } else if (one.do === 'pass') await simulation.pass(one.ms)
        else if (one.do === 'answer') await answer(one.which, one.well)
        else simulation.crash()
        await settled()
      }
      for (let idle = 0; idle < 3; ) {
        if (simulation.pending.length > 0) await answer(0, true)
        else {
          idle++
          await simulation.pass(400_000)
        }
      }

      expect(tooEarly).toEqual([])
      const contents = new Map<string, string>()
      const keyOf = new Map<string, string>()
      for (const { channel, notification } of simulation.arrived) {
        const ids = eventsOf(notification).map(idOf)
        if (notification.kind === 'flood') expect(notification.flood.count).toBe(ids.length)
        // A key stands for the same events however often it comes, and an event has one key.
        const name = `${channel} ${notification.key}`
        expect(contents.get(name) ?? ids.join()).toBe(ids.join())
        contents.set(name, ids.join())
        for (const id of ids) {
          expect(keyOf.get(`${channel} ${id}`) ?? name).toBe(name)
          keyOf.set(`${channel} ${id}`, name)
        }
      }
      const wanted = fleet.emitted.filter(({ suppressed }) => !suppressed).map(idOf)
      for (const { name } of CHANNELS) {
        const got = [...keyOf.keys()].filter((key) => key.startsWith(`${name} `))
        expect(got.sort()).toEqual(wanted.map((id) => `${name} ${id}`).sort())
      }
      expect(
        simulation.store.database.prepare("SELECT id FROM outbox WHERE state <> 'delivered'").all(),
      ).toEqual([])
      simulation.store.close()
    }),
    { numRuns: 300 },
  )
})
