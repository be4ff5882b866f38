import {
  DEVIATION,
  LOWER,
  MEAN_EXCESS,
  type Side,
  SPREAD,
  STATISTICS,
  TAIL_SIZE,
  UPPER,
} from './thing-tail.ts'

/** How heavily the fleet's shape of a tail weighs, in tail datapoints. */
const FLEET_WEIGHT = 80
/** The least mean excess, in standard deviations of the fleet's middle thing. */
const LEAST_DEVIATIONS = 0.8
/** Mean excess over spread where nothing is known. */
const PLAIN_RATIO = 0.3
const LEAST_EXCESS = 1e-12

/** What a fleet's things have in common. */
export interface FleetShape {
  /** The middle thing's standard deviation; of those that vary, if most do not. */
  deviation: number
  /** The middle thing's mean excess over the distance of its quantile from its median, per side. */
  ratio: readonly [upper: number, lower: number]
}

/** Medians over all things with statistics (a tail size above 0); order does not matter. */
export function fleetShape(statistics: Float64Array): FleetShape {
  const deviations: number[] = []
  const ratios: [number[], number[]] = [[], []]
  for (let at = 0; at < statistics.length; at += STATISTICS) {
    if (statistics[at + TAIL_SIZE] === 0) continue
    deviations.push(statistics[at + DEVIATION]!)
    for (const side of [UPPER, LOWER] as const) {
      const spread = statistics[at + SPREAD + side]!
      if (spread > 0) ratios[side].push(statistics[at + MEAN_EXCESS + side]! / spread)
    }
  }
  const middle = median(deviations)
  return {
    deviation: middle > 0 ? middle : median(deviations.filter((deviation) => deviation > 0)),
    ratio: [median(ratios[UPPER], PLAIN_RATIO), median(ratios[LOWER], PLAIN_RATIO)],
  }
}

function median(values: readonly number[], ofNone = 0): number {
  if (values.length === 0) return ofNone
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The mean excess a thing is taken to have: its own, shrunk to the fleet's shape and floored by its scale. */
export function shrunkExcess(
  statistics: Float64Array,
  at: number,
  side: Side,
  { deviation, ratio }: FleetShape,
): number {
  const size = statistics[at + TAIL_SIZE]!
  const own = statistics[at + MEAN_EXCESS + side]!
  const expected = ratio[side] * statistics[at + SPREAD + side]!
  return Math.max(
    (size * own + FLEET_WEIGHT * expected) / (size + FLEET_WEIGHT),
    LEAST_DEVIATIONS * deviation,
    LEAST_EXCESS,
  )
}
