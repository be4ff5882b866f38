import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../src/domain/time.ts'
import { type CompactDay, mergeCompact } from '../../src/stats/compact-summary.ts'
import { ExcessModel, fitExcesses } from '../../src/stats/excess-model.ts'
import { LoneCompact } from '../../src/stats/lone-compact.ts'
import { LOWER, UPPER } from '../../src/stats/thing-tail.ts'
import { fleetOf, ODD_THINGS } from './odd-fleet.ts'
import { type Row, type Scored, scoreFleet } from './series.ts'

const PER_DAY = DAY_MS / HOUR_MS
const DAYS = 16
const seeds = fc.integer({ min: 1, max: 1e6 })
const fleets = seeds.map((seed) => fleetOf(seed, DAYS * PER_DAY))

function scoresOf(rows: readonly Row[], batchRows = Number.POSITIVE_INFINITY): Scored[] {
  const run = { seats: ODD_THINGS, windowMs: HOUR_MS, batchRows, kind: LoneCompact }
  return scoreFleet(rows, run).sort((a, b) => a.window - b.window || a.thing - b.thing)
}

describe('scores', () => {
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
        const inOrder = scoreFleet(rows, { ...atMidnight, kind: LoneCompact })
        const thingwise = scoreFleet(byThing, { ...atMidnight, kind: LoneCompact })
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
          // Beyond that a bin's edge has come between two values, and a cap counts one more or less.
          if (Math.abs(other[i]!.s0 - s0) > 0.01) apart++
        }
      }),
      { numRuns: 20 },
    )
    expect(high).toBeGreaterThan(100)
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

/** Closed days as lanes would leave them, of any sizes and bins. */
const days = fc.array(
  fc
    .tuple(fc.nat({ max: 5_000 }), fc.array(fc.tuple(fc.nat({ max: 8_000 }), fc.nat({ max: 40 }))))
    .map(([usual, cells]): CompactDay => {
      const bins = [...new Map(cells)].filter(([, count]) => count > 0).sort(([a], [b]) => a - b)
      const side = {
        bins: Int32Array.from(bins, ([bin]) => FIRST_BIN + bin),
        counts: Uint32Array.from(bins, ([, count]) => count),
      }
      const judged = usual + 2 * side.counts.reduce((sum, count) => sum + count, 0)
      return { count: judged + 10, judged, excesses: [side, side] }
    }),
  { minLength: 1, maxLength: 6 },
)
const FIRST_BIN = 11_500
const SPREAD = { middle: 1, widest: { deviation: 2, high: 3, low: -3 }, experienced: 5 }

describe('a model', () => {
  test('is the same, bit for bit, whatever the order and grouping of what was learned', () => {
    fc.assert(
      fc.property(
        days.chain((list) =>
          fc.tuple(
            fc.constant(list),
            fc.shuffledSubarray(list, { minLength: list.length }),
            fc.nat(),
          ),
        ),
        ([list, shuffled, cut]) => {
          const at = cut % shuffled.length
          const parts = [shuffled.slice(0, at), shuffled.slice(at)].map(mergeCompact)
          const together = mergeCompact(list)
          expect(mergeCompact(parts)).toEqual(together)
          const bytes = [together, mergeCompact(parts)].map((day) => fitExcesses(day, SPREAD, true))
          expect(Buffer.from(bytes[0]!).equals(Buffer.from(bytes[1]!))).toBe(true)
        },
      ),
    )
  })

  test('scores the more the larger an excess, and no more than was seen allows', () => {
    fc.assert(
      fc.property(days, fc.boolean(), (list, twoSided) => {
        const day = mergeCompact(list)
        const model = new ExcessModel(fitExcesses(day, SPREAD, twoSided))
        const { bins, counts } = day.excesses[UPPER]
        const size = counts.reduce((sum, count) => sum + count, 0)
        let before = 0
        let atLeast = size
        for (const [i, bin] of bins.entries()) {
          const score = model.score(UPPER, bin)
          expect(score).toBeGreaterThanOrEqual(before)
          expect(model.extreme(UPPER, bin)).toBe(atLeast)
          const most = Math.log10((day.judged + 1) / (atLeast + 0.5)) + 0.3
          // The share of the excesses among the datapoints times that of the larger ones among them.
          expect(score).toBeLessThanOrEqual(most + 0.2)
          expect(model.score(LOWER, bin)).toBe(twoSided ? score : 0)
          before = score
          atLeast -= counts[i]!
        }
      }),
    )
  })
})
