import { expect, test } from 'vitest'
import { DAY_MS } from '../../src/domain/time.ts'
import { generateFleet } from '../../src/synthetic/generate.ts'
import { SEASONAL_METRICS } from '../../src/synthetic/rhythm.ts'

/** Means by thing and metric on weekdays, and on the thing's own weekends. */
function meansOf(seed: number) {
  const options = { seed, fleet: 'mixed', things: 40, days: 14, trainingDays: 14, clean: true }
  const fleet = generateFleet({ ...options, fleet: 'mixed', incidents: false })
  const sums = fleet.things.map(() =>
    fleet.metrics.map(() => ({ weekdays: 0, days: 0, weekends: 0, ends: 0 })),
  )
  for (const { rows, thing, metric, time, value } of fleet.chunks()) {
    for (let i = 0; i < rows; i++) {
      const local = time[i]! + fleet.rhythms[thing[i]!]!.offsetMs
      const sum = sums[thing[i]!]![metric[i]!]!
      if ((Math.floor(local / DAY_MS) + 3) % 7 >= 5) {
        sum.weekends += value[i]!
        sum.ends++
      } else {
        sum.weekdays += value[i]!
        sum.days++
      }
    }
  }
  return { fleet, sums }
}

test('weekends differ for things with a weekly rhythm, in seasonal metrics', () => {
  const { fleet, sums } = meansOf(1)
  const ratio = (weekly: boolean, seasonal: boolean): number => {
    const ratios = fleet.things.flatMap((_, thing) =>
      fleet.metrics.flatMap((metric, i) => {
        const { weekdays, days, weekends, ends } = sums[thing]![i]!
        const wanted = SEASONAL_METRICS.includes(metric) === seasonal
        const counted = wanted && fleet.rhythms[thing]!.weekly === weekly && weekdays > 1_000
        return counted ? [weekends / ends / (weekdays / days)] : []
      }),
    )
    expect(ratios.length).toBeGreaterThan(10)
    ratios.sort((a, b) => a - b)
    return ratios[ratios.length >> 1]!
  }
  expect(ratio(true, true)).toBeLessThan(0.9)
  for (const others of [ratio(true, false), ratio(false, true), ratio(false, false)]) {
    expect(others).toBeGreaterThan(0.97)
    expect(others).toBeLessThan(1.03)
  }
})
