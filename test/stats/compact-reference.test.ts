import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../src/domain/time.ts'
import { LoneCompact } from '../../src/stats/lone-compact.ts'
import { SHIFT } from '../../src/stats/series-kernel.ts'
import { type Row, scoreFleet } from './series.ts'

/** The fleets of `reference-scores.json`. */
interface Fleet {
  name: string
  windowMs: number
  firstDay: number
  scoredFrom: number
  values: number[][]
}

/**
 * What an independent implementation of the compact model, in double precision, without bins and with
 * exact counts in the habituation, made of their last day, by thing.
 */
interface Reference {
  name: string
  raw: number[][]
  scores: number[][]
}

const fleets = read('reference-scores.json') as Fleet[]
const references = read('compact-scores.json') as Reference[]

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'))
}

describe.each(references)('$name', ({ name, raw, scores }) => {
  const { windowMs, firstDay, scoredFrom, values } = fleets.find((fleet) => fleet.name === name)!
  const firstWindow = (firstDay * DAY_MS) / windowMs
  const rows: Row[] = values[0]!.flatMap((_, i) =>
    values.map((series, thing) => ({ thing, window: firstWindow + i, value: series[i]! })),
  )
  const run = { seats: values.length, windowMs, inForceAfterMs: 0, kind: LoneCompact }
  const pairs = scoreFleet(rows, run)
    .filter(({ window }) => window - firstWindow >= scoredFrom)
    .map(({ thing, window, s, s0 }) => {
      const i = window - firstWindow - scoredFrom
      return { s, s0, raw: Math.max(0, raw[thing]![i]! - SHIFT), score: scores[thing]![i]! }
    })

  test('scores before habituation are the reference up to the width of bins', () => {
    const high = pairs.filter(({ s0, raw }) => Math.max(s0, raw) >= 2)
    expect(high.length).toBeGreaterThan(5)
    for (const { s0, raw } of high) expect(Math.abs(s0 - raw)).toBeLessThan(0.05)
  })

  test('scores after habituation are near the reference, whose cells are finer, and which knows no days', () => {
    const high = pairs.filter(({ s, score }) => Math.max(s, score) >= 1)
    expect(high.length).toBeGreaterThan(5)
    for (const { s, score } of high) {
      expect(s).toBeLessThan(score + 0.2)
      expect(s).toBeGreaterThan(score - Math.log10(4))
    }
  })

  test('what the reference finds normal is normal', () => {
    for (const { s0, raw } of pairs) expect(Math.abs(s0 - raw)).toBeLessThan(0.1)
  })
})
