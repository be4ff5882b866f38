import { type EpochMs, MINUTE_MS } from '../domain/time.ts'
import { type BackOff, waitMs } from './back-off.ts'

/** A channel rests after so many failures in a row. */
export const FAILURES_IN_A_ROW = 5
/** Its rests grow up to this: alarms should not wait long for a receiver that is back. */
const LONGEST_REST_MS = MINUTE_MS

/**
 * A circuit breaker: after some failures in a row a receiver is left alone for a while (open), then a single
 * delivery tries it (half-open). When that fails the next rest is longer, else all goes on (closed). So it is
 * tried once per rest, however much waits for it.
 */
export class Pause {
  readonly #backOff: BackOff
  readonly #chance: () => number
  #failures = 0
  #rests = 0
  /** The end of the rest; null while the receiver is well. */
  #until: EpochMs | null = null
  #probing = false

  /** `backOff` is that of single notifications; chance is in [0, 1). */
  constructor(backOff: BackOff, chance: () => number) {
    this.#backOff = { ...backOff, longestMs: Math.min(backOff.longestMs, LONGEST_REST_MS) }
    this.#chance = chance
  }

  get paused(): boolean {
    return this.#until !== null
  }

  /** How many deliveries may begin, where there is room for some. */
  room(free: number, now: EpochMs): number {
    if (this.#until === null) return free
    return this.#probing || now < this.#until ? 0 : Math.min(free, 1)
  }

  /** When a rest ends that has not; null: it is not resting. */
  restsUntil(now: EpochMs): EpochMs | null {
    return this.#until !== null && this.#until > now ? this.#until : null
  }

  /** A delivery begins, whose end must be told; says whether it is the one that tries a paused receiver. */
  begun(): boolean {
    this.#probing = this.#until !== null
    return this.#probing
  }

  /** True when this ended a pause. */
  succeeded(): boolean {
    const ended = this.#until !== null
    this.#until = null
    this.#failures = this.#rests = 0
    return ended
  }

  /**
   * `askedMs`: how long the receiver wants to be left alone. Failures of what had begun before a pause say
   * nothing new.
   */
  failed(probe: boolean, now: EpochMs, askedMs: number): void {
    if (this.#until !== null && !probe) return
    this.#failures++
    if (!probe && this.#failures < FAILURES_IN_A_ROW) return
    this.#rests++
    const rest = waitMs(this.#rests, this.#backOff, this.#chance())
    this.#until = now + Math.max(rest, Math.min(askedMs, this.#backOff.longestMs))
  }

  /** However it ended: when what tried the receiver told nothing of it, the next one may. */
  ended(probe: boolean): void {
    if (probe) this.#probing = false
  }

  /** The rest is over: somebody says that the receiver may be back. */
  cut(now: EpochMs): void {
    if (this.#until !== null) this.#until = Math.min(this.#until, now)
  }
}
