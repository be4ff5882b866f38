import { describe, expect, test } from 'vitest'
import { NabScorer, PROFILE_NAMES } from '../../../bench/quality/nab-score.ts'
import { onsets } from '../../../bench/quality/onset.ts'
import type { Span } from '../../../bench/quality/series.ts'
import golden from './nab-golden.json' with { type: 'json' }

/** Labelled windows of the whole corpus, and what one detector alarmed on: rows and scores. */
const corpus = golden.series.map(({ rows, windows }) => ({ rows, windows: pairs(windows) }))
const scores = golden.series.map(({ rows, alarms, scores: own }) => {
  const column = new Float64Array(rows)
  alarms.forEach((row, i) => {
    column[row] = own[i]!
  })
  return column
})

function pairs(flat: readonly number[]): Span[] {
  return flat.flatMap((first, i) => (i % 2 === 0 ? [[first, flat[i + 1]!] as const] : []))
}

describe('the golden alarms', () => {
  const scorer = new NabScorer(corpus)

  test('are of the whole corpus', () => {
    expect(corpus).toHaveLength(58)
    expect(scorer.counts(scores, 3)).toEqual({ hits: 87, windows: 116, falseAlarms: 101 })
    expect(scorer.counts(scores, 4)).toEqual({ hits: 71, windows: 116, falseAlarms: 56 })
  })

  test.each(PROFILE_NAMES)('score the same at fixed thresholds: %s', (profile) => {
    expect(scorer.at(scores, 3)[profile]).toBeCloseTo(golden.at3[profile], 9)
    expect(scorer.at(scores, 4)[profile]).toBeCloseTo(golden.at4[profile], 9)
  })

  test.each(PROFILE_NAMES)('have the same best threshold: %s', (profile) => {
    const best = scorer.best(scores)[profile]
    expect(best.threshold).toBe(golden.best[profile].threshold)
    expect(best.score).toBeCloseTo(golden.best[profile].score, 9)
  })
})

describe('one series', () => {
  const series = { rows: 1_000, windows: [[500, 549]] as const }
  const scorer = new NabScorer([series])
  const at = (...rows: number[]) => {
    const column = new Float64Array(series.rows)
    for (const row of rows) column[row] = 1
    return scorer.at([column], 1)
  }

  test('never detecting scores 0, meeting the window at its first row 100', () => {
    expect(at()).toEqual({ standard: 0, lowFalsePositives: 0, lowFalseNegatives: 0 })
    for (const score of Object.values(at(500))) expect(score).toBeCloseTo(100, 9)
  })

  test('only the earliest detection in a window counts, and earlier ones for more', () => {
    expect(at(510, 520, 530)).toEqual(at(510))
    expect(at(510).standard).toBeGreaterThan(at(540).standard)
  })

  test('detections in the probation count for nothing', () => {
    expect(at(0, 149)).toEqual(at())
    expect(at(150).standard).toBeLessThan(0)
  })

  test('a false alarm costs less right behind a window than far from it', () => {
    expect(at(500, 552).standard).toBeGreaterThan(at(500, 600).standard)
    expect(at(500, 900).standard).toBeCloseTo(100 * (1 - 0.11 / 2), 9)
    expect(at(500, 900).lowFalsePositives).toBeCloseTo(100 * (1 - 0.22 / 2), 9)
  })

  test('who is worse than silent at every threshold is taken to be silent', () => {
    const column = new Float64Array(series.rows).fill(Number.NaN)
    column[300] = 5
    expect(scorer.best([column]).standard).toEqual({
      score: 0,
      threshold: Number.POSITIVE_INFINITY,
    })
  })
})

describe('onsets', () => {
  test('are scores above all of the rows before', () => {
    const column = Float64Array.of(1, 1, 2, 1.5, 0, 1.5, 3, Number.NaN, 3, 0, 0, 3)
    expect([...onsets(column, 2)]).toEqual([1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 3])
  })

  test('agree with looking at all the rows before', () => {
    const column = Float64Array.from({ length: 300 }, (_, i) => (i * i * 31) % 17)
    const plain = column.map((score, i) => {
      const before = column.subarray(Math.max(0, i - 24), i)
      return score > Math.max(0, ...before) ? score : 0
    })
    expect(onsets(column, 24)).toEqual(plain)
  })
})
