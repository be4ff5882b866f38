import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OPEN_SUMMARY_BYTES, OpenSummary } from '../../src/stats/open-summary.ts'
import { OrderStatistics } from '../../src/stats/order-statistics.ts'
import { EMPTY_SUMMARY, mergeSummaries, type Summary } from '../../src/stats/summary.ts'
import { bitsOf, datapoint, datapoints, quantileCont, summaryOf } from './datapoints.ts'

function newOpen(): OpenSummary {
  return new OpenSummary(new SharedArrayBuffer(OPEN_SUMMARY_BYTES))
}

/** A bin is 2^-11 wide; values in the bin of zero are within 2^-32 of it. */
function expectNear(estimate: number, exact: number): void {
  expect(Math.abs(estimate - exact)).toBeLessThanOrEqual(Math.abs(exact) * 2 ** -11 + 2 ** -32)
}

describe('a summary', () => {
  test('of parts, merged, is the summary of the whole, in any partition and order', () => {
    const value = fc.tuple(datapoint, fc.nat({ max: 4 }))
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60 }), fc.nat(), (values, turn) => {
        const whole = bitsOf(summaryOf(values.map(([value]) => value)))
        const parts = [0, 1, 2, 3, 4].map((part) =>
          summaryOf(values.filter(([, in_]) => in_ === part).map(([value]) => value)),
        )
        const turned = [...parts.slice(turn % 5), ...parts.slice(0, turn % 5)]
        expect(bitsOf(mergeSummaries(turned))).toEqual(whole)
        const [a, b, c, d, e] = parts as [Summary, Summary, Summary, Summary, Summary]
        const nested = mergeSummaries([
          e,
          mergeSummaries([mergeSummaries([d, a]), mergeSummaries([c, b])]),
        ])
        expect(bitsOf(nested)).toEqual(whole)
      }),
      { numRuns: 150 },
    )
  })

  test('of huge values beside fractions does not depend on partition and order either', () => {
    const values = [-999895059847.4319, -1e300, 1e308, 0.5]
    const whole = bitsOf(summaryOf(values))
    expect(bitsOf(summaryOf(values.toReversed()))).toEqual(whole)
    expect(bitsOf(mergeSummaries(values.map((value) => summaryOf([value]))))).toEqual(whole)
  })

  test('is the same in any order of arrival, and in any number of steps', () => {
    fc.assert(
      fc.property(datapoints(1, 60), fc.nat({ max: 60 }), (values, at) => {
        const cut = Math.min(at, values.length)
        const column = Float64Array.from(values)
        const open = newOpen()
        open.add(column, cut, values.length)
        open.add(column, 0, cut)
        expect(bitsOf(open.close())).toEqual(bitsOf(summaryOf(values)))
        expect(bitsOf(summaryOf(values.toReversed()))).toEqual(bitsOf(summaryOf(values)))
      }),
      { numRuns: 150 },
    )
  })

  test('counts values, keeps the extremes, and knows whole numbers', () => {
    const summary = summaryOf([3, -7, 3, 12])
    expect(summary).toMatchObject({ count: 4, min: -7, max: 12, decimals: 0 })
    expect([...summary.counts]).toEqual([1, 2, 1])
    expect(summaryOf([3, 3.5]).decimals).toBe(1)
    expect(summaryOf([0.29, 1e-7]).decimals).toBe(7)
    expect(bitsOf(summaryOf([]))).toEqual(bitsOf(EMPTY_SUMMARY))
  })

  test('of the watched things alone leaves out the others', () => {
    const row = fc.record({ value: datapoint, thing: fc.nat({ max: 4 }) })
    const membership = fc.uint8Array({ min: 0, max: 1, minLength: 5, maxLength: 5 })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), membership, (rows, watched) => {
        const open = newOpen()
        const values = Float64Array.from(rows, ({ value }) => value)
        const things = Int32Array.from(rows, ({ thing }) => thing)
        open.add(values, 0, rows.length, things, watched)
        const members = rows.filter(({ thing }) => watched[thing] === 1)
        expect(bitsOf(open.close())).toEqual(bitsOf(summaryOf(members.map(({ value }) => value))))
      }),
      { numRuns: 80 },
    )
  })

  test('of a thing beyond the members column does not count it', () => {
    const open = newOpen()
    open.add(Float64Array.of(1, 2), 0, 2, Int32Array.of(0, 9), Uint8Array.of(1))
    expect(open.count).toBe(1)
  })
})

describe('an open summary', () => {
  test('closed, restored and gone on with is as if never interrupted', () => {
    fc.assert(
      fc.property(datapoints(0, 40), datapoints(0, 40), (before, after) => {
        const resumed = newOpen()
        resumed.merge(summaryOf(before))
        resumed.add(Float64Array.from(after), 0, after.length)
        expect(bitsOf(resumed.close())).toEqual(bitsOf(summaryOf([...before, ...after])))
      }),
      { numRuns: 100 },
    )
  })

  test('can be looked at without being disturbed', () => {
    const open = newOpen()
    open.add(Float64Array.of(5, 6), 0, 2)
    expect(bitsOf(open.close())).toEqual(bitsOf(open.close()))
    open.add(Float64Array.of(7), 0, 1)
    expect(bitsOf(open.close())).toEqual(bitsOf(summaryOf([5, 6, 7])))
  })

  test('is all zeros again once cleared', () => {
    fc.assert(
      fc.property(datapoints(0, 40), (values) => {
        const memory = new SharedArrayBuffer(OPEN_SUMMARY_BYTES)
        const open = new OpenSummary(memory)
        open.add(Float64Array.from(values), 0, values.length)
        open.clear()
        expect(open.count).toBe(0)
        expect(
          new BigInt64Array(memory, 0, memory.byteLength >> 3).every((word) => word === 0n),
        ).toBe(true)
      }),
      { numRuns: 20 },
    )
  })
})

