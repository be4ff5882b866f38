import { fleetShape, shrunkExcess } from '../../src/stats/fleet-step.ts'
import { cadenceOf } from '../../src/stats/forecasts.ts'
import {
  fleetCap,
  ownCap,
  rarity,
  steepnessOf,
  tailScore,
  tailSize,
} from '../../src/stats/pareto-tail.ts'
import {
  DEVIATION,
  LOWER,
  MEAN_EXCESS,
  type Side,
  SPREAD,
  STATISTICS,
  TAIL_SIZE,
  UPPER,
} from '../../src/stats/thing-tail.ts'

const TRAINING_DAYS = 14
const LEAST_HISTORY = 200
/** Of a thing's deviation: residuals that are nearer to one another than that are the same. */
const SAME = 1e-9

/** A series in order, one value a window, none missing. */
type Values = readonly number[]

/** What neither of the two forecasts foresaw, in double precision. */
export function exactResiduals(values: Values, perDay: number): number[] {
  const { weight, window } = cadenceOf(perDay)
  let mean = values[0]!
  return values.map((x, i) => {
    const before = values.slice(Math.max(0, i - window), i)
    const [a, b] = [x - mean, x - (before.length === 0 ? x : medianOf(before))]
    mean += weight * (x - mean)
    return Math.abs(a) < Math.abs(b) ? a : b
  })
}

interface ThingTail {
  /** Residuals of the trailing days, ascending. */
  known: Float64Array
  statistics: Float64Array
  same: number
}

/**
 * The full model's scores before habituation and final shift, without any bins and by another route: all
 * residuals kept, sorted and counted. By thing; NaN where it has hardly any history.
 */
export function exactScores(fleet: readonly Values[], perDay: number): number[][] {
  const residuals = fleet.map((values) => exactResiduals(values, perDay))
  const scores = residuals.map((own) => own.map(() => Number.NaN))
  for (let from = perDay; from < fleet[0]!.length; from += perDay) {
    const tails = residuals.map((own) =>
      tailOf(own.slice(Math.max(0, from - TRAINING_DAYS * perDay), from)),
    )
    const shape = fleetShape(
      Float64Array.from(
        tails.flatMap((tail) => [...(tail?.statistics ?? new Float64Array(STATISTICS))]),
      ),
    )
    const means = tails.map((tail) =>
      tail === null
        ? [0, 0]
        : [UPPER, LOWER].map((side) => shrunkExcess(tail.statistics, 0, side as Side, shape)),
    )
    const pools = [UPPER, LOWER].map((side) =>
      tails.flatMap((tail, i) =>
        tail === null
          ? []
          : excesses(tail, side as Side).map((excess) => excess / means[i]![side]!),
      ),
    )
    for (const [thing, tail] of tails.entries()) {
      if (tail === null) continue
      for (let at = from; at < Math.min(from + perDay, residuals[thing]!.length); at++) {
        scores[thing]![at] = scoreOf(residuals[thing]![at]!, tail, means[thing]!, pools)
      }
    }
  }
  return scores
}

function tailOf(residuals: readonly number[]): ThingTail | null {
  if (residuals.length < LEAST_HISTORY) return null
  const known = Float64Array.from(residuals).sort()
  const { length } = known
  const size = tailSize(length)
  const mean = known.reduce((sum, r) => sum + r, 0) / length
  const deviation = Math.sqrt(known.reduce((sum, r) => sum + (r - mean) ** 2, 0) / length)
  const statistics = new Float64Array(STATISTICS)
  const tail = { known, statistics, same: SAME * deviation }
  const median = known[length >> 1]!
  statistics[TAIL_SIZE] = size
  statistics[DEVIATION] = deviation
  for (const side of [UPPER, LOWER] as const) {
    const sum = excesses(tail, side).reduce((total, excess) => total + excess, 0)
    statistics[MEAN_EXCESS + side] = sum / size
    statistics[SPREAD + side] = Math.abs(quantile(tail, side) - median)
  }
  return tail
}

function quantile({ known }: Pick<ThingTail, 'known'>, side: Side): number {
  const size = tailSize(known.length)
  return side === UPPER ? known[known.length - 1 - size]! : known[size]!
}

/** Of what lies beyond the quantile of a side. */
function excesses(tail: Pick<ThingTail, 'known' | 'same'>, side: Side): number[] {
  const from = quantile(tail, side)
  return [...tail.known]
    .map((r) => (side === UPPER ? r - from : from - r))
    .filter((excess) => excess > tail.same)
}

function scoreOf(
  residual: number,
  tail: ThingTail,
  means: readonly number[],
  pools: readonly (readonly number[])[],
): number {
  const { known, same } = tail
  if (Math.abs(residual) <= same) return 0
  const base = rarity(tailSize(known.length), known.length)
  const side: Side = residual > 0 ? UPPER : LOWER
  const excess =
    side === UPPER ? residual - quantile(tail, UPPER) : quantile(tail, LOWER) - residual
  const asExtreme = known.filter((r) =>
    side === UPPER ? r >= residual - same : r <= residual + same,
  )
  if (excess <= same) return Math.min(base, rarity(asExtreme.length, known.length))
  const scaled = excess / means[side]!
  const pooled = pools[side]!.filter((other) => other >= scaled * (1 - SAME)).length
  return Math.min(
    tailScore(base, excess, steepnessOf(means[side]!)),
    asExtreme.length === 0 ? Number.POSITIVE_INFINITY : ownCap(asExtreme.length, known.length),
    pooled === 0 ? Number.POSITIVE_INFINITY : fleetCap(base, pooled, pools[side]!.length),
  )
}

function medianOf(values: Values): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
