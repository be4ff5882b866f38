import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HOUR_MS } from '../../src/domain/time.ts'
import { floatBin, LEAST_BIN } from '../../src/stats/float-bins.ts'
import { LoneFleet } from '../../src/stats/lone-fleet.ts'
import { newSlabs, slabAt } from '../../src/stats/series-slabs.ts'
import { seriesShape, slabBytes } from '../../src/stats/series-state.ts'
import { advance } from '../../src/stats/series-advance.ts'
import { closeSlabDay, type SlabDay } from '../../src/stats/series-day.ts'
import { assembleModel, describeSlab, shapeOf, shrinkSlab } from '../../src/stats/tail-fit.ts'
import { TailModel } from '../../src/stats/tail-model.ts'
import { fleetOf, ODD_THINGS } from './odd-fleet.ts'
import type { Row } from './series.ts'

const DAY = 24
const DAYS = 16
const SEATS = ODD_THINGS

const fleets = fc.integer({ min: 1, max: 1e6 }).map((seed) => fleetOf(seed, DAYS * DAY))

/** The day summaries of a fleet that has learned from `rows`. */
function daysOf(rows: readonly Row[]): SlabDay[] {
  const shape = seriesShape(HOUR_MS)
  const slabs = newSlabs(1, slabBytes(shape))
  return Array.from({ length: DAYS }, (_, day) => {
    const today = rows.filter(({ window }) => Math.floor(window / DAY) === day)
    const columns = {
      thing: Int32Array.from(today, ({ thing }) => thing),
      window: Int32Array.from(today, ({ window }) => window),
      value: Float64Array.from(today, ({ value }) => value),
      from: 0,
      to: today.length,
      watched: null,
    }
    advance(slabs, 0, shape, columns, null, null)
    return closeSlabDay(slabAt(slabs, 0), day & 1, shape)
  })
}

function fitted(days: readonly SlabDay[]): Uint8Array {
  const tails = describeSlab(days, true)
  const shape = shapeOf([tails])
  return assembleModel([tails], [shrinkSlab(tails, shape)], shape, true, DAYS * DAY).bytes
}

describe('a model', () => {
  test('is the same, bit for bit, whatever the order of its days', () => {
    fc.assert(
      fc.property(
        fleets.chain((rows) => {
          const days = daysOf(rows)
          return fc.tuple(fc.constant(days), fc.shuffledSubarray(days, { minLength: days.length }))
        }),
        ([days, shuffled]) => {
          expect(Buffer.from(fitted(shuffled)).equals(fitted(days))).toBe(true)
        },
      ),
      { numRuns: 10 },
    )
  })

  test('lets no value score more than its being seen g times allows', () => {
    fc.assert(
      fc.property(fleets, (rows) => {
        const days = daysOf(rows)
        const model = new TailModel(fitted(days))
        for (let seat = 0; seat < SEATS; seat++) {
          const bins = days.flatMap((day) => expanded(day, seat))
          for (const bin of new Set(bins)) {
            const seen = bins.filter((other) => other === bin).length
            const most = Math.log10((bins.length + 1) / (seen + 0.5)) + 0.5
            expect(model.score(seat, bin)).toBeLessThanOrEqual(most + 1e-9)
          }
        }
      }),
      { numRuns: 10 },
    )
  })

  test('judges a thing with less than 200 datapoints by the fleet, and one it has never seen too', () => {
    const rows = fleetOf(5, DAYS * DAY).filter(
      ({ thing, window }) => thing > 0 || window > 10 * DAY,
    )
    const model = new TailModel(fitted(daysOf(rows)))
    expect(model.recordOf(0, 10 * DAY)).toBe(model.seats)
    expect(model.recordOf(1, 0)).toBe(1)
    expect(model.recordOf(1, DAYS * DAY)).toBe(model.seats)
    expect(model.recordOf(1e6, 0)).toBe(model.seats)
    expect(model.datapoints(model.seats)).toBe(rows.length)
    const fleet = new LoneFleet({ seats: SEATS, windowMs: HOUR_MS, twoSided: true })
    expect(fleet.endDay(0)).toBeNull()
  })

  test('says nothing as long as no thing has a history', () => {
    const young = new TailModel(fitted(daysOf(fleetOf(5, 5 * DAY))))
    expect(young.score(young.recordOf(0, 0), floatBin(1e6))).toBe(0)
    const known = new TailModel(fitted(daysOf(fleetOf(5, 10 * DAY))))
    expect(known.score(known.seats, floatBin(1e6))).toBeGreaterThan(4)
  })
})

/** The bins of a seat's day, each as often as it was seen. */
function expanded({ starts, runs }: SlabDay, seat: number): number[] {
  const bins: number[] = []
  for (const code of runs.subarray(starts[seat], starts[seat + 1])) {
    const more = code > 0 && code < LEAST_BIN ? code : 0
    const bin = more > 0 ? (bins.at(-1) ?? 0) : code
    bins.push(...new Array<number>(more > 0 ? more : 1).fill(bin))
  }
  return bins
}