describe('order statistics', () => {
  test('are exact for whole numbers below 2048', () => {
    const values = fc.array(fc.integer({ min: -2_047, max: 2_047 }), {
      minLength: 1,
      maxLength: 200,
    })
    fc.assert(
      fc.property(values, (values) => {
        const statistics = new OrderStatistics(summaryOf(values))
        const sorted = values.toSorted((a, b) => a - b)
        expect(sorted.map((_, rank) => statistics.at(rank) + 0)).toEqual(sorted.map((v) => v + 0))
      }),
      { numRuns: 150 },
    )
  })

  test('are within 0.05 % of any other, ascending, and exact at both ends', () => {
    const values = fc.array(
      fc.oneof(
        fc.double({ min: -1e15, max: 1e15, noNaN: true }),
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.constantFrom(0, 2.5, 1e-20),
      ),
      { minLength: 1, maxLength: 120 },
    )
    fc.assert(
      fc.property(values, (values) => {
        const statistics = new OrderStatistics(summaryOf(values))
        const sorted = values.toSorted((a, b) => a - b)
        let last = Number.NEGATIVE_INFINITY
        for (const [rank, exact] of sorted.entries()) {
          const estimate = statistics.at(rank)
          expectNear(estimate, exact)
          expect(estimate).toBeGreaterThanOrEqual(last)
          last = estimate
        }
        expect(statistics.at(0)).toBe(sorted[0]! + 0)
        expect(statistics.at(values.length - 1)).toBe(sorted[values.length - 1]! + 0)
      }),
      { numRuns: 150 },
    )
  })

  test('of whole numbers are whole numbers', () => {
    const values = fc.array(fc.integer({ min: 1_000, max: 10_000_000 }), {
      minLength: 1,
      maxLength: 60,
    })
    fc.assert(
      fc.property(values, (values) => {
        const statistics = new OrderStatistics(summaryOf(values))
        for (let rank = 0; rank < values.length; rank++) {
          expect(Number.isInteger(statistics.at(rank))).toBe(true)
        }
      }),
      { numRuns: 80 },
    )
  })
})

describe('quantiles of the tails', () => {
  const level = fc.oneof(
    fc.constantFrom(0, 0.5, 0.99, 0.999, 0.9999, 1),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  const negative = (values: readonly number[]): number[] => values.map((value) => -value)

  test('of values with two decimals have two decimals, and are exact where a bin holds one of them', () => {
    const cents = fc.array(fc.integer({ min: -2_000, max: 2_000 }), {
      minLength: 1,
      maxLength: 120,
    })
    fc.assert(
      fc.property(cents, (cents) => {
        const sorted = cents.map((value) => value / 100).toSorted((a, b) => a - b)
        const statistics = new OrderStatistics(summaryOf(sorted))
        for (const share of [undefined, 0, 1]) {
          const found = sorted.map((_, rank) => statistics.at(rank, share) + 0)
          expect(found).toEqual(sorted.map((value) => value + 0))
        }
      }),
      { numRuns: 100 },
    )
  })

  test('are those of SQL (quantile_cont) for whole numbers below 2048', () => {
    const values = fc.array(fc.integer({ min: -2_000, max: 2_000 }), {
      minLength: 1,
      maxLength: 150,
    })
    fc.assert(
      fc.property(values, level, (values, q) => {
        const statistics = new OrderStatistics(summaryOf(values))
        expect(statistics.tailQuantile(q, 'above') - quantileCont(values, q)).toBe(0)
        expect(statistics.tailQuantile(q, 'below') + quantileCont(negative(values), q)).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  test('are within 0.05 % of them for positive values, on the far side', () => {
    const values = fc.array(fc.double({ min: 1e-3, max: 1e15, noNaN: true }), {
      minLength: 1,
      maxLength: 150,
    })
    fc.assert(
      fc.property(values, level, (values, q) => {
        const statistics = new OrderStatistics(summaryOf(values))
        const above = quantileCont(values, q)
        const below = -quantileCont(negative(values), q)
        const rounding = 1 + 1e-14
        expectNear(statistics.tailQuantile(q, 'above'), above)
        expectNear(statistics.tailQuantile(q, 'below'), below)
        expect(statistics.tailQuantile(q, 'above') * rounding).toBeGreaterThanOrEqual(above)
        expect(statistics.tailQuantile(q, 'below')).toBeLessThanOrEqual(below * rounding)
      }),
      { numRuns: 200 },
    )
  })
})
