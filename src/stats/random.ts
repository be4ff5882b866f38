import { exp, log, logFactorial } from './elementary.ts'

/**
 * Random numbers by address: `seek(a, b, c)` opens the stream that belongs to (seed, a, b, c), for
 * instance (thing, purpose, step), and the draws that follow come from it alone. So a series does not
 * change because another one was added, and any moment of it can be visited without its past.
 *
 * The address is hashed to 64 bits (two lanes of the lowbias32 finalizer), from which xoroshiro64**
 * (Blackman and Vigna) runs on. Only 32-bit integer arithmetic, + - * / sqrt floor: the same bits on
 * every engine. Distributions take means and shapes as documented on each.
 */
export class RandomStream {
  readonly #seedLow: number
  readonly #seedHigh: number
  readonly #state: Int32Array = new Int32Array(2)

  /** `seed` is a whole number in [0, 2^53). */
  constructor(seed: number) {
    this.#seedLow = mix((seed % 4_294_967_296) | 0)
    this.#seedHigh = mix((Math.floor(seed / 4_294_967_296) | 0) ^ 0x5bd1e995)
    this.seek(0, 0, 0)
  }

  /** Opens the stream of this address (three 32-bit integers) at its beginning. */
  seek(a: number, b: number, c: number): this {
    let x = mix(this.#seedLow ^ a)
    let y = mix(this.#seedHigh + Math.imul(a, 0x9e3779b1))
    x = mix((x + y) ^ b)
    y = mix(y + Math.imul(b, 0x85ebca6b))
    x = mix((x + y) ^ c)
    y = mix((y ^ x) + Math.imul(c, 0xc2b2ae35))
    this.#state[0] = x
    this.#state[1] = (x | y) === 0 ? 1 : y
    return this
  }

  /** 32 random bits, as a signed integer. */
  bits(): number {
    const state = this.#state
    const s0 = state[0]!
    const s1 = state[1]! ^ s0
    state[0] = ((s0 << 26) | (s0 >>> 6)) ^ s1 ^ (s1 << 9)
    state[1] = (s1 << 13) | (s1 >>> 19)
    const scrambled = Math.imul(s0, 0x9e3779bb)
    return Math.imul((scrambled << 5) | (scrambled >>> 27), 5)
  }

  /** Uniform in (0, 1), never either end; 32 bits fine. */
  uniform(): number {
    return ((this.bits() >>> 0) + 0.5) * 2.3283064365386963e-10
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform()
  }

  /** Uniform on a logarithmic scale, between two positive bounds. */
  logBetween(low: number, high: number): number {
    return low * exp(log(high / low) * this.uniform())
  }

  /** Whole number in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound)
  }

  chance(probability: number): boolean {
    return this.uniform() < probability
  }

  /** Standard normal: the ziggurat with 128 layers (Marsaglia and Tsang 2000, Doornik's layout 2005). */
  normal(): number {
    for (;;) {
      const u = 2 * this.uniform() - 1
      const layer = this.bits() & 127
      if (Math.abs(u) < LAYER_RATIO[layer]!) return u * LAYER_X[layer]!
      if (layer === 0) return this.#normalTail(u < 0)
      const x = u * LAYER_X[layer]!
      const edge = LAYER_X[layer]!
      const next = LAYER_X[layer + 1]!
      const outer = exp(-0.5 * (edge * edge - x * x))
      const inner = exp(-0.5 * (next * next - x * x))
      if (inner + this.uniform() * (outer - inner) < 1) return x
    }
  }

  #normalTail(negative: boolean): number {
    for (;;) {
      const x = log(this.uniform()) / TAIL_FROM
      const y = log(this.uniform())
      if (-2 * y >= x * x) return negative ? x - TAIL_FROM : TAIL_FROM - x
    }
  }

  exponential(mean: number): number {
    return -mean * log(this.uniform())
  }

  logNormal(mu: number, sigma: number): number {
    return exp(mu + sigma * this.normal())
  }

  /** Pareto with minimum 1: P(X > x) = x^-alpha. */
  pareto(alpha: number): number {
    return exp(-log(this.uniform()) / alpha)
  }

  /** Failures before the first success: 0, 1, 2, ... with mean (1 - p) / p; p in (0, 1). */
  geometric(p: number): number {
    return Math.floor(log(this.uniform()) / log(1 - p))
  }

  /** Gamma with mean shape * scale (Marsaglia and Tsang 2000; below shape 1 by their power of a uniform). */
  gamma(shape: number, scale: number): number {
    if (shape < 1) {
      const power = exp(log(this.uniform()) / shape)
      return this.gamma(shape + 1, scale) * power
    }
    const d = shape - 1 / 3
    const c = 1 / Math.sqrt(9 * d)
    for (;;) {
      const x = this.normal()
      const root = 1 + c * x
      if (root <= 0) continue
      const v = root * root * root
      const u = this.uniform()
      const square = x * x
      if (u < 1 - 0.0331 * square * square) return d * v * scale
      if (log(u) < 0.5 * square + d * (1 - v + log(v))) return d * v * scale
    }
  }

  beta(a: number, b: number): number {
    const x = this.gamma(a, 1)
    return x / (x + this.gamma(b, 1))
  }

  /** Poisson: inversion below a mean of 10, transformed rejection PTRS (Hörmann 1993) from there on. */
  poisson(mean: number): number {
    if (!(mean > 0)) return 0
    return mean < 10 ? this.#poissonByInversion(mean) : this.#poissonByRejection(mean)
  }

  #poissonByInversion(mean: number): number {
    let left = this.uniform()
    let term = exp(-mean)
    let count = 0
    while (left > term && count < 200) {
      left -= term
      count++
      term *= mean / count
    }
    return count
  }

