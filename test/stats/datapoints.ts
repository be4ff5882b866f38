import * as fc from 'fast-check'
import { OPEN_SUMMARY_BYTES, OpenSummary } from '../../src/stats/open-summary.ts'
import { type Summary } from '../../src/stats/summary.ts'

/** Values as metrics have them: counts, byte sizes, decimals of both signs; zeros and ties abound. */
export const datapoint: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 0, max: 20 }),
  fc.integer({ min: -3_000, max: 3_000 }),
  fc.integer({ min: 0, max: 2 ** 40 }),
  fc.integer({ min: -5_000, max: 5_000 }).map((tenths) => tenths / 10),
  fc.double({ min: -1e12, max: 1e12, noNaN: true }),
  fc.constantFrom(0, -0, 1e-12, -1e-12, 1e300, -1e300, Number.MIN_VALUE),
)

export function datapoints(minLength: number, maxLength: number): fc.Arbitrary<number[]> {
  return fc.array(datapoint, { minLength, maxLength })
}

const scratch = new OpenSummary(new ArrayBuffer(OPEN_SUMMARY_BYTES))

export function summaryOf(values: readonly number[]): Summary {
  scratch.add(Float64Array.from(values), 0, values.length)
  const summary = scratch.close()
  scratch.clear()
  return summary
}

/** SQL's quantile_cont over plain values: linear between the two nearest in ascending order. */
export function quantileCont(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort()
  const position = (sorted.length - 1) * q
  const rank = Math.floor(position)
  const low = sorted[rank]!
  const high = sorted[Math.min(rank + 1, sorted.length - 1)]!
  return low + (position - rank) * (high - low)
}

/** Everything in a summary, bit for bit. */
export function bitsOf({ count, min, max, decimals, bins, counts }: Summary): unknown {
  const words = [...new BigInt64Array(Float64Array.of(count, min, max).buffer)]
  return { words, decimals, bins: [...bins], counts: [...counts] }
}
