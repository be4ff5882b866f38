import type { NumberLog } from './number-log.ts'
import { insertInOrder, medianInOrder, replaceInOrder } from './rolling-median.ts'

/** The last values of a series as they came, and the youngest of them in order, for their medians. */
export class RecentValues {
  count = 0
  readonly #size: number
  readonly #ring: Float64Array
  #next = 0
  /** By window: its length, and its values in ascending order. */
  readonly #windows: readonly { length: number; ordered: Float64Array }[]

  /** Keeps `size` values, and the medians of the last so many of them as `windows` says. */
  constructor(size: number, windows: readonly number[] = []) {
    this.#size = size
    this.#ring = new Float64Array(size)
    this.#windows = windows.map((length) => ({ length, ordered: new Float64Array(length) }))
  }

  add(value: number): void {
    for (const { length, ordered } of this.#windows) {
      if (this.count < length) insertInOrder(ordered, 0, this.count, value)
      else replaceInOrder(ordered, 0, length, this.#ago(length), value)
    }
    this.#ring[this.#next] = value
    this.#next = this.#next === this.#size - 1 ? 0 : this.#next + 1
    if (this.count < this.#size) this.count++
  }

  /** The value that came `ago` datapoints ago; 1 is the last. */
  #ago(ago: number): number {
    const at = this.#next - ago
    return this.#ring[at < 0 ? at + this.#size : at]!
  }

  /** The median of the window at this position, or of as many values as there are; NaN of none. */
  median(window: number): number {
    const { length, ordered } = this.#windows[window]!
    return medianInOrder(ordered, 0, Math.min(length, this.count))
  }

  /** The mean of the last `length` values, or of as many as there are. */
  mean(length: number): number {
    const count = Math.min(length, this.count)
    let sum = 0
    for (let ago = count; ago > 0; ago--) sum += this.#ago(ago)
    return sum / count
  }

  /**
   * The variance of the last `length` values, or of as many as there are. Taken about the youngest of
   * them, so that a level far from zero does not cancel it and equal values have exactly none.
   */
  variance(length: number): number {
    const count = Math.min(length, this.count)
    const youngest = this.#ago(1)
    let sum = 0
    let squares = 0
    for (let ago = count; ago > 1; ago--) {
      const value = this.#ago(ago) - youngest
      sum += value
      squares += value * value
    }
    return Math.max(0, (count * squares - sum * sum) / (count * count))
  }

  save(log: NumberLog): void {
    log.write(this.count)
    for (let ago = this.count; ago > 0; ago--) log.write(this.#ago(ago))
  }

  load(log: NumberLog): void {
    for (const value of log.readAll(log.read())) this.add(value)
  }
}