  #poissonByRejection(mean: number): number {
    const b = 0.931 + 2.53 * Math.sqrt(mean)
    const a = -0.059 + 0.02483 * b
    const sure = 0.9277 - 3.6224 / (b - 2)
    for (;;) {
      const u = this.uniform() - 0.5
      const v = this.uniform()
      const edge = 0.5 - Math.abs(u)
      const count = Math.floor(((2 * a) / edge + b) * u + mean + 0.43)
      if (edge >= 0.07 && v <= sure) return count
      if (count < 0 || (edge < 0.013 && v > edge)) continue
      const accept = (v * (1.1239 + 1.1328 / (b - 3.4))) / (a / (edge * edge) + b)
      if (log(accept) <= count * log(mean) - mean - logFactorial(count)) return count
    }
  }

  /** Negative binomial by its mean and size: variance = mean + mean^2 / size. */
  negativeBinomial(mean: number, size: number): number {
    return this.poisson(mean * this.gamma(size, 1 / size))
  }

  /** Successes in n tries; for small n. */
  binomial(n: number, p: number): number {
    let count = 0
    for (let i = 0; i < n; i++) if (this.uniform() < p) count++
    return count
  }
}

/** The finalizer lowbias32 (Wellons). */
function mix(word: number): number {
  let x = word
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  return x ^ (x >>> 16)
}

/** Ziggurat: where the tail begins, and the area of each of the 128 layers (Doornik 2005). */
const TAIL_FROM = 3.442619855899
const LAYER_AREA = 9.91256303526217e-3
const LAYER_X = new Float64Array(129)
const LAYER_RATIO = new Float64Array(128)
fillLayers()

function fillLayers(): void {
  let height = exp(-0.5 * TAIL_FROM * TAIL_FROM)
  LAYER_X[0] = LAYER_AREA / height
  LAYER_X[1] = TAIL_FROM
  for (let i = 2; i < 128; i++) {
    LAYER_X[i] = Math.sqrt(-2 * log(LAYER_AREA / LAYER_X[i - 1]! + height))
    height = exp(-0.5 * LAYER_X[i]! * LAYER_X[i]!)
  }
  for (let i = 0; i < 128; i++) LAYER_RATIO[i] = LAYER_X[i + 1]! / LAYER_X[i]!
}
