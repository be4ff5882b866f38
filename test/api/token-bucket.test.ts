import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TokenBuckets } from '../../src/api/token-bucket.ts'

const RATE = { perSecond: 10, burst: 20 }

test('a bucket never gives more than its burst and what has flowed in since', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(500), { maxLength: 200 }), (pauses) => {
      const buckets = new TokenBuckets()
      let now = 0
      let taken = 0
      for (const pause of pauses) {
        now += pause
        if (buckets.take('a', RATE, now)) taken++
        expect(taken).toBeLessThanOrEqual(RATE.burst + (now / 1_000) * RATE.perSecond + 1e-6)
      }
    }),
  )
})

test('who asks no faster than the rate is never refused', () => {
  const buckets = new TokenBuckets()
  for (let i = 0; i < 1_000; i++) expect(buckets.take('a', RATE, i * 100)).toBe(true)
})

test('buckets are apart, and a clock that steps back gives nothing', () => {
  const buckets = new TokenBuckets()
  const rate = { perSecond: 1, burst: 1 }
  expect(buckets.take('a', rate, 1_000)).toBe(true)
  expect(buckets.take('b', rate, 1_000)).toBe(true)
  expect(buckets.take('a', rate, 0)).toBe(false)
  expect(buckets.take('a', rate, 1_000)).toBe(false)
})

test('there may be any number of them', () => {
  const buckets = new TokenBuckets()
  const rate = { perSecond: 1, burst: 1 }
  for (let i = 0; i < 30_000; i++) expect(buckets.take(`client ${i}`, rate, i)).toBe(true)
  // The last of them is not forgotten with those that are full again.
  expect(buckets.take('client 29999', rate, 30_000)).toBe(false)
})
