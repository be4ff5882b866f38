import { cellBase, PAGE } from '../columnar/pane-columns.ts'
import { CONNECTED } from '../domain/presence.ts'
import { DAY_MS, type EpochMs, HOUR_MS, SECOND_MS } from '../domain/time.ts'
import type { Pane } from './pane.ts'
import { grown } from './things.ts'

/** Nothing is said any more of a thing that has not come or gone for so long. */
export const PRESENCE_KEPT_MS: number = 14 * DAY_MS
/** Nor of anybody, when the whole fleet has been silent for so long: it may be the input that is. */
const SILENT_FLEET_MS: number = DAY_MS

const UNKNOWN = 0
const ONLINE = 1
const OFFLINE = 2

/** Plain state for a checkpoint; columns by seat. */
export interface PresenceState {
  states: Uint8Array
  since: Float64Array
  lastWindow: number | null
}

/**
 * Which things are connected, and since when the others are not: makes the datapoints of
 * `aws:disconnect-duration`, one at the end of each window in which a thing came or went and of each
 * that ends with a full hour. Datapoints that came as such stay as they are.
 */
export class Presence {
  readonly #metric: number
  readonly #width: number
  readonly #windowMs: number
  #states: Uint8Array = new Uint8Array(0)
  /** When a thing last came or went. */
  #since: Float64Array = new Float64Array(0)
  /** How many things are known. */
  #known = 0
  /** The last window in which anything was heard of the fleet; null before the first. */
  #lastWindow: number | null = null

  /** `metric` is the index of the metric among the `width` of a pane. */
  constructor(metric: number, width: number, windowMs: number) {
    this.#metric = metric
    this.#width = width
    this.#windowMs = windowMs
  }

  isKnown(seat: number): boolean {
    return (this.#states[seat] ?? UNKNOWN) !== UNKNOWN
  }

  /**
   * The windows in `[from, to)`, in which nothing was heard of anybody, that end with a full hour; as long
   * as there is anything to say in them.
   */
  *hours(from: number, to: number): Generator<number> {
    if (this.#lastWindow === null) return
    const end = Math.min(to, this.#lastWindow + 1 + SILENT_FLEET_MS / this.#windowMs)
    for (let window = Math.max(from, this.#lastWindow + 1); window < end; window++) {
      if (this.#known === 0) return
      if (this.#endsHour(window)) yield window
    }
  }

  /** Notes who came and went in a window that closes, and enters the durations; `heard`: it held rows. */
  close(pane: Pane, seats: number, heard: boolean): void {
    if (this.#states.length < seats) {
      this.#states = grown(this.#states, seats)
      this.#since = grown(this.#since, seats)
    }
    if (heard) this.#lastWindow = pane.window
    const start = pane.window * this.#windowMs
    const end = start + this.#windowMs
    const hourly = this.#endsHour(pane.window)
    for (let seat = 0; seat < seats; seat++) {
      const cell = cellBase(seat, this.#width) + this.#metric * PAGE
      const mark = pane.mark[cell]!
      if (mark === 0) {
        if (hourly) this.#enterHourly(pane, cell, seat, end)
      } else if (pane.value[cell]! < 0) {
        if (this.#states[seat] === UNKNOWN) this.#known++
        this.#states[seat] = pane.value[cell] === CONNECTED ? ONLINE : OFFLINE
        this.#since[seat] = start + mark - 1
        pane.value[cell] = this.#seconds(seat, end)
      }
    }
  }

  get state(): PresenceState {
    return { states: this.#states, since: this.#since, lastWindow: this.#lastWindow }
  }

  restore({ states, since, lastWindow }: PresenceState): void {
    this.#states = states.slice()
    this.#since = since.slice()
    this.#lastWindow = lastWindow
    this.#known = states.filter((state) => state !== UNKNOWN).length
  }

  /** Whether a full hour lies in a window, or is its end. */
  #endsHour(window: number): boolean {
    const start = window * this.#windowMs
    return Math.floor((start + this.#windowMs) / HOUR_MS) > Math.floor(start / HOUR_MS)
  }

  #enterHourly(pane: Pane, cell: number, seat: number, end: EpochMs): void {
    if (this.#states[seat] === UNKNOWN) return
    if (end - this.#since[seat]! > PRESENCE_KEPT_MS) {
      this.#states[seat] = UNKNOWN
      this.#known--
      return
    }
    pane.mark[cell] = 1
    pane.value[cell] = this.#seconds(seat, end)
    pane.filled++
  }

  #seconds(seat: number, now: EpochMs): number {
    if (this.#states[seat] === ONLINE) return 0
    return Math.floor((now - this.#since[seat]!) / SECOND_MS)
  }
}
