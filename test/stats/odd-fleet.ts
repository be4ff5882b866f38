import { RandomStream } from '../../src/stats/random.ts'
import type { Row } from './series.ts'

export const ODD_THINGS = 4

/** A fleet of series of its own: curves, counts and mostly zeros, with an excursion now and then. */
export function fleetOf(seed: number, windows: number): Row[] {
  const random = new RandomStream(seed)
  const rows: Row[] = []
  for (let window = 0; window < windows; window++) {
    for (let thing = 0; thing < ODD_THINGS; thing++) {
      if (random.uniform() < 0.02) continue
      rows.push({ thing, window, value: valueOf(random, thing, window) })
    }
  }
  return rows
}

function valueOf(random: RandomStream, thing: number, window: number): number {
  const excursion = random.uniform() < 0.01 ? random.pareto(1) : 0
  if (thing === 0) return 100 + 20 * Math.sin(window / 4) + random.normal() * 3 + excursion * 10
  if (thing === 1) return random.poisson(5) + Math.round(excursion * 5)
  if (thing === 2) return random.poisson(0.1) + Math.round(excursion)
  return 5 + random.normal() + excursion
}
