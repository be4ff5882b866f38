import { BIN_SPAN, LEAST_BIN } from './float-bins.ts'

const WORDS = (2 * BIN_SPAN) / 32

/**
 * A multiset of float bins: how often each was seen. As bytes it is a column of 16-bit numbers, the
 * filled bins ascending, each followed by how many *more* there are of it than one: the numbers from 1
 * to LEAST_BIN - 1 are no bins. A day of 288 different values takes 576 bytes, one of ties a few.
 *
 * Adding counts is exact, so merging is associative and commutative, and a merge of days is the
 * counting of all their datapoints at once.
 */
export class BinCounts {
  readonly #counts: Int32Array = new Int32Array(2 * BIN_SPAN)
  /** Which counts are not zero, as bits; those words lie in [#low, #high]. */
  readonly #filled: Int32Array = new Int32Array(WORDS)
  #low = WORDS
  #high = -1

  /** Adds datapoints: `bins[from, to)`, in any order. */
  addBins(bins: Int16Array, from: number, to: number): void {
    const counts = this.#counts
    const filled = this.#filled
    let low = this.#low
    let high = this.#high
    for (let i = from; i < to; i++) {
      const cell = bins[i]! + BIN_SPAN
      const word = cell >> 5
      counts[cell]!++
      filled[word]! |= 1 << (cell & 31)
      if (word < low) low = word
      if (word > high) high = word
    }
    this.#low = low
    this.#high = high
  }

  /** Adds a multiset in its 16-bit form, `runs[from, to)`. */
  addRuns(runs: Int16Array, from: number, to: number): void {
    if (from === to) return
    const counts = this.#counts
    const filled = this.#filled
    let cell = runs[from]! + BIN_SPAN
    this.#reach(cell)
    for (let i = from; i < to; i++) {
      const number = runs[i]!
      // All ones where the number is a count. Which ones are cannot be foreseen, so no branch: it halves the time.
      const isCount = ((number - LEAST_BIN) & -number) >> 31
      cell = (cell & isCount) | ((number + BIN_SPAN) & ~isCount)
      counts[cell]! += (number & isCount) | (1 & ~isCount)
      filled[cell >> 5]! |= 1 << (cell & 31)
    }
    this.#reach(cell)
  }

  /** Adds a drained multiset: its first `length` bins, ascending, and how many of each. */
  addCounted(bins: Int16Array, counts: Int32Array, length: number): void {
    if (length === 0) return
    const sums = this.#counts
    const filled = this.#filled
    for (let i = 0; i < length; i++) {
      const cell = bins[i]! + BIN_SPAN
      sums[cell]! += counts[i]!
      filled[cell >> 5]! |= 1 << (cell & 31)
    }
    this.#reach(bins[0]! + BIN_SPAN)
    this.#reach(bins[length - 1]! + BIN_SPAN)
  }

  addCount(bin: number, count: number): void {
    const cell = bin + BIN_SPAN
    this.#counts[cell]! += count
    this.#filled[cell >> 5]! |= 1 << (cell & 31)
    this.#reach(cell)
  }

  #reach(cell: number): void {
    const word = cell >> 5
    if (word < this.#low) this.#low = word
    if (word > this.#high) this.#high = word
  }

  /** Empties it into columns with room enough, ascending; returns how many bins were filled. */
  drain(bins: Int16Array, counts: Int32Array): number {
    const filled = this.#filled
    const cells = this.#counts
    const high = this.#high
    let length = 0
    for (let word = this.#low; word <= high; word++) {
      let bits = filled[word]!
      filled[word] = 0
      while (bits !== 0) {
        const bit = 31 - Math.clz32(bits & -bits)
        const cell = (word << 5) | bit
        bits &= bits - 1
        bins[length] = cell - BIN_SPAN
        counts[length++] = cells[cell]!
        cells[cell] = 0
      }
    }
    this.#low = WORDS
    this.#high = -1
    return length
  }
}

/**
 * Writes the 16-bit form of a drained multiset to `runs` from `at` on; returns where it ends. Of n
 * datapoints it is never longer than n.
 */
export function writeRuns(
  bins: Int16Array,
  counts: Int32Array,
  length: number,
  runs: Int16Array,
  at: number,
): number {
  let end = at
  for (let i = 0; i < length; i++) {
    runs[end++] = bins[i]!
    for (let more = counts[i]! - 1; more > 0; more -= LEAST_BIN - 1) {
      runs[end++] = Math.min(more, LEAST_BIN - 1)
    }
  }
  return end
}
