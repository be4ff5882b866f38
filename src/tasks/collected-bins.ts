import type { FilledBins } from '../stats/bin-cells.ts'

/**
 * Lists of filled bins on their way into one shared memory: to pass many small ones to another thread
 * would cost more. What they wait in is used again and again.
 */
export class CollectedBins {
  #bins = new Int32Array(65_536)
  #counts = new Float64Array(65_536)
  /** Where each list ends. */
  #ends: number[] = []

  add(bins: Int32Array, counts: Float64Array): void {
    const from = this.#ends.at(-1) ?? 0
    const to = from + bins.length
    if (to > this.#bins.length) this.#grow(to * 2)
    this.#bins.set(bins, from)
    this.#counts.set(counts, from)
    this.#ends.push(to)
  }

  /** The lists since the last time, in order. */
  close(): FilledBins[] {
    const filled = this.#ends.at(-1) ?? 0
    const memory = new SharedArrayBuffer(filled * 12)
    new Float64Array(memory, 0, filled).set(this.#counts.subarray(0, filled))
    new Int32Array(memory, filled * 8, filled).set(this.#bins.subarray(0, filled))
    let from = 0
    const lists = this.#ends.map((to) => {
      const counts = new Float64Array(memory, from * 8, to - from)
      const bins = new Int32Array(memory, filled * 8 + from * 4, to - from)
      from = to
      return { bins, counts }
    })
    this.#ends = []
    return lists
  }

  #grow(length: number): void {
    const [bins, counts] = [this.#bins, this.#counts]
    this.#bins = new Int32Array(length)
    this.#counts = new Float64Array(length)
    this.#bins.set(bins)
    this.#counts.set(counts)
  }
}
