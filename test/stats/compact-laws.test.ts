import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CompactDay, mergeCompact } from '../../src/stats/compact-summary.ts'
import { ExcessModel, fitExcesses } from '../../src/stats/excess-model.ts'
import { LOWER, UPPER } from '../../src/stats/thing-tail.ts'

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
