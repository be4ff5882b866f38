import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shareOf, STATISTICS } from '../../src/domain/metric-rules.ts'
import { percentile } from '../../src/stats/percentile.ts'

describe('a percentile', () => {
  test('is the smallest value that the share of all do not exceed', () => {
    const values = fc.array(fc.oneof(fc.nat({ max: 9 }), fc.double({ noNaN: true })), {
      minLength: 1,
      maxLength: 300,
    })
    fc.assert(
      fc.property(values, fc.constantFrom(...STATISTICS), (values, statistic) => {
        const share = shareOf(statistic)
        const enough = values.filter(
          (value) =>
            values.filter((other) => other <= value).length * 10_000 >= share * values.length,
        )
        const least = enough.reduce((a, b) => (b < a ? b : a))
        expect(percentile(Float64Array.from(values), share) + 0).toBe(least + 0)
      }),
    )
  })

  test('counts ranks exactly', () => {
    const upTo = (count: number) => Float64Array.from({ length: count }, (_, i) => i + 1)
    expect(percentile(upTo(10_000), shareOf('p99.99'))).toBe(9_999)
    expect(percentile(upTo(1_000), shareOf('p99.9'))).toBe(999)
    expect(percentile(upTo(1_000), shareOf('p0.1'))).toBe(1)
    expect(percentile(upTo(10_001), shareOf('p0.01'))).toBe(2)
    expect(percentile(upTo(7), shareOf('p0'))).toBe(1)
    expect(percentile(upTo(7), shareOf('p100'))).toBe(7)
    expect(percentile(upTo(1), shareOf('p50'))).toBe(1)
  })

  test('of nothing is no number', () => {
    expect(percentile(new Float64Array(0), 5_000)).toBeNaN()
  })
})
