import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../src/domain/time.ts'
import { DaySeason } from '../../src/stats/day-season.ts'
import { NumberLog } from '../../src/stats/number-log.ts'

const FIRST = 20_000

/** A season fed with `value(day, hour)` of so many days of hours. */
function fed(days: number, value: (day: number, hour: number) => number): DaySeason {
  const season = new DaySeason(HOUR_MS)
  for (let day = 0; day < days; day++) {
    for (let hour = 0; hour < 24; hour++) season.residual(at(day, hour), value(day, hour))
  }
  return season
}

function at(day: number, hour: number): number {
  return (FIRST + day) * DAY_MS + hour * HOUR_MS
}

describe('what is usual at a time of day', () => {
  test('is missing, not zero, until three days before tell it', () => {
    const season = new DaySeason(HOUR_MS)
    const residuals = [0, 1, 2, 3].map((day) => season.residual(at(day, 7), 5))
    expect(residuals).toEqual([Number.NaN, Number.NaN, Number.NaN, 0])
    expect(season.residual(at(3, 20), 5)).toBeNaN()
  })

  test('is the median of the slot and its neighbors', () => {
    const season = fed(3, (day, hour) => 10 * hour + day)
    // 11 is the middle of 0 1 2, 10 11 12, 20 21 22.
    expect(season.residual(at(3, 1), 100)).toBe(89)
  })

  test('does not look across midnight', () => {
    const season = fed(3, (_, hour) => (hour === 23 ? 1_000 : hour))
    expect(season.residual(at(3, 0), 0)).toBe(-0.5)
  })

  test('forgets what is more than fourteen days ago', () => {
    const season = fed(20, (day) => (day < 6 ? 1_000 : 1))
    expect(season.residual(at(20, 12), 1)).toBe(0)
    const silent = fed(3, () => 1)
    expect(silent.residual(at(14, 12), 5)).toBe(4)
    expect(silent.residual(at(17, 12), 5)).toBeNaN()
  })

  test('keeps the later of two values in a slot', () => {
    const season = new DaySeason(HOUR_MS)
    for (const day of [0, 1, 2]) {
      season.residual(at(day, 5), 1)
      season.residual(at(day, 5) + 1, 9)
    }
    expect(season.residual(at(3, 5), 9)).toBe(0)
  })

  test('does not let a clock that was set back by weeks overwrite what is known', () => {
    const season = fed(20, () => 1)
    season.residual(at(2, 12), 500)
    expect(season.residual(at(20, 12), 1)).toBe(0)
  })

  test('has slots of five minutes at least and of a day at most', () => {
    const dense = new DaySeason(1_000)
    for (const day of [0, 1, 2]) for (const s of [0, 60]) dense.residual(at(day, 0) + s * 1_000, s)
    expect(dense.residual(at(3, 0), 60)).toBe(0)
    const weekly = new DaySeason(7 * DAY_MS)
    const residuals = [0, 1, 2, 3].map((day) => weekly.residual(at(day, 5 * day), day))
    expect(residuals.at(-1)).toBe(2)
  })
})

test('goes on from its bytes as if nothing had been', () => {
  const value = (day: number, hour: number): number => (day * 7 + hour * 11) % 13
  const season = fed(17, value)
  const log = NumberLog.empty()
  season.save(log)
  const again = new DaySeason(HOUR_MS)
  again.load(NumberLog.of(log.toBytes()))
  for (let hour = 0; hour < 24; hour++) {
    expect(again.residual(at(17, hour), 3)).toBe(season.residual(at(17, hour), 3))
  }
})
