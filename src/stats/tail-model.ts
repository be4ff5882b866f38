import { binOfPattern, binValue } from './float-bins.ts'
import { fleetCap, ownCap, tailScore, XI } from './pareto-tail.ts'
import {
  BASE,
  COUNT,
  GATE_COUNT,
  GATES,
  QUANTILE,
  type Side,
  STEEPNESS,
  TAIL_AT,
  TAIL_LENGTHS,
  type TailTable,
  TAIL_WORDS,
  tailTable,
  LOWER,
  UPPER,
} from './thing-tail.ts'

/** So many things must have a record of their own before the fleet judges those that have none. */
const LEAST_EXPERIENCED = 3
/** Records behind those of the seats: the fleet's, and an empty one, by which nothing is unusual. */
export const EXTRA_RECORDS = 2

/**
 * A fitted model's bytes: a header of doubles, a record per seat and two more for the fleet as a whole
 * (things without history of their own are judged by it) and for nobody, four tables of how many are at least as
 * extreme, the things' tail bins.
 */
const HEADER_DOUBLES = 16
const SEATS = 0
const REFRESHED = 1
/** Excesses in the fleet's two tables. */
const EXCESSES = 2
/** The fleet's shape, for people. */
const DEVIATION = 4
/** Things with a record of their own. */
const EXPERIENCED = 5
/** 1 where what is too low is unusual too; behind the places of the tables. */
const TWO_SIDED = 14
/** First key and length of each table: the fleet's excesses above and below, its values above and below. */
const TABLES = 6
const TABLE_COUNT = 4
const VALUES = 2

/** Cumulated counts: how many of a multiset of bins lie at a bin or beyond. */
export interface AtLeast {
  first: number
  counts: Uint32Array
}

export interface ModelParts {
  seats: number
  /** The window from which on the datapoints are newer than the model's. */
  refreshed: number
  deviation: number
  /** Records of all seats, the fleet's and an empty one. */
  records: Uint32Array
  /** Things with a record of their own. */
  experienced: number
  twoSided: boolean
  excesses: readonly [upper: number, lower: number]
  tables: readonly [AtLeast, AtLeast, AtLeast, AtLeast]
  tails: Int16Array
}

export function encodeTailModel(parts: ModelParts): Uint8Array {
  const { seats, refreshed, deviation, records, experienced, twoSided, excesses, tables, tails } =
    parts
  const cells = tables.reduce((sum, { counts }) => sum + counts.length, 0)
  const size = HEADER_DOUBLES * 8 + records.byteLength + cells * 4 + tails.byteLength
  const bytes = new Uint8Array(new SharedArrayBuffer((size + 7) & ~7))
  const header = new Float64Array(bytes.buffer, 0, HEADER_DOUBLES)
  header[SEATS] = seats
  header[REFRESHED] = refreshed
  header[DEVIATION] = deviation
  header[EXPERIENCED] = experienced
  header[TWO_SIDED] = twoSided ? 1 : 0
  header.set(excesses, EXCESSES)
  let at = HEADER_DOUBLES * 8
  new Uint32Array(bytes.buffer, at, records.length).set(records)
  at += records.byteLength
  for (const [i, { first, counts }] of tables.entries()) {
    header[TABLES + 2 * i] = first
    header[TABLES + 2 * i + 1] = counts.length
    new Uint32Array(bytes.buffer, at, counts.length).set(counts)
    at += counts.byteLength
  }
  new Int16Array(bytes.buffer, at, tails.length).set(tails)
  return bytes
}

const float = new Float32Array(1)
const pattern = new Int32Array(float.buffer)
const FIRST_QUARTER = 0.625
const NO_CAP = Number.POSITIVE_INFINITY

