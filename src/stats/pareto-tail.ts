import { log } from './elementary.ts'

/**
 * Scores of values beyond a tail quantile u: -log10 of a tail probability. A generalized Pareto tail
 * (Pickands 1975) with the fixed shape XI, held down by empirical caps.
 */
export const XI = 0.15
/** No score exceeds this, whatever the evidence. */
export const SCORE_LIMIT = 15
/** What the caps of a thing's own values and of the fleet's excesses leave a value beyond what was seen. */
const OWN_SLACK = 0.5
const FLEET_SLACK = 0.3

/** The share of values counted as a tail, and how many they are at least. */
const TAIL_SHARE = 0.02
const LEAST_TAIL = 10

const LOG10E = 1 / log(10)

/** How many of `count` > 0 values make a tail. */
export function tailSize(count: number): number {
  return Math.min(Math.max(LEAST_TAIL, Math.floor(TAIL_SHARE * count)), count - 1)
}

/** -log10 of the share of `extreme` values among `count`, never certain: (extreme + 1/2) / (count + 1). */
export function rarity(extreme: number, count: number): number {
  return -log((extreme + 0.5) / (count + 1)) * LOG10E
}

/**
 * The score of a value that exceeds u by `excess` > 0. `base` is the score of u, `steepness` is
 * xi / sigma with sigma = mean excess * (1 - xi).
 */
export function tailScore(base: number, excess: number, steepness: number): number {
  return Math.min(SCORE_LIMIT, base + log(1 + excess * steepness) * (LOG10E / XI))
}

/** The `steepness` that a mean excess > 0 stands for. */
export function steepnessOf(meanExcess: number): number {
  return XI / (meanExcess * (1 - XI))
}

/** The most a value may score of which the thing's `count` values have `extreme` >= 1 as extreme. */
export function ownCap(extreme: number, count: number): number {
  return rarity(extreme, count) + OWN_SLACK
}

/**
 * The most a value may score if `extreme` >= 1 of the fleet's `excesses`, each in units of its own
 * thing's mean excess, are as large.
 */
export function fleetCap(base: number, extreme: number, excesses: number): number {
  return base + rarity(extreme, excesses) + FLEET_SLACK
}
