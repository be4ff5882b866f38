import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../src/domain/time.ts'
import { LoneCompact } from '../../src/stats/lone-compact.ts'
import { LoneFleet } from '../../src/stats/lone-fleet.ts'
import { fleetOf, ODD_THINGS } from './odd-fleet.ts'
import { type Row, type Scored, scoreFleet } from './series.ts'

const PER_DAY = DAY_MS / HOUR_MS
const DAYS = 16
const fleets = fc.integer({ min: 1, max: 1e6 }).map((seed) => fleetOf(seed, DAYS * PER_DAY))

describe.each([
  ['full', LoneFleet],
  ['compact', LoneCompact],
] as const)('scores of the %s model', (_, kind) => {
  function scoresOf(rows: readonly Row[], batchRows = Number.POSITIVE_INFINITY): Scored[] {
    const run = { seats: ODD_THINGS, windowMs: HOUR_MS, batchRows, kind }
    return scoreFleet(rows, run).sort((a, b) => a.window - b.window || a.thing - b.thing)
  }

  test('do not depend on how rows are batched, nor on the order of things', () => {
    fc.assert(
      fc.property(fleets, fc.integer({ min: 1, max: 100 }), (rows, batchRows) => {
        const turned = [...rows].sort((a, b) => a.window - b.window || b.thing - a.thing)
        const byThing = [...rows].sort(
          (a, b) =>
            Math.floor(a.window / PER_DAY) - Math.floor(b.window / PER_DAY) ||
            a.thing - b.thing ||
            a.window - b.window,
        )
        const expected = scoresOf(rows)
        expect(scoresOf(rows, batchRows)).toEqual(expected)
        expect(scoresOf(turned)).toEqual(expected)
        const atMidnight = { seats: ODD_THINGS, windowMs: HOUR_MS, inForceAfterMs: 0 }
        const inOrder = scoreFleet(rows, { ...atMidnight, kind })
        const thingwise = scoreFleet(byThing, { ...atMidnight, kind })
        const key = ({ thing, window }: Row): number => window * ODD_THINGS + thing
        expect(thingwise.sort((a, b) => key(a) - key(b))).toEqual(
          inOrder.sort((a, b) => key(a) - key(b)),
        )
      }),
      { numRuns: 10 },
    )
  })

  test('are lower after habituation than before, in [0, 15], and reach the highest level', () => {
    let highest = 0
    fc.assert(
      fc.property(fleets, (rows) => {
        for (const { s, s0 } of scoresOf(rows)) {
          expect(s).toBeGreaterThanOrEqual(0)
          expect(s).toBeLessThanOrEqual(s0)
          expect(s0).toBeLessThanOrEqual(15)
          highest = Math.max(highest, s)
        }
      }),
      { numRuns: 10 },
    )
    expect(highest).toBeGreaterThan(4)
  })

  test('stay as they are when all values are scaled: exactly by powers of two, else nearly', () => {
    let high = 0
    let apart = 0
    fc.assert(
      fc.property(fleets, fc.double({ min: 0.01, max: 100, noNaN: true }), (rows, factor) => {
        const scaled = (by: number): Scored[] =>
          scoresOf(rows.map((row) => ({ ...row, value: row.value * by })))
        const plain = scoresOf(rows)
        const eightfold = scaled(8)
        const other = scaled(factor)
        for (const [i, { s, s0 }] of plain.entries()) {
          expect([eightfold[i]!.s, eightfold[i]!.s0]).toEqual([s, s0])
          if (Math.max(s0, other[i]!.s0) < 2) continue
          high++
          // Now and then a bin's edge has come between two values: a quantile or a cap is another one.
          if (Math.abs(other[i]!.s0 - s0) > 0.01) apart++
        }
      }),
      { numRuns: 40 },
    )
    expect(high).toBeGreaterThan(20)
    expect(apart / high).toBeLessThan(0.1)
  })

  test('of a thing that is constant from some moment on are zero from 200 datapoints on', () => {
    fc.assert(
      fc.property(
        fleets,
        fc.nat({ max: 60 }),
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        (rows, from, value) => {
          const stuck = rows.map((row) =>
            row.thing === 0 && row.window >= from ? { ...row, value } : row,
          )
          const constant = scoresOf(stuck).filter(
            ({ thing, window }) => thing === 0 && window >= from,
          )
          for (const { s, s0 } of constant.slice(200)) expect([s, s0]).toEqual([0, 0])
        },
      ),
      { numRuns: 20 },
    )
  })
})
