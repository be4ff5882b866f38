/** A shape beyond this has no variance, which the estimate rests on. */
const MAX_SHAPE = 0.5
const NEARLY_EXPONENTIAL = 1e-6

/**
 * Excesses over a threshold as a generalized Pareto distribution, its shape and scale by the method of
 * moments (Hosking and Wallis 1987), the shape in [0, 0.5].
 */
export class Excesses {
  #count = 0
  #sum = 0
  #squares = 0

  get count(): number {
    return this.#count
  }

  add(excess: number): void {
    this.#count++
    this.#sum += excess
    this.#squares += excess * excess
  }

  /** -log10 of the share of excesses beyond this one; infinite where all were 0. */
  surprise(excess: number): number {
    const mean = this.#sum / this.#count
    if (!(mean > 0)) return Number.POSITIVE_INFINITY
    const variance = this.#squares / this.#count - mean * mean
    const free = variance > 0 ? (1 - (mean * mean) / variance) / 2 : 0
    const shape = Math.min(MAX_SHAPE, Math.max(0, free))
    const scaled = excess / (mean * (1 - shape))
    if (shape < NEARLY_EXPONENTIAL) return scaled / Math.LN10
    return Math.log10(1 + shape * scaled) / shape
  }
}
