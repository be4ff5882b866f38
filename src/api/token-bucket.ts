import type { EpochMs } from '../domain/time.ts'

export interface Rate {
  perSecond: number
  /** How many may come at once after a pause. */
  burst: number
}

interface Bucket {
  tokens: number
  at: EpochMs
}

/** When there are more buckets than this, those that have filled up again are forgotten. */
const MANY = 10_000

/** Token buckets, one per name. */
export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>()

  /** Takes a token; false when the bucket is empty. */
  take(name: string, { perSecond, burst }: Rate, now: EpochMs): boolean {
    const bucket = this.#buckets.get(name) ?? { tokens: burst, at: now }
    const passed = Math.max(0, now - bucket.at) / 1_000
    const tokens = Math.min(burst, bucket.tokens + passed * perSecond)
    const taken = tokens >= 1
    this.#buckets.set(name, { tokens: taken ? tokens - 1 : tokens, at: Math.max(now, bucket.at) })
    if (this.#buckets.size > MANY) this.#forget(now, burst / perSecond)
    return taken
  }

  /** Buckets untouched for as long as an empty one takes to fill are full. */
  #forget(now: EpochMs, seconds: number): void {
    for (const [name, { at }] of this.#buckets) {
      if (now - at > seconds * 1_000) this.#buckets.delete(name)
    }
  }
}
