import type { RandomStream } from '../stats/random.ts'
import type { FleetOptions } from './options.ts'
import { FLEET, FLEET_PURPOSE } from './purposes.ts'

/** A kind of device: what its things have in common. Amounts are per five minutes. */
export interface Archetype {
  name: string
  /** Share of the fleet. */
  weight: number
  /** Factor on messages and background traffic: sets the archetypes of a mixed fleet apart. */
  scale: number
  sent: number
  received: number
  /** Factor on weekends and holidays; 1 where they are days like others. */
  weekend: number
  /** Byte counts are whole multiples of it. */
  quantum: number
}

/** Levels of the mixed fleet's archetypes: a hundred times from the least to the most. */
const MIXED: readonly [string, number][] = [
  ['sensor', 0.1],
  ['camera', 10],
  ['gateway', 3],
  ['tracker', 0.5],
]
const SUITES: Readonly<Record<FleetOptions['fleet'], readonly [string, number][]>> = {
  mixed: MIXED,
  uniform: [['sensor', 1]],
  sparse: [
    ['sensor', 1],
    ['tracker', 1],
  ],
}

export function archetypesOf(options: FleetOptions, random: RandomStream): Archetype[] {
  const suite = SUITES[options.fleet]
  random.seek(FLEET, FLEET_PURPOSE.weights, 0)
  // Dirichlet(2): gammas over their sum.
  const gammas = suite.map(() => random.gamma(2, 1))
  const sum = gammas.reduce((total, gamma) => total + gamma, 0)
  return suite.map(([name, scale], index) => {
    random.seek(FLEET, FLEET_PURPOSE.archetype, index)
    return {
      name,
      scale,
      weight: gammas[index]! / sum,
      sent: random.logBetween(6, 60),
      received: random.logBetween(2, 20),
      weekend: random.chance(0.6) ? random.between(0.35, 0.9) : 1,
      quantum: random.chance(0.5) ? 64 : 1,
    }
  })
}
