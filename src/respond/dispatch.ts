import type { EpochMs } from '../domain/time.ts'
import { type AlarmPosition, BEFORE_ALL_ALARMS, standingAlarms } from '../store/standing-alarms.ts'
import { type Channel, DeliveryFailed, type Standing } from './channel.ts'
import { Deliveries, type DeliveryContext } from './deliveries.ts'

/** Calls back after so many milliseconds; returns how to take that back. */
export type Schedule = (ms: number, run: () => void) => () => void

/** A timer cannot be set for longer. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1

/**
 * Empties the outbox, each channel by itself: a slow one holds up nobody else. What was under way when a
 * process died is delivered again by the next one: at least once.
 */
export class Dispatch {
  readonly #queues: readonly ChannelQueue[]
  readonly #stop = new AbortController()

  constructor(channels: readonly Channel[], context: DeliveryContext, schedule: Schedule) {
    this.#queues = channels.map(
      (channel) => new ChannelQueue(channel, context, schedule, this.#stop.signal),
    )
  }

  /** Something may be due: called at the start, and whenever events have been committed. */
  wake(): void {
    for (const queue of this.#queues) queue.run()
  }

  /** The receiver of a channel may be back: it is tried at once. */
  retry(channel: string): void {
    for (const queue of this.#queues) if (queue.name === channel) queue.retry()
  }

  /** The channels, and which of them rest because their receivers fail. */
  pauses(): { channel: string; paused: boolean }[] {
    return this.#queues.map(({ name, paused }) => ({ channel: name, paused }))
  }

  /** Begins nothing more, and gives what is under way until `patience` resolves; then it is broken off. */
  async stop(patience: Promise<unknown>): Promise<void> {
    for (const queue of this.#queues) queue.close()
    const settled = Promise.all(this.#queues.map((queue) => queue.settled()))
    await Promise.race([settled, patience])
    this.#stop.abort()
    await settled
  }
}

class ChannelQueue {
  readonly #context: DeliveryContext
  readonly #schedule: Schedule
  readonly #signal: AbortSignal
  readonly #channel: Channel
  readonly #deliveries: Deliveries
  #cancelTimer: () => void = () => {}
  #closed = false
  /** When the standing alarms are to be repeated next. */
  #repeatDue: EpochMs
  #repeating: Promise<void> | null = null

  constructor(channel: Channel, context: DeliveryContext, schedule: Schedule, signal: AbortSignal) {
    this.#channel = channel
    this.#context = context
    this.#schedule = schedule
    this.#signal = signal
    this.#deliveries = new Deliveries(channel, context)
    this.#repeatDue = context.now()
  }

  get name(): string {
    return this.#channel.name
  }

  get paused(): boolean {
    return this.#deliveries.pause.paused
  }

  retry(): void {
    this.#deliveries.pause.cut(this.#context.now())
    this.run()
  }

  close(): void {
    this.#closed = true
    this.#cancelTimer()
  }

  async settled(): Promise<void> {
    await this.#deliveries.settled()
    await this.#repeating
  }

  run = (): void => {
    if (this.#closed || this.#repeating !== null) return
    this.#cancelTimer()
    try {
      this.#proceed(this.#context.now())
    } catch (error) {
      this.#rest(error)
    }
  }

  #proceed(now: EpochMs): void {
    const { standing } = this.#channel
    const repeats = standing !== null && this.#repeatDue <= now
    if (repeats && !this.#deliveries.busy) {
      this.#repeating = this.#repeatAndResume(standing)
      return
    }
    // One after the other, or an alarm that ends meanwhile would seem to go on.
    if (repeats) return
    this.#deliveries.begin(now, this.#signal, this.#resume)
    const next = Math.min(
      this.#deliveries.next(now) ?? Number.POSITIVE_INFINITY,
      standing === null ? Number.POSITIVE_INFINITY : this.#repeatDue,
    )
    if (next < Number.POSITIVE_INFINITY) this.#sleep(next - now)
  }

  async #repeatAndResume(standing: Standing): Promise<void> {
    const broken = await this.#repeatAll(standing)
    this.#repeating = null
    this.#resume(broken)
  }

  readonly #resume = (broken: unknown): void => {
    if (broken === null) this.run()
    else this.#rest(broken)
  }

  /** The store itself does not answer: a full disk. Nothing is lost, but nothing can be noted either. */
  #rest(broken: unknown): void {
    if (this.#closed) return
    this.#context.ended(this.#channel.name, 'failed', 'outbox', wordsOf(broken))
    this.#sleep(this.#context.backOff.firstMs)
  }

  #sleep(ms: number): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#schedule(Math.min(ms, LONGEST_SLEEP_MS), this.run)
  }

  /**
   * A page is read and sent with nothing in between; a failure is made up for by the next round. Resolves with
   * what went wrong in the store, or null.
   */
  async #repeatAll(standing: Standing): Promise<unknown> {
    const { database, now } = this.#context
    this.#repeatDue = now() + standing.everyMs
    let at: AlarmPosition | null = BEFORE_ALL_ALARMS
    try {
      while (at !== null && !this.#closed) {
        const page = standingAlarms(database, at, standing.atMost)
        const heard = page.alarms.filter(
          ({ securityProfileName }) => this.#channel.profiles?.has(securityProfileName) !== false,
        )
        if (heard.length > 0) {
          await standing.repeat(heard, now(), this.#signal)
          this.#deliveries.succeeded()
        }
        at = page.next
      }
      return null
    } catch (error) {
      if (!(error instanceof DeliveryFailed)) return error
      if (!error.refused) this.#deliveries.pause.failed(false, now(), error.retryAfterMs)
      this.#context.ended(this.#channel.name, 'failed', 'standing alarms', error.message)
      return null
    }
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
