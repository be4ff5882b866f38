import { exp, log } from './elementary.ts'
import type { OrderedWindow } from './ordered-window.ts'
import { rarity, SCORE_LIMIT, tailSize } from './pareto-tail.ts'

/**
 * The tail of one series by itself, as it is at this very datapoint: beyond the 2 % quantile of either
 * side of its trailing window a generalized Pareto distribution (Pickands 1975) whose shape and scale
 * are fitted to the excesses by their mean and variance (Hosking and Wallis 1987); inside the ranks.
 */
const GREATEST_SHAPE = 0.5
/** Below this the tail is taken for an exponential one. */
const LEAST_SHAPE = 1e-6
/** The least mean excess, in distances of the quartiles and in ranges. */
const LEAST_OF_QUARTILES = 0.02
const LEAST_OF_RANGE = 0.002
const ROUNDING = 1e-9
const LEAST_SCALE = 1e-12
const LOG10E = 1 / log(10)

/** With fewer datapoints the two tails would meet. */
export const LEAST_WINDOW = 24

/**
 * The score of `x` by what came before: -log10 of a two-sided tail probability, in [0, 15]. `window`
 * holds at least LEAST_WINDOW numbers, `x` not yet among them; `below` of them are less.
 */
export function trailingScore(window: OrderedWindow, x: number, below: number): number {
  const { count } = window
  const size = tailSize(count)
  const upper = window.at(count - 1 - size)
  const lower = window.at(size)
  if (x > upper) return beyond(window, size, x - upper, upper, 1)
  if (x < lower) return beyond(window, size, lower - x, lower, -1)
  const rank = 0.5 * (below + window.notAbove(x, below))
  return rarity(Math.min(rank, count - rank), count)
}

function beyond(
  window: OrderedWindow,
  size: number,
  excess: number,
  quantile: number,
  side: 1 | -1,
): number {
  fitTail(window, size, quantile, side)
  const [xi, sigma] = [fitted[SHAPE]!, fitted[SCALE]!]
  const fall =
    xi < LEAST_SHAPE ? (excess / sigma) * LOG10E : (log(1 + (xi * excess) / sigma) * LOG10E) / xi
  return Math.min(SCORE_LIMIT, rarity(size, window.count) + fall)
}

/** Shape and scale of the tail that was fitted last. */
const fitted = new Float64Array(2)
const SHAPE = 0
const SCALE = 1

function fitTail(window: OrderedWindow, size: number, quantile: number, side: 1 | -1): void {
  const { count } = window
  let sum = 0
  let squares = 0
  for (let i = 0; i < size; i++) {
    const e = side === 1 ? window.at(count - 1 - i) - quantile : quantile - window.at(i)
    sum += e
    squares += e * e
  }
  const mean = sum / size
  const variance = squares / size - mean * mean
  const shape = variance > 0 ? 0.5 * (1 - (mean * mean) / variance) : 0
  const xi = shape < 0 ? 0 : shape > GREATEST_SHAPE ? GREATEST_SHAPE : shape
  fitted[SHAPE] = xi
  fitted[SCALE] = Math.max(Math.max(mean, leastExcess(window)) * (1 - xi), LEAST_SCALE)
}

/** The number on a side of `window` from which on `trailingScore` is at least `level`, in (0, 15). */
export function trailingBound(window: OrderedWindow, level: number, side: 1 | -1): number {
  const { count } = window
  const size = tailSize(count)
  const base = rarity(size, count)
  if (level <= base) {
    const rank = Math.max(0, Math.floor((count + 1) * exp(-level / LOG10E) - 0.5))
    return window.at(side === 1 ? count - 1 - rank : rank)
  }
  const quantile = window.at(side === 1 ? count - 1 - size : size)
  fitTail(window, size, quantile, side)
  const [xi, sigma] = [fitted[SHAPE]!, fitted[SCALE]!]
  const fall = (level - base) / LOG10E
  const excess = xi < LEAST_SHAPE ? sigma * fall : (sigma * (exp(xi * fall) - 1)) / xi
  return quantile + side * excess
}

/** Where a tail is (almost) a point, the body says how far is far. */
function leastExcess(window: OrderedWindow): number {
  const { count } = window
  const quartiles = window.at(Math.floor(0.75 * count)) - window.at(Math.floor(0.25 * count))
  const range = window.at(count - 1) - window.at(0)
  const floor = Math.max(LEAST_OF_QUARTILES * quartiles, LEAST_OF_RANGE * range)
  const median = Math.abs(window.at(count >> 1))
  return floor + ROUNDING * (median + ROUNDING) + LEAST_SCALE
}
