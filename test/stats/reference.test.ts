import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../src/domain/time.ts'
import { SHIFT } from '../../src/stats/series-kernel.ts'
import { type Row, scoreFleet } from './series.ts'

/**
 * Three short fleets with injected anomalies (smooth curves, counts, hourly curves), and what an
 * independent implementation in double precision and without bins made of their last day: the score
 * before habituation, and the final one.
 */
interface ReferenceCase {
  name: string
  windowMs: number
  firstDay: number
  /** The first datapoint with reference scores. */
  scoredFrom: number
  /** By thing. */
  values: number[][]
  raw: number[][]
  scores: number[][]
}

const cases = JSON.parse(
  readFileSync(new URL('reference-scores.json', import.meta.url), 'utf8'),
) as ReferenceCase[]

describe.each(cases)('$name', ({ windowMs, firstDay, scoredFrom, values, raw, scores }) => {
  const firstWindow = (firstDay * DAY_MS) / windowMs
  const rows: Row[] = values[0]!.flatMap((_, i) =>
    values.map((series, thing) => ({ thing, window: firstWindow + i, value: series[i]! })),
  )
  const scored = scoreFleet(rows, { seats: values.length, windowMs, inForceAfterMs: 0 })
  const pairs = scored
    .filter(({ window }) => window - firstWindow >= scoredFrom)
    .map(({ thing, window, s, s0 }) => {
      const i = window - firstWindow - scoredFrom
      return { s, s0, raw: raw[thing]![i]! - SHIFT, score: scores[thing]![i]! }
    })

  test('scores before habituation are the reference up to the width of bins', () => {
    const high = pairs.filter(({ s0, raw }) => Math.max(s0, raw) >= 2)
    expect(high.length).toBeGreaterThan(5)
    for (const { s0, raw } of high) expect(Math.abs(s0 - raw)).toBeLessThan(0.05)
  })

  /** It habituates by the day alone; by the week a score may be less, and most are not. */
  test('scores after habituation are the reference or less, but where a quarter is counted otherwise', () => {
    const high = pairs.filter(({ s, score }) => Math.max(s, score) >= 1)
    const share = (is: (difference: number) => boolean): number =>
      high.filter(({ s, score }) => is(s - score)).length / high.length
    expect(share((difference) => difference < 0.05)).toBeGreaterThan(0.9)
    expect(share((difference) => Math.abs(difference) < 0.05)).toBeGreaterThan(0.5)
    for (const { s, score } of high) {
      expect(s - score).toBeLessThan(0.35)
      expect(s - score).toBeGreaterThan(-0.7)
    }
  })

  test('what the reference finds normal is normal', () => {
    for (const { s, s0, raw } of pairs.filter(({ raw }) => raw < 1)) {
      expect(s).toBeLessThan(1.3)
      expect(Math.abs(s0 - Math.max(0, raw))).toBeLessThan(0.3)
    }
  })
})
