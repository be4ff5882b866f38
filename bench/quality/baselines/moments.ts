/** A spread that fell to this share of what it was has lost its lower digits. */
const CANCELLED = 1e-6

/** Mean and standard deviation of the last `length` numbers, updated by each. */
export class TrailingMoments {
  readonly #ring: Float64Array
  #count = 0
  #next = 0
  #mean = 0
  /** Sum of squared distances from the mean. */
  #spread = 0
  #sinceExact = 0

  constructor(length: number) {
    this.#ring = new Float64Array(length)
  }

  get count(): number {
    return this.#count
  }

  get mean(): number {
    return this.#mean
  }

  get sd(): number {
    return Math.sqrt(this.#spread / this.#count)
  }

  add(value: number): void {
    const ring = this.#ring
    const oldest = ring[this.#next]!
    ring[this.#next] = value
    this.#next = this.#next + 1 === ring.length ? 0 : this.#next + 1
    if (this.#count < ring.length) {
      const distance = value - this.#mean
      this.#mean += distance / ++this.#count
      this.#spread += distance * (value - this.#mean)
      return
    }
    const spread = this.#spread
    const mean = this.#mean + (value - oldest) / ring.length
    this.#spread += (value - oldest) * (value - mean + oldest - this.#mean)
    this.#mean = mean
    // Rounding errors add up, and those of a huge number stay behind when it leaves.
    const isSpoilt = this.#spread < CANCELLED * spread
    if (++this.#sinceExact === ring.length || isSpoilt) this.#recompute()
  }

  #recompute(): void {
    const ring = this.#ring
    this.#sinceExact = 0
    this.#mean = ring.reduce((sum, value) => sum + value, 0) / ring.length
    this.#spread = ring.reduce((sum, value) => sum + (value - this.#mean) ** 2, 0)
  }
}
