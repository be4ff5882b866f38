import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { SingleSeries } from '../../src/stats/single-series.ts'

/**
 * Three short seeded series with injected anomalies, and what an independent implementation, which goes
 * over whole columns, made of them: the greatest score of each channel, and from datapoint `start` on
 * all scores before and after habituation, to ten decimals.
 */
interface ReferenceCase {
  name: string
  stepMs: number
  firstMs: number
  start: number
  /** From the datapoint before to each, null where that is 1 but for the first. */
  steps: number[] | null
  values: number[]
  channelMost: number[]
  s0: number[]
  s: number[]
}

const cases = JSON.parse(
  readFileSync(new URL('single-series-scores.json', import.meta.url), 'utf8'),
) as ReferenceCase[]

const NEAR = 1e-9

describe.each(cases)('$name', ({ stepMs, firstMs, start, steps, values, ...reference }) => {
  const series = new SingleSeries(start)
  const most = series.channelScores.map(() => 0)
  const s: number[] = []
  const s0: number[] = []
  let time = firstMs
  for (const [i, value] of values.entries()) {
    time += (steps?.[i] ?? Math.min(i, 1)) * stepMs
    s.push(series.add(time, value))
    s0.push(series.s0)
    series.channelScores.forEach((score, c) => {
      most[c] = Math.max(most[c]!, score)
    })
  }

  test('is not scored while it settles', () => {
    expect(s.findIndex((score) => !Number.isNaN(score))).toBe(start)
    expect(s0.findIndex((score) => !Number.isNaN(score))).toBe(start)
  })

  test('channels reach what they reach in the reference', () => {
    reference.channelMost.forEach((score, c) => {
      expect(Math.abs(most[c]! - score)).toBeLessThan(NEAR)
    })
  })

  test('has the scores of the reference', () => {
    const differences = (ours: number[], theirs: number[]): number[] =>
      theirs.map((score, i) => Math.abs(ours[start + i]! - score))
    expect(Math.max(...differences(s0, reference.s0))).toBeLessThan(NEAR)
    expect(Math.max(...differences(s, reference.s))).toBeLessThan(NEAR)
  })
})
