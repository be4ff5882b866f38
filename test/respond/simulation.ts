import { setMaxListeners } from 'node:events'
import { behaviorName, type ViolationEvent } from '../../src/domain/violation.ts'
import type { BackOff } from '../../src/respond/back-off.ts'
import type { Bundling, Channel, Notification } from '../../src/respond/channel.ts'
import type { DeliveryContext } from '../../src/respond/deliveries.ts'
import { Dispatch } from '../../src/respond/dispatch.ts'
import { enqueue } from '../../src/respond/enqueue.ts'
import { openMemoryStore, type Store } from '../../src/store/store.ts'
import { insertEvents, type StoredEvent } from '../../src/store/violation-events.ts'

/** A delivery that has reached its receiver, who has not answered yet. */
export interface Pending {
  channel: string
  notification: Notification
  target: string
  answer(error: Error | null): Promise<void>
}

export interface Receiving {
  name: string
  bundling: Bundling
  profiles?: ReadonlySet<string> | null
}

const WINDOW_MS = 300_000

/** An outbox with channels that answer when the test says so, in a time that passes when the test says so. */
export class Simulation {
  readonly store: Store = openMemoryStore()
  readonly channels: Channel[]
  /** In the order in which they arrived; answered ones are gone. */
  pending: Pending[] = []
  /** All that ever arrived. */
  readonly arrived: { channel: string; notification: Notification; target: string; at: number }[] =
    []
  readonly ended: string[] = []
  now = 1_700_000_100_000
  dispatch: Dispatch
  /** Called when a delivery arrives. */
  onArrival: (pending: Pending) => void = () => {}
  readonly #context: DeliveryContext
  #timers: { at: number; run: () => void }[] = []
  #life = 0

  constructor(channels: readonly Receiving[], backOff: BackOff) {
    this.channels = channels.map((more) => this.#channel(more))
    this.#context = {
      database: this.store.database,
      now: () => this.now,
      chance: () => 0.5,
      backOff,
      ended: (channel, outcome, key, error) =>
        this.ended.push([channel, outcome, key, ...(error === null ? [] : [error])].join(' ')),
    }
    this.dispatch = this.#start()
  }

  /** As the evaluation does: events and notifications in one transaction. */
  emit(events: readonly ViolationEvent[]): StoredEvent[] {
    const { database } = this.store
    const fresh = database.transaction(() => {
      const stored = insertEvents(database, events)
      for (const channel of this.channels) {
        enqueue(database, channel, stored, WINDOW_MS, this.now)
      }
      return stored
    })
    this.dispatch.wake()
    return fresh
  }

  /** Lets time pass; what was to be done meanwhile is done at its time. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms
    for (;;) {
      const next = this.#timers.reduce(
        (first, { at }) => Math.min(first, at),
        Number.POSITIVE_INFINITY,
      )
      if (next > end) break
      this.now = Math.max(this.now, next)
      const due = this.#timers.filter(({ at }) => at <= this.now)
      this.#timers = this.#timers.filter((timer) => !due.includes(timer))
      for (const { run } of due) run()
      await settled()
    }
    this.now = end
  }

  /** The process dies and another one starts: what was under way is forgotten. */
  crash(): void {
    this.#timers = []
    this.pending = []
    this.dispatch = this.#start()
    this.dispatch.wake()
  }

  /** Answers everything well, as long as something comes. */
  async drain(): Promise<void> {
    for (;;) {
      while (this.pending.length > 0) await this.pending[0]!.answer(null)
      const next = this.#timers.reduce(
        (first, { at }) => Math.min(first, at),
        Number.POSITIVE_INFINITY,
      )
      if (next === Number.POSITIVE_INFINITY) return
      await this.pass(Math.max(0, next - this.now))
    }
  }

  #start(): Dispatch {
    const life = ++this.#life
    return new Dispatch(this.channels, this.#context, (ms, run) => {
      const timer = { at: this.now + ms, run: () => life === this.#life && run() }
      this.#timers.push(timer)
      return () => {
        this.#timers = this.#timers.filter((other) => other !== timer)
      }
    })
  }

  #channel({ name, bundling, profiles = null }: Receiving): Channel {
    return {
      name,
      bundling,
      alertTarget: name === 'sns' ? 'SNS' : null,
      concurrency: 3,
      profiles,
      standing: null,
      deliver: (notification, target, at, signal) =>
        new Promise((done, fail) => {
          const pending: Pending = {
            channel: name,
            notification,
            target,
            answer: async (error) => {
              this.pending = this.pending.filter((other) => other !== pending)
              if (error === null) done()
              else fail(error)
              await settled()
            },
          }
          setMaxListeners(0, signal)
          signal.addEventListener('abort', () => fail(new Error('stopped')))
          this.pending.push(pending)
          this.arrived.push({ channel: name, notification, target, at })
          this.onArrival(pending)
        }),
    }
  }
}

export function eventsOf(notification: Notification): readonly ViolationEvent[] {
  return notification.kind === 'event' ? [notification.event] : notification.flood.events
}

/** One thing under one behavior of one profile. */
export function seriesOf(event: ViolationEvent): string {
  return `${event.securityProfileName}/${behaviorName(event)}/${event.thingName}`
}

export function idOf(event: ViolationEvent): string {
  return `${event.violationId}-${event.violationEventType}`
}

/** Lets all that is ready happen. */
export async function settled(): Promise<void> {
  await new Promise((done) => setImmediate(done))
}
