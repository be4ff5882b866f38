import { describe, expect, test } from 'vitest'
import { BASELINES } from '../../../bench/quality/baselines/all.ts'
import { ENTRANTS } from '../../../bench/quality/entrants.ts'
import { modelDetector } from '../../../bench/quality/model-detector.ts'
import type { Columns, PooledKind } from '../../../src/stats/model.ts'
import { quantileModel } from '../../../src/stats/quantile-model.ts'
import { beginningOf, noisyFleet, seriesOf } from './fleets.ts'

const DAY = 288
const fleet = noisyFleet(20 * DAY)

describe.each(ENTRANTS.map(({ name, fleet: detector }) => [name, detector] as const))(
  '%s',
  (_, detector) => {
    const scores = detector.score(fleet)

    test('gives a score or none for every datapoint', () => {
      expect(scores.map(({ length }) => length)).toEqual(fleet.map(({ value }) => value.length))
      const judged = scores.map((column) => column.subarray(2 * DAY + 1))
      expect(judged.flatMap((column) => [...column].filter((score) => !(score >= 0)))).toEqual([])
    })

    test('is causal: what comes later changes no score', () => {
      const rows = 11 * DAY + 100
      const earlier = detector.score(beginningOf(fleet, rows))
      expect(earlier).toEqual(scores.map((column) => column.slice(0, rows)))
    })

    test('finds what was never seen', () => {
      const [, noisy] = fleet
      const value = noisy!.value.slice()
      value[19 * DAY] = 10_000
      const [column] = detector.score([{ ...noisy!, value }])
      expect(column![19 * DAY]).toBe(Math.max(...column!.subarray(15 * DAY)))
    })

    test('finds nothing in a constant', () => {
      const [column] = detector.score([fleet[0]!])
      const scored = [...column!].filter((score) => !Number.isNaN(score))
      expect(Math.max(...scored)).toBeLessThan(2)
    })

    test('leaves a young series without a score', () => {
      const [column] = detector.score([seriesOf([1, 2, 3], 1)])
      expect([...column!].every((score) => Number.isNaN(score) || score === 0)).toBe(true)
    })
  },
)

test('baselines have names of their own', () => {
  expect(new Set(BASELINES.map(({ name }) => name)).size).toBe(BASELINES.length)
})

describe('a model kind', () => {
  /** The quantile model, noting what it is handed. */
  function watched(calls: string[]): PooledKind {
    const note = (name: string, { thing, value, from, to }: Columns) =>
      calls.push(`${name} ${to - from} of ${new Set(thing).size}: ${value[0]} to ${value[to - 1]}`)
    return {
      ...quantileModel,
      summarize: (state, columns) => {
        note('summarize', columns)
        quantileModel.summarize(state, columns)
      },
      fit: (summary, settings) => {
        calls.push(`fit ${summary.count}`)
        return quantileModel.fit(summary, settings)
      },
      score: (model, state, columns, out) => {
        note('score', columns)
        quantileModel.score(model, state, columns, out)
      },
    }
  }

  test('scores each day with the days before it, then learns it', () => {
    const calls: string[] = []
    const two = [0, 1].map((thing) =>
      seriesOf(
        Array.from({ length: 2.5 * DAY }, (_, i) => i),
        0,
        `t${thing}`,
      ),
    )
    modelDetector(watched(calls)).score(two)
    expect(calls).toEqual([
      'summarize 576 of 2: 0 to 287',
      'fit 576',
      'score 576 of 2: 288 to 575',
      'summarize 576 of 2: 288 to 575',
      'fit 1152',
      'score 288 of 2: 576 to 719',
      'summarize 288 of 2: 576 to 719',
    ])
  })

  test('learns from no more than 14 days', () => {
    const calls: string[] = []
    modelDetector(watched(calls)).score([seriesOf(new Float64Array(17 * DAY))])
    const fits = calls.filter((call) => call.startsWith('fit'))
    expect(fits.slice(-3)).toEqual([`fit ${14 * DAY}`, `fit ${14 * DAY}`, `fit ${14 * DAY}`])
  })

  test('does not score before it has 200 datapoints', () => {
    const series = { ...seriesOf(new Float64Array(2 * DAY)) }
    const hourly = { ...series, time: series.time.map((time, i) => time + i * 3_300_000) }
    const [column] = modelDetector(quantileModel).score([hourly])
    expect(column!.findIndex((score) => !Number.isNaN(score))).toBe(216)
  })
})
