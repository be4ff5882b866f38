import { describe, expect, test } from 'vitest'
import { fleetShape, shrunkExcess } from '../../src/stats/fleet-step.ts'
import { LOWER, STATISTICS, UPPER } from '../../src/stats/thing-tail.ts'

/** Tail size, deviation, mean excess above and below, spread above and below. */
type Thing = readonly [number, number, number, number, number, number]

function statisticsOf(things: readonly Thing[]): Float64Array {
  const all = new Float64Array(things.length * STATISTICS)
  things.forEach((thing, i) => all.set(thing, i * STATISTICS))
  return all
}

const THINGS: readonly Thing[] = [
  [80, 2, 1, 4, 2, 4],
  [80, 6, 3, 9, 2, 3],
  [0, 99, 99, 99, 1, 1],
  [80, 4, 2, 2, 0, 4],
]

describe('the shape of a fleet', () => {
  test('is that of its middle thing, whatever the order; seats without history do not count', () => {
    const shape = { deviation: 4, ratio: [1, 1] }
    expect(fleetShape(statisticsOf(THINGS))).toEqual(shape)
    expect(fleetShape(statisticsOf(THINGS.toReversed()))).toEqual(shape)
  })

  test('is that of the things that vary, if most do not', () => {
    const constant: Thing = [80, 0, 0, 0, 0, 0]
    const { deviation, ratio } = fleetShape(
      statisticsOf([constant, constant, constant, [80, 5, 1, 1, 0, 0]]),
    )
    expect([deviation, ratio]).toEqual([5, [0.3, 0.3]])
    expect(fleetShape(statisticsOf([constant])).deviation).toBe(0)
    expect(fleetShape(new Float64Array(0))).toEqual({ deviation: 0, ratio: [0.3, 0.3] })
  })
})

describe("a thing's mean excess", () => {
  const shape = { deviation: 1, ratio: [0.5, 2] as const }

  test("is shrunk half way to the fleet's shape when its tail has 80 datapoints", () => {
    const statistics = statisticsOf([[80, 1, 3, 10, 2, 3]])
    expect(shrunkExcess(statistics, 0, UPPER, shape)).toBe((3 + 0.5 * 2) / 2)
    expect(shrunkExcess(statistics, 0, LOWER, shape)).toBe((10 + 2 * 3) / 2)
  })

  test("is no less than 0.8 of the fleet's deviation, and never nothing", () => {
    const calm = statisticsOf([[80, 0, 0, 0, 0, 0]])
    expect(shrunkExcess(calm, 0, UPPER, shape)).toBe(0.8)
    expect(shrunkExcess(calm, 0, UPPER, { deviation: 0, ratio: [1, 1] })).toBeGreaterThan(0)
  })
})
