import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newSeasonMemory, type SeasonDay, Seasons } from '../../src/detect/seasons.ts'
import { DAY_MS, MINUTE_MS } from '../../src/domain/time.ts'
import { hourQuartiles, OpenHours } from '../../src/stats/hour-counts.ts'
import { takeCurves } from '../../src/stats/hour-curve.ts'
import type { Columns } from '../../src/stats/model.ts'
import { writtenColumns } from './written-columns.ts'

const WINDOW_MS = 30 * MINUTE_MS
const PER_DAY = DAY_MS / WINDOW_MS
const LANES = 2
const BEHAVIORS = 2
const SEAT = 1
/** 1970-01-05, a Monday. */
const MONDAY = 4

type Row = readonly [thing: number, window: number, value: number]

class Learner {
  readonly memory = newSeasonMemory(BEHAVIORS, LANES, true)
  readonly seasons: Seasons = new Seasons(this.memory, SEAT, WINDOW_MS)

  learn(day: number, rows: readonly Row[], lane = 0, learned: Uint8Array | null = null): void {
    const columns = columnsOf(rows)
    this.memory.curves.reserve(600)
    const hours = new OpenHours(this.memory.hours.lanes(day)[lane]!, this.seasons.hoursAt)
    hours.add(columns, WINDOW_MS, learned)
    takeCurves(this.memory.curves.slabs, this.seasons.curvesAt, columns, WINDOW_MS, learned)
  }
}

function columnsOf(rows: readonly Row[]): Columns {
  return {
    thing: Int32Array.from(rows, ([thing]) => thing),
    window: Int32Array.from(rows, ([, window]) => window),
    value: Float64Array.from(rows, ([, , value]) => value),
    from: 0,
    to: rows.length,
    watched: null,
  }
}

/** Thing 3 has `100 + day` in every first half hour and 0 in every second, from 09:00 to 10:00. */
function days(count: number): { learner: Learner; closed: Map<number, SeasonDay> } {
  const learner = new Learner()
  const closed = new Map<number, SeasonDay>()
  for (let day = MONDAY; day < MONDAY + count; day++) {
    const nine = day * PER_DAY + 18
    learner.learn(day, [
      [3, nine, 100 + day],
      [3, nine + 1, 0],
      [500, nine, -8],
    ])
    closed.set(day, learner.seasons.close(day))
  }
  return { learner, closed }
}

describe('what is usual at a time of day', () => {
  const { learner, closed } = days(12)
  const at = (day: number, seat: number, window = 18) =>
    learner.seasons.at(closed, day * DAY_MS, seat, day * PER_DAY + window)

  test('is the middle of the means of that hour on days of the kind before the model', () => {
    expect(at(MONDAY + 4, 3)).toMatchObject({
      when: 'weekdays 09:00-10:00 UTC',
      of: 'thing',
      count: 4,
    })
    const { low, usual, high } = at(MONDAY + 4, 3)
    for (const [found, wanted] of [
      [low, 52],
      [usual, 52.75],
      [high, 53.5],
    ] as const) {
      expect(Math.abs(found! / wanted - 1)).toBeLessThan(0.02)
    }
  })

  test("is the fleet's where the thing has hardly had such days, and nothing where nobody has", () => {
    expect(at(MONDAY + 12, 3)).toMatchObject({ when: 'weekends 09:00-10:00 UTC', of: 'fleet' })
    expect(at(MONDAY + 4, 7)).toEqual({
      when: 'weekdays 09:00-10:00 UTC',
      of: 'fleet',
      usual: 0,
      low: -8,
      high: 104,
      count: 12,
    })
    expect(at(MONDAY + 4, 3, 20)).toEqual({
      when: 'weekdays 10:00-11:00 UTC',
      of: 'fleet',
      usual: null,
      low: null,
      high: null,
      count: 0,
    })
  })

  test('does not come of what is not learned, nor of other behaviors', () => {
    const other = new Learner()
    other.learn(MONDAY, [[1, MONDAY * PER_DAY, 5]], 0, Uint8Array.of(0))
    const day = other.seasons.close(MONDAY)
    expect([day.fleet.cells.length, day.own.seats.length]).toEqual([0, 0])
    const neighbor = new Seasons(learner.memory, 0, WINDOW_MS)
    expect(neighbor.close(MONDAY).fleet.cells.length).toBe(0)
  })
})

const rowsOfDay = fc
  .array(
    fc.tuple(
      fc.nat({ max: 599 }),
      fc.nat({ max: PER_DAY - 1 }),
      fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    ),
    { maxLength: 80 },
  )
  .map((rows) =>
    rows.map(([thing, window, value]): Row => [thing, MONDAY * PER_DAY + window, value]),
  )

test('a day is the same whatever the lanes, and when it was put away in its midst', () => {
  fc.assert(
    fc.property(rowsOfDay, fc.nat(), (rows, cut) => {
      const inOrder = [...rows].sort((a, b) => a[1] - b[1])
      const whole = new Learner()
      whole.learn(MONDAY, inOrder)
      const expected = whole.seasons.close(MONDAY)

      const first = new Learner()
      const at = rows.length === 0 ? 0 : cut % rows.length
      const isEven = ([thing]: Row): boolean => thing % 2 === 0
      const begun = inOrder.slice(0, at)
      first.learn(MONDAY, begun.filter(isEven), 0)
      first.learn(
        MONDAY,
        begun.filter((row) => !isEven(row)),
        1,
      )
      const packed = {}
      first.seasons.packOpen(MONDAY, 'open', packed)
      const second = new Learner()
      second.seasons.restoreOpen(MONDAY, 'open', writtenColumns(packed))
      second.learn(MONDAY, inOrder.slice(at), 1)
      const day = second.seasons.close(MONDAY)
      expect(day).toEqual(expected)
      expect(second.seasons.close(MONDAY).fleet.cells.length).toBe(0)

      const columns = {}
      second.seasons.packDay(day, 'day', columns)
      expect(second.seasons.unpackDay('day', writtenColumns(columns))).toEqual(day)
    }),
    { numRuns: 30 },
  )
})

test('quartiles of several days are those of all their datapoints, to 0.8 %', () => {
  fc.assert(
    fc.property(fc.array(rowsOfDay, { minLength: 1, maxLength: 4 }), (parts) => {
      const closed = parts.map((rows) => {
        const learner = new Learner()
        learner.learn(MONDAY, rows)
        return learner.seasons.close(MONDAY).fleet
      })
      for (const hour of [0, 9, 23]) {
        const values = parts
          .flat()
          .flatMap(([, window, value]) =>
            Math.floor((window % PER_DAY) / 2) === hour ? [value] : [],
          )
          .sort((a, b) => a - b)
        const found = hourQuartiles(closed, hour)
        expect(found?.datapoints ?? 0).toBe(values.length)
        if (found === null) continue
        const exact = [0.25, 0.5, 0.75].map(
          (share) => values[Math.round(share * (values.length - 1))]!,
        )
        for (const [i, value] of [found.low, found.middle, found.high].entries()) {
          expect(Math.abs(value - exact[i]!)).toBeLessThanOrEqual(
            0.008 * Math.abs(exact[i]!) + 1e-9,
          )
        }
      }
    }),
    { numRuns: 30 },
  )
})
