import { grown } from '../window/things.ts'

/** Plain state for a checkpoint. */
export interface SlicesState {
  ring: Float64Array
  newest: Int32Array
}

/**
 * The last windows of each thing's values, for durations of several windows: their sum, or for metrics
 * that do not add up the last of them. A window without a datapoint adds nothing.
 */
export class Slices {
  readonly #length: number
  readonly #sums: boolean
  /** The values by thing and window, and the window of the newest by thing; -1 for none. */
  #ring: Float64Array = new Float64Array(0)
  #newest: Int32Array = new Int32Array(0)

  constructor(length: number, sums: boolean) {
    this.#length = length
    this.#sums = sums
  }

  /** Room for `things` seats. */
  reserve(things: number): void {
    const before = this.#newest.length
    if (before >= things) return
    this.#newest = grown(this.#newest, things)
    this.#newest.fill(-1, before)
    this.#ring = grown(this.#ring, this.#newest.length * this.#length)
  }

  /** A thing starts anew. */
  reset(index: number): void {
    this.#newest[index] = -1
  }

  /** Enters a thing's value of a window, which must be later than those before. */
  add(index: number, window: number, value: number): void {
    const length = this.#length
    const base = index * length
    const newest = this.#newest[index]!
    const missed = newest < 0 ? length : Math.min(length, window - newest)
    for (let i = 0; i < missed; i++) this.#ring[base + ((window + length - i) % length)] = 0
    this.#ring[base + (window % length)] = value
    this.#newest[index] = window
  }

  /** What the duration that ends with a window comes to; NaN if the thing has no datapoint in it. */
  at(index: number, window: number): number {
    const length = this.#length
    const base = index * length
    const newest = this.#newest[index]!
    if (newest < 0 || newest <= window - length) return Number.NaN
    if (!this.#sums) return this.#ring[base + (newest % length)]!
    let sum = 0
    for (let i = 0; i < length; i++) {
      // The latest window up to the newest that has its value there.
      const behind = (newest - i) % length
      const held = newest - (behind < 0 ? behind + length : behind)
      if (held > window - length) sum += this.#ring[base + i]!
    }
    return sum
  }

  get state(): SlicesState {
    return { ring: this.#ring, newest: this.#newest }
  }

  /** Takes up the values of a checkpoint, unless they are over another duration. */
  restore(state: SlicesState): void {
    if (state.ring.length !== state.newest.length * this.#length) return
    this.#ring = state.ring
    this.#newest = state.newest
  }
}