/** A fitted model, to score with. */
export class TailModel {
  readonly seats: number
  readonly refreshed: number
  readonly deviation: number
  readonly twoSided: boolean
  readonly table: TailTable
  readonly #excesses: readonly [number, number]
  /** The record of things without one. */
  readonly #stranger: number
  readonly #tables: readonly AtLeast[]
  readonly #tails: Int16Array

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    const header = new Float64Array(buffer, byteOffset, HEADER_DOUBLES)
    this.seats = header[SEATS]!
    this.refreshed = header[REFRESHED]!
    this.deviation = header[DEVIATION]!
    this.twoSided = header[TWO_SIDED] === 1
    this.#excesses = [header[EXCESSES]!, header[EXCESSES + 1]!]
    let at = byteOffset + HEADER_DOUBLES * 8
    this.#stranger = header[EXPERIENCED]! < LEAST_EXPERIENCED ? this.seats + 1 : this.seats
    this.table = tailTable(buffer, at, this.seats + EXTRA_RECORDS)
    at += (this.seats + EXTRA_RECORDS) * TAIL_WORDS * 4
    this.#tables = Array.from({ length: TABLE_COUNT }, (_, i) => {
      const length = header[TABLES + 2 * i + 1]!
      const counts = new Uint32Array(buffer, at, length)
      at += length * 4
      return { first: header[TABLES + 2 * i]!, counts }
    })
    this.#tails = new Int16Array(buffer, at, (byteOffset + byteLength - at) >> 1)
  }

  /**
   * The record that judges a seat whose series began in window `since`: its own, or the fleet's; nobody's
   * as long as hardly any thing has one.
   */
  recordOf(seat: number, since: number): number {
    if (seat >= this.seats || since >= this.refreshed) return this.#stranger
    return this.table.floats[seat * TAIL_WORDS + COUNT]! > 0 ? seat : this.#stranger
  }

  /** Datapoints behind a record. */
  datapoints(record: number): number {
    return this.table.floats[record * TAIL_WORDS + COUNT]!
  }

  /**
   * The score of a residual's bin, in [0, 15]: 0 well inside; then the middle of a quarter; exact
   * beyond the tail quantiles. What was foreseen (bin 0) is never unusual.
   */
  score(record: number, bin: number): number {
    const { halves, floats } = this.table
    const word = record * TAIL_WORDS
    const gates = (word + GATES) * 2
    // Gates reached are counted by the signs of differences: which are cannot be foreseen, so no branches.
    let quarters = 0
    if (bin === 0) return 0
    if (bin >= halves[gates + 6]!) {
      if (bin >= halves[gates + GATE_COUNT - 1]!) return this.#beyond(record, UPPER, bin)
      for (let gate = gates + 7; gate < gates + 11; gate++)
        quarters += (halves[gate]! - bin - 1) >>> 31
    } else if (bin < halves[gates + 5]!) {
      if (bin < halves[gates]!) return this.#beyond(record, LOWER, bin)
      for (let gate = gates + 1; gate < gates + 5; gate++) quarters += (bin - halves[gate]!) >>> 31
    } else return 0
    return Math.min(floats[word + BASE]!, FIRST_QUARTER + 0.25 * quarters)
  }

  #beyond(record: number, side: Side, bin: number): number {
    if (this.datapoints(record) === 0) return 0
    const score = this.tailAlone(record, side, bin)
    return Math.min(score, this.ownCap(record, side, bin), this.fleetCap(record, side, bin))
  }

  /** Whether a bin lies beyond a record's tail quantile. */
  isBeyond(record: number, side: Side, bin: number): boolean {
    const gates = (record * TAIL_WORDS + GATES) * 2
    const { halves } = this.table
    return side === UPPER ? bin >= halves[gates + GATE_COUNT - 1]! : bin < halves[gates]!
  }

  /** The score of a bin beyond the tail quantile by the shape of the tail alone. */
  tailAlone(record: number, side: Side, bin: number): number {
    const { floats } = this.table
    const word = record * TAIL_WORDS
    const excess = this.excess(record, side, bin)
    return tailScore(floats[word + BASE]!, excess, floats[word + STEEPNESS + side]!)
  }

  /** The most that a bin beyond the tail quantile may score by the record's own values. */
  ownCap(record: number, side: Side, bin: number): number {
    const extreme = this.ownExtreme(record, side, bin)
    return extreme === 0 ? NO_CAP : ownCap(extreme, this.datapoints(record))
  }

  /** The same by the fleet's excesses; the fleet as a whole has none but its own values. */
  fleetCap(record: number, side: Side, bin: number): number {
    if (record === this.seats) return NO_CAP
    const extreme = this.fleetExtreme(record, side, bin)
    const base = this.table.floats[record * TAIL_WORDS + BASE]!
    return extreme === 0 ? NO_CAP : fleetCap(base, extreme, this.#excesses[side])
  }

  /** How far a bin lies beyond a record's tail quantile. */
  excess(record: number, side: Side, bin: number): number {
    const quantile = this.table.floats[record * TAIL_WORDS + QUANTILE + side]!
    const value = binValue(bin)
    return side === UPPER ? value - quantile : quantile - value
  }

  /** How many of the datapoints behind a record are as extreme as a bin beyond its quantile. */
  ownExtreme(record: number, side: Side, bin: number): number {
    if (record === this.seats) {
      return atLeast(this.#tables[VALUES + side]!, side === UPPER ? bin : ~bin)
    }
    const { words } = this.table
    const word = record * TAIL_WORDS
    const lengths = words[word + TAIL_LENGTHS]!
    const above = lengths & 0xffff
    const tails = this.#tails
    const from = words[word + TAIL_AT]! + (side === UPPER ? 0 : above)
    const to = from + (side === UPPER ? above : lengths >>> 16)
    let at = from
    if (side === UPPER) while (at < to && tails[at]! >= bin) at++
    else while (at < to && tails[at]! <= bin) at++
    return at - from
  }

  /** How many of the fleet's excesses, each in units of its own thing's, are as large as this one. */
  fleetExtreme(record: number, side: Side, bin: number): number {
    const steepness = this.table.floats[record * TAIL_WORDS + STEEPNESS + side]!
    return atLeast(this.#tables[side]!, excessBin(this.excess(record, side, bin), steepness))
  }

  /** The fleet's excesses on a side, of all things. */
  excesses(side: Side): number {
    return this.#excesses[side]
  }
}

/** The bin of an excess in units of the mean excess behind `steepness`. */
export function excessBin(excess: number, steepness: number): number {
  float[0] = excess * steepness * ((1 - XI) / XI)
  return binOfPattern(pattern[0]!)
}

function atLeast({ first, counts }: AtLeast, key: number): number {
  const at = key - first
  return at >= counts.length ? 0 : counts[at < 0 ? 0 : at]!
}
