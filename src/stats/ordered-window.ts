import type { NumberLog } from './number-log.ts'

/**
 * The last `size` numbers of a series, as they came and in ascending order; for windows of thousands
 * (for short ones see rolling-median.ts). What lies between the place of the number that goes and that
 * of the one that comes is moved at once: some 200 ns among 4,032.
 */
export class OrderedWindow {
  readonly size: number
  count = 0
  /** A ring; `#next` is where the next number goes, and of a full ring where the oldest is. */
  readonly #arrived: Float64Array
  #next = 0
  readonly #ordered: Float64Array

  constructor(size: number) {
    this.size = size
    this.#arrived = new Float64Array(size)
    this.#ordered = new Float64Array(size)
  }

  /** The number of this rank, 0 being the least. */
  at(rank: number): number {
    return this.#ordered[rank]!
  }

  /** How many are less than `bound`. */
  below(bound: number): number {
    const ordered = this.#ordered
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >> 1
      if (ordered[middle]! < bound) low = middle + 1
      else high = middle
    }
    return low
  }

  /** How many are less or equal, where `below` are less. */
  notAbove(bound: number, below: number): number {
    const ordered = this.#ordered
    const { count } = this
    let low = below
    let high = below
    for (let step = 1; high < count && ordered[high] === bound; step *= 2) {
      low = high + 1
      high += step
    }
    if (high > count) high = count
    while (low < high) {
      const middle = (low + high) >> 1
      if (ordered[middle] === bound) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Takes a number in, which `below` others are less than; of a full window the oldest goes. */
  add(number: number, below: number = this.below(number)): void {
    const ordered = this.#ordered
    if (this.count < this.size) {
      ordered.copyWithin(below + 1, below, this.count++)
      ordered[below] = number
    } else {
      const old = this.below(this.#arrived[this.#next]!)
      if (old < below) {
        ordered.copyWithin(old, old + 1, below)
        ordered[below - 1] = number
      } else {
        ordered.copyWithin(below + 1, below, old)
        ordered[below] = number
      }
    }
    this.#arrived[this.#next] = number
    this.#next = this.#next === this.size - 1 ? 0 : this.#next + 1
  }

  /** Writes the numbers as they came. */
  save(log: NumberLog): void {
    const oldest = this.count < this.size ? 0 : this.#next
    log.write(this.count)
    log.writeAll(this.#arrived.subarray(oldest, this.count))
    log.writeAll(this.#arrived.subarray(0, oldest))
  }

  /** Into an empty window. */
  load(log: NumberLog): void {
    for (const number of log.readAll(log.read())) this.add(number)
  }
}
