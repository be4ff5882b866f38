import { type CompactDay, excessBin, type ExcessCounts, moments } from './compact-summary.ts'
import { fleetCap, rarity, steepnessOf, tailScore } from './pareto-tail.ts'
import { binValue } from './float-bins.ts'
import { LOWER, type Side, UPPER } from './thing-tail.ts'

/**
 * The fitted model of compact series: one two-sided tail for the whole fleet, of excesses beyond each
 * thing's own quantile in units of its own scale. As bytes a header of doubles and, per side, how many
 * excesses lie at each bin or beyond.
 */
const HEADER_DOUBLES = 16
const JUDGED = 0
/** The fleet's deviation and quantiles: those of the things that a young one is taken to be like. */
const FLEET = 1
const DEVIATION = 4
/** Per side: excesses, score of the quantile, steepness, first bin of the table and its length. */
const SIDES = 5
const SIDE_DOUBLES = 5
/** Things that are compared with themselves. */
const EXPERIENCED = 15

/** Excesses of fewer datapoints make no model. */
const LEAST_DATAPOINTS = 200
/** With fewer excesses their mean is not theirs but 1. */
const LEAST_EXCESSES = 5
const LEAST_MEAN = 0.3
/** The least unit of a thing's excesses: in deviations of the middle thing, and of its own quantile. */
const LEAST_DEVIATIONS = 0.8
const LEAST_QUANTILE = 0.25
const LEAST_UNIT = 1e-12

/** What a series' residuals are compared with: where its tails begin, and the unit of what lies beyond. */
export interface OwnScale {
  /** Distance from the forecast above and below, 0 or more. */
  from: readonly [upper: number, lower: number]
  unit: readonly [upper: number, lower: number]
  datapoints: number
}

/** Deviation and quantiles of residuals. */
export interface Spread {
  deviation: number
  high: number
  low: number
}

/** What a fleet is like as a day begins. */
export interface FleetSpread {
  /** The middle thing's deviation; of those that vary, if most do not. */
  middle: number
  /** Of what is ordinary the widest: a thing without history is taken to be like that. */
  widest: Spread
  /** Things that are compared with themselves. */
  experienced: number
}

