import { binEdges } from './bins.ts'
import { MAX_DECIMALS, type Summary } from './summary.ts'

/**
 * The value at `rank` (0-based) of the summarised values in ascending order: exact at both ends and
 * wherever a bin holds a single possible value, within the bin's 0.05 % elsewhere.
 */
export class OrderStatistics {
  readonly #summary: Summary
  /** Number of values before each bin. */
  readonly #before: Float64Array

  constructor(summary: Summary) {
    this.#summary = summary
    this.#before = new Float64Array(summary.counts.length)
    let sum = 0
    for (let i = 0; i < summary.counts.length; i++) {
      this.#before[i] = sum
      sum += summary.counts[i]!
    }
  }

  /** `share`, if given, is where in its bin the value is taken to lie: 0 at the low end, 1 at the high. */
  at(rank: number, share?: number): number {
    const { count, min, max, bins, counts, decimals } = this.#summary
    if (rank <= 0) return min
    if (rank >= count - 1) return max
    const i = this.#indexOf(rank)
    const bin = bins[i]!
    const [inner, outer] = binEdges(bin)
    const ordinal = rank - this.#before[i]!
    const place = share ?? (ordinal + 0.5) / counts[i]!
    const magnitude = inner + (bin < 0 ? 1 - place : place) * (outer - inner)
    const value = bin < 0 ? -magnitude : bin === 0 ? 0 : magnitude
    return Math.min(max, Math.max(min, written(value, decimals, inner, outer)))
  }

  /**
   * The quantile `q` in [0, 1], counted from the least value up (`above`) or from the greatest down
   * (`below`), interpolated linearly between order statistics (as SQL's quantile_cont). A bin's values
   * are taken to lie at its far end, so that one that many datapoints share is not beyond it.
   */
  tailQuantile(q: number, side: 'above' | 'below'): number {
    const last = this.#summary.count - 1
    const position = last * q
    const rank = Math.floor(position)
    const near = side === 'above' ? this.at(rank, 1) : this.at(last - rank, 0)
    if (position === rank) return near
    const far = side === 'above' ? this.at(rank + 1, 1) : this.at(last - rank - 1, 0)
    return near + (position - rank) * (far - near)
  }

  /** The last bin that starts at or before `rank`. */
  #indexOf(rank: number): number {
    let low = 0
    let high = this.#before.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#before[middle]! <= rank) low = middle
      else high = middle - 1
    }
    return low
  }
}

/**
 * The number nearest to `value` among those with so many decimals whose magnitude lies in
 * [inner, outer); `value` itself where decimals do not say anything.
 */
function written(value: number, decimals: number, inner: number, outer: number): number {
  if (decimals > MAX_DECIMALS) return value
  const scale = 10 ** decimals
  let steps = Math.round(Math.abs(value) * scale)
  if (!Number.isSafeInteger(steps)) return value
  while (steps / scale >= outer) steps--
  while (steps / scale < inner) steps++
  const magnitude = steps / scale
  if (magnitude >= outer) return value
  return value < 0 ? -magnitude : magnitude
}
