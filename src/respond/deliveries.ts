import type { EpochMs } from '../domain/time.ts'
import type { Database } from '../store/database.ts'
import { contentOf } from '../store/notification-content.ts'
import {
  type DueNotification,
  dueNotifications,
  hasten,
  markDead,
  markDelivered,
  markFailed,
  nextDue,
  sealFloods,
} from '../store/outbox-deliveries.ts'
import { type BackOff, waitMs } from './back-off.ts'
import { type Channel, DeliveryFailed, type Notification } from './channel.ts'
import { Pause } from './pause.ts'

export type Outcome = 'delivered' | 'failed' | 'dead' | 'stopped'

export interface DeliveryContext {
  database: Database
  now: () => EpochMs
  /** In [0, 1). */
  chance: () => number
  backOff: BackOff
  /** Told of each attempt that ended; `error` is null when it succeeded. */
  ended: (channel: string, outcome: Outcome, key: string, error: string | null) => void
}

/** The deliveries of one channel that are under way. */
export class Deliveries {
  readonly #context: DeliveryContext
  readonly #channel: Channel
  readonly #underWay = new Map<number, Promise<void>>()
  /** Whether the receiver is left alone, after deliveries and repetitions of standing alarms that failed. */
  readonly pause: Pause

  constructor(channel: Channel, context: DeliveryContext) {
    this.#channel = channel
    this.#context = context
    this.pause = new Pause(context.backOff, context.chance)
  }

  get busy(): boolean {
    return this.#underWay.size > 0
  }

  /**
   * Begins as many of the deliveries due at `now` as may be under way. `done` is called as each ends, with what
   * went wrong in the store itself (null: nothing), where the outcome is then not known.
   */
  begin(now: EpochMs, signal: AbortSignal, done: (broken: unknown) => void): void {
    const { database } = this.#context
    const room = this.pause.room(this.#channel.concurrency - this.#underWay.size, now)
    if (room <= 0) return
    const underWay = [...this.#underWay.keys()]
    const due = dueNotifications(database, this.#channel.name, now, room, underWay)
    sealFloods(
      database,
      due.map(({ id }) => id),
    )
    for (const notification of due) {
      const probe = this.pause.begun()
      const ended = (broken: unknown): void => {
        this.#underWay.delete(notification.id)
        this.pause.ended(probe)
        done(broken)
      }
      const delivery = this.#deliver(notification, probe, signal)
      this.#underWay.set(
        notification.id,
        delivery.then(() => ended(null), ended),
      )
    }
  }

  /** When something becomes due that is not at `now`, or may leave again; null: never. */
  next(now: EpochMs): EpochMs | null {
    return this.pause.restsUntil(now) ?? nextDue(this.#context.database, this.#channel.name, now)
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay.values())
  }

  async #deliver(due: DueNotification, probe: boolean, signal: AbortSignal): Promise<void> {
    const { database, now } = this.#context
    const notification = this.#load(due)
    try {
      if (notification !== null) {
        await this.#channel.deliver(notification, due.target, now(), signal)
      }
    } catch (error) {
      this.#failed(due, error, probe, signal)
      return
    }
    markDelivered(database, due.id, now())
    this.#context.ended(this.#channel.name, 'delivered', due.key, null)
    if (notification !== null) this.succeeded()
  }

  /** The receiver has taken something. After a pause all that failed meanwhile need not wait any longer. */
  succeeded(): void {
    const { database, now } = this.#context
    if (this.pause.succeeded()) hasten(database, this.#channel.name, now())
  }

  #failed(due: DueNotification, error: unknown, probe: boolean, signal: AbortSignal): void {
    const { database, now, chance, backOff, ended } = this.#context
    const { name } = this.#channel
    const message = error instanceof Error ? error.message : String(error)
    // The program ends: the attempt does not count, the next start makes it again.
    if (signal.aborted) return ended(name, 'stopped', due.key, message)
    const known = error instanceof DeliveryFailed ? error : null
    const asked = known?.retryAfterMs ?? 0
    if (known?.refused !== true) this.pause.failed(probe, now(), asked)
    const attempt = due.attempts + 1
    if (attempt >= backOff.attempts) {
      markDead(database, due.id, now(), message)
      return ended(name, 'dead', due.key, message)
    }
    const wait = Math.max(waitMs(attempt, backOff, chance()), Math.min(asked, backOff.longestMs))
    markFailed(database, due.id, now() + wait, message)
    ended(name, 'failed', due.key, message)
  }

  /** Null when all its events are gone: older than what is kept. */
  #load(due: DueNotification): Notification | null {
    const { bundling } = this.#channel
    const shows = bundling.kind === 'floods' ? bundling.shows : bundling.atMost
    const content = contentOf(this.#context.database, due.id, shows)
    const events = content.events.map(({ event }) => event)
    const [first] = events
    if (first === undefined) return null
    if (content.count === 1) return { kind: 'event', key: due.key, event: first }
    const { type, profile, behavior } = due
    const { count, firstTime, lastTime, lowest, highest } = content
    const measured = lowest === null || highest === null ? null : { lowest, highest }
    const flood = { type, profile, behavior, count, firstTime, lastTime, measured, events }
    return { kind: 'flood', key: due.key, flood }
  }
}