/** So many there must be before those without history are compared with them. */
const LEAST_EXPERIENCED = 3
const NO_SCALE: OwnScale = {
  from: [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  unit: [1, 1],
  datapoints: 0,
}

/** The unit of excesses beyond `from`, for a thing of this deviation in a fleet of that one. */
export function leastUnit(own: number, fleet: number, from: number): number {
  return Math.max(own, LEAST_DEVIATIONS * fleet, LEAST_QUANTILE * from, LEAST_UNIT)
}

export function scaleOf(own: Spread, fleet: number, datapoints: number): OwnScale {
  const { deviation, high, low } = own
  return {
    from: [high, -low],
    unit: [leastUnit(deviation, fleet, high), leastUnit(deviation, fleet, -low)],
    datapoints,
  }
}

/** Fits the trailing days' excesses. */
export function fitExcesses(
  { judged, excesses }: CompactDay,
  { middle, widest, experienced }: FleetSpread,
  twoSided: boolean,
): Uint8Array {
  const tables = excesses.map(cumulated)
  const cells = tables.reduce((sum, table) => sum + table.length, 0)
  const bytes = new Uint8Array(new SharedArrayBuffer(HEADER_DOUBLES * 8 + ((cells * 4 + 7) & ~7)))
  const header = new Float64Array(bytes.buffer, 0, HEADER_DOUBLES)
  header[JUDGED] = judged
  header.set([widest.deviation, widest.high, widest.low, middle], FLEET)
  header[EXPERIENCED] = experienced
  let at = HEADER_DOUBLES * 8
  for (const side of [UPPER, LOWER] as const) {
    const { size, mean } = moments(excesses[side])
    const usual = size < LEAST_EXCESSES ? 1 : mean
    const isJudged = judged >= LEAST_DATAPOINTS && (side === UPPER || twoSided)
    header.set(
      [
        size,
        isJudged ? rarity(size, judged) : 0,
        isJudged ? steepnessOf(Math.max(usual, LEAST_MEAN)) : 0,
        excesses[side].bins[0] ?? 0,
        tables[side]!.length,
      ],
      SIDES + side * SIDE_DOUBLES,
    )
    new Uint32Array(bytes.buffer, at, tables[side]!.length).set(tables[side]!)
    at += tables[side]!.byteLength
  }
  return bytes
}

/** How many there are at each bin from the first on, or beyond. */
function cumulated({ bins, counts }: ExcessCounts): Uint32Array {
  const first = bins[0] ?? 0
  const table = new Uint32Array(bins.length === 0 ? 0 : bins.at(-1) - first + 1)
  bins.forEach((bin, i) => {
    table[bin - first] = counts[i]!
  })
  for (let i = table.length - 2; i >= 0; i--) table[i]! += table[i + 1]!
  return table
}

/** One side of a fitted model. */
interface Tail {
  size: number
  base: number
  /** 0: nothing on this side is unusual. */
  steepness: number
  first: number
  atLeast: Uint32Array
}

/** A fitted model, to score with. */
export class ExcessModel {
  /** Datapoints behind it. */
  readonly judged: number
  /** The middle thing's deviation. */
  readonly deviation: number
  /** Of the things of the fleet the widest, but for a few. */
  readonly widest: OwnScale
  /** What a thing without history is compared with. */
  readonly young: OwnScale
  readonly #tails: readonly [Tail, Tail]

  constructor({ buffer, byteOffset }: Uint8Array) {
    const header = new Float64Array(buffer, byteOffset, HEADER_DOUBLES)
    this.judged = header[JUDGED]!
    this.deviation = header[DEVIATION]!
    const [deviation, high, low] = header.subarray(FLEET) as unknown as [number, number, number]
    this.widest = scaleOf({ deviation, high, low }, this.deviation, 0)
    this.young = header[EXPERIENCED]! < LEAST_EXPERIENCED ? NO_SCALE : this.widest
    let at = byteOffset + HEADER_DOUBLES * 8
    const tail = (side: Side): Tail => {
      const own = header.subarray(SIDES + side * SIDE_DOUBLES)
      const [size, base, steepness, first, length] = own as unknown as [
        number,
        number,
        number,
        number,
        number,
      ]
      const atLeast = new Uint32Array(buffer, at, length)
      at += atLeast.byteLength
      return { size, base, steepness, first, atLeast }
    }
    this.#tails = [tail(UPPER), tail(LOWER)]
  }

  /** The score of an excess's bin on a side, in [0, 15]. */
  score(side: Side, bin: number): number {
    const { steepness } = this.#tails[side]
    return steepness === 0 ? 0 : Math.min(this.tailAlone(side, bin), this.cap(side, bin))
  }

  /** The score of a residual of a thing without history. */
  scoreOfYoung(residual: number): number {
    const side = residual > 0 ? UPPER : LOWER
    const excess = Math.abs(residual) - this.young.from[side]
    return excess > 0 ? this.score(side, excessBin(excess / this.young.unit[side])) : 0
  }

  /** By the shape of the tail alone. */
  tailAlone(side: Side, bin: number): number {
    const { base, steepness } = this.#tails[side]
    return tailScore(base, binValue(bin), steepness)
  }

  /** The most that a bin may score by the excesses that were seen. */
  cap(side: Side, bin: number): number {
    const { base, size } = this.#tails[side]
    const extreme = this.extreme(side, bin)
    return extreme === 0 ? Number.POSITIVE_INFINITY : fleetCap(base, extreme, size)
  }

  /** How many of the excesses on a side are as large. */
  extreme(side: Side, bin: number): number {
    const { first, atLeast } = this.#tails[side]
    const at = bin - first
    return at >= atLeast.length ? 0 : atLeast[at < 0 ? 0 : at]!
  }

  /** The excesses on a side, of all things. */
  size(side: Side): number {
    return this.#tails[side].size
  }

  isJudged(side: Side): boolean {
    return this.#tails[side].steepness > 0
  }
}
