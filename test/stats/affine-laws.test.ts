import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HOUR_MS } from '../../src/domain/time.ts'
import { RandomStream } from '../../src/stats/random.ts'
import { SHIFT } from '../../src/stats/series-kernel.ts'
import { exactScores } from './exact-fleet.ts'
import { type Row, scoreFleet } from './series.ts'

const PER_DAY = 24
const DAYS = 16
const THINGS = 4

/** Curves, counts and noise of a fleet whose things are apart, with an excursion now and then. */
function fleetOf(seed: number): number[][] {
  const random = new RandomStream(seed)
  return Array.from({ length: THINGS }, (_, thing) =>
    Array.from({ length: DAYS * PER_DAY }, (_, i) => {
      const burst = random.chance(0.01) ? random.pareto(1) : 0
      const count = random.poisson(3)
      if (thing === 0) return count + Math.round(burst * 3)
      const curve = 10 * thing * Math.sin((2 * Math.PI * i) / PER_DAY)
      return 50 * thing + curve + random.normal() * thing + burst * 5
    }),
  )
}

const seeds = fc.integer({ min: 1, max: 1e6 })

describe('scores without bins', () => {
  test('do not depend on the unit of a fleet, its size or its zero', () => {
    let high = 0
    fc.assert(
      fc.property(
        seeds,
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: -1e3, max: 1e3, noNaN: true }),
        (seed, factor, zero) => {
          const fleet = fleetOf(seed)
          const plain = exactScores(fleet, PER_DAY)
          const other = exactScores(
            fleet.map((values) => values.map((x) => factor * x + zero)),
            PER_DAY,
          )
          for (const [thing, scores] of plain.entries()) {
            for (const [i, score] of scores.entries()) {
              if (Number.isNaN(score)) continue
              expect(Math.abs(other[thing]![i]! - score)).toBeLessThan(1e-5)
              if (score >= 2) high++
            }
          }
        },
      ),
      { numRuns: 10 },
    )
    expect(high).toBeGreaterThan(20)
  })

  test('are those of the model up to the width of its bins', () => {
    let high = 0
    let apart = 0
    fc.assert(
      fc.property(seeds, (seed) => {
        const fleet = fleetOf(seed)
        const exact = exactScores(fleet, PER_DAY)
        const rows: Row[] = fleet[0]!.flatMap((_, window) =>
          fleet.map((values, thing) => ({ thing, window, value: values[window]! })),
        )
        const run = { seats: THINGS, windowMs: HOUR_MS, inForceAfterMs: 0 }
        for (const { thing, window, s0 } of scoreFleet(rows, run)) {
          const score = exact[thing]![window]!
          // Beyond the quantile of 2 %: inside, the model knows quarters only.
          if (Number.isNaN(score) || score < 2) continue
          high++
          if (Math.abs(s0 - (score - SHIFT)) > 0.05) apart++
        }
      }),
      { numRuns: 10 },
    )
    expect(high).toBeGreaterThan(20)
    // Now and then a value lies in the bin of one that is a little less: it has been seen then.
    expect(apart / high).toBeLessThan(0.1)
  })
})
