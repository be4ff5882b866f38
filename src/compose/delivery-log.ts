import { type EpochMs, MINUTE_MS } from '../domain/time.ts'
import type { Outcome } from '../respond/deliveries.ts'
import type { Reporter } from './options.ts'

/** A channel whose deliveries fail is spoken of so often. */
const EVERY_MS: number = 5 * MINUTE_MS

/** Says when a channel begins to fail, now and then that it still does, and when it delivers again. */
export class DeliveryLog {
  readonly #now: () => EpochMs
  readonly #reporter: Reporter
  /** Failures since something was said, by channel; absent while all is well. */
  readonly #failing = new Map<string, { said: EpochMs; unsaid: number }>()

  constructor(now: () => EpochMs, reporter: Reporter) {
    this.#now = now
    this.#reporter = reporter
  }

  note(channel: string, outcome: Outcome, key: string, error: string | null): void {
    if (outcome === 'stopped') return
    if (outcome === 'dead') this.#reporter.warn(`${channel}: ${key} was given up: ${error ?? ''}`)
    const failing = this.#failing.get(channel)
    if (outcome === 'delivered') {
      if (failing !== undefined) this.#reporter.note(`${channel} delivers again`)
      this.#failing.delete(channel)
    } else if (failing === undefined) {
      this.#reporter.warn(`${channel} does not deliver: ${error ?? ''}; it is tried again`)
      this.#failing.set(channel, { said: this.#now(), unsaid: 0 })
    } else if (this.#now() - failing.said < EVERY_MS) failing.unsaid++
    else {
      const count = failing.unsaid + 1
      this.#reporter.warn(`${channel} still does not deliver (${count} attempts): ${error ?? ''}`)
      this.#failing.set(channel, { said: this.#now(), unsaid: 0 })
    }
  }
}
