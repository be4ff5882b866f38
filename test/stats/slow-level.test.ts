import { describe, expect, test } from 'vitest'
import { RandomStream } from '../../src/stats/random.ts'
import { clearSlow, SLOW_WORDS, slowScore, takeSlow } from '../../src/stats/slow-level.ts'
import { slowShape } from '../../src/stats/slow-shape.ts'

const DAY = 288
const SHAPE = slowShape(DAY)

/** The scores of a series that reports in every window, or in every `apart`-th. */
function scoresOf(values: readonly number[], canFall = true, apart = 1): number[] {
  const floats = new Float32Array(SLOW_WORDS)
  const ints = new Int32Array(floats.buffer)
  clearSlow(floats, ints, 0)
  return values.map((value, i) => {
    const day = Math.floor((i * apart) / SHAPE.perDay)
    takeSlow(floats, ints, 0, Math.fround(value), day, i * apart, apart, SHAPE)
    return slowScore(floats, ints, 0, true, canFall)
  })
}

function series(
  days: number,
  valueOf: (random: RandomStream, i: number) => number,
  seed = 1,
): number[] {
  const random = new RandomStream(seed)
  return Array.from({ length: days * DAY }, (_, i) => valueOf(random, i))
}

/** Counts that vary more than a Poisson's, with a daily and a weekly rhythm. */
function messages(random: RandomStream, i: number): number {
  const daily = 1 + 0.6 * Math.sin((2 * Math.PI * i) / DAY)
  const weekend = Math.floor(i / DAY) % 7 >= 5 ? 0.6 : 1
  return random.poisson(60 * daily * weekend * random.gamma(2, 0.5))
}

describe('slow averages say nothing', () => {
  test('of rhythms, noise, outbursts and what is mostly zero, whatever the draw', () => {
    const kinds: ((random: RandomStream, i: number) => number)[] = [
      messages,
      (random) => 100 + random.normal() * 20,
      (random) => random.poisson(0.1),
      (random) => Math.exp(8 + 0.9 * random.normal()),
      (random, i) => (i % DAY === 100 ? 5_000 : 100) + random.normal(),
    ]
    let said = 0
    for (const kind of kinds) {
      for (let seed = 1; seed <= 8; seed++) {
        said += scoresOf(series(28, kind, seed)).filter((score) => score !== 0).length
      }
    }
    expect(said).toBe(0)
  })

  test('of things that sleep at night, and of what is always zero', () => {
    const sleeper = series(28, (random, i) => (i % DAY < 96 ? 0 : random.poisson(50)))
    expect(scoresOf(sleeper).every((score) => score === 0)).toBe(true)
    expect(scoresOf(series(28, () => 0)).every((score) => score === 0)).toBe(true)
  })

  test('before ten days are known', () => {
    const values = series(12, (_, i) => (i > 9.5 * DAY ? 500 : 100 + (i % 3)))
    const first = scoresOf(values).findIndex((score) => score !== 0)
    expect(first).toBeGreaterThanOrEqual(10 * DAY)
  })
})

describe('silence', () => {
  const silentFrom = 20 * DAY + 100
  const values = series(23, (random, i) =>
    i >= silentFrom ? random.poisson(2) : messages(random, i),
  )

  test('is told after some hours, once nearly all is gone with high confidence', () => {
    const scores = scoresOf(values)
    const first = scores.findIndex((score) => score < 0)
    expect(first - silentFrom).toBeGreaterThan(12)
    expect(first - silentFrom).toBeLessThan(60)
    expect(scores.slice(0, first).every((score) => score === 0)).toBe(true)
    expect(Math.min(...scores)).toBe(-4.5)
  })

  test('becomes usual within a day', () => {
    expect(
      scoresOf(values)
        .slice(21.5 * DAY)
        .every((score) => score === 0),
    ).toBe(true)
  })

  test('is nothing special where a metric may fall', () => {
    expect(scoresOf(values, false).every((score) => score >= 0)).toBe(true)
  })
})

describe('a level', () => {
  test('that rises slowly above all of two weeks is told, though no datapoint stands out', () => {
    const from = 20 * DAY
    const values = series(24, (random, i) => {
      const more = Math.min(1, Math.max(0, (i - from) / DAY))
      return Math.exp(8 + 0.3 * random.normal()) * (1 + more)
    })
    const scores = scoresOf(values)
    const first = scores.findIndex((score) => score > 0)
    expect(first).toBeGreaterThan(from)
    expect(first).toBeLessThan(from + 1.5 * DAY)
    // Once it has been so for a day, it is known.
    expect(scores.slice(from + 3 * DAY).every((score) => score === 0)).toBe(true)
  })

  test('is compared alike however seldom datapoints come', () => {
    const values = Array.from({ length: 26 * 24 }, (_, i) => (i >= 20 * 24 ? 300 : 100 + (i % 5)))
    const first = scoresOf(values, true, 12).findIndex((score) => score > 0)
    expect(first).toBeGreaterThanOrEqual(20 * 24)
    expect(first).toBeLessThan(21 * 24)
  })

  test('is scaled with its values', () => {
    const values = series(24, (random, i) => {
      return (100 + random.normal() * 10) * (i > 20 * DAY ? 2 : 1)
    })
    const scores = scoresOf(values)
    expect(scores.some((score) => score > 0)).toBe(true)
    expect(scoresOf(values.map((value) => value * 1_024))).toEqual(scores)
  })
})
