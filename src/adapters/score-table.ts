import type { ReachedLevel, ScoreRow } from '../detect/score-rows.ts'

/** What the name of a file of scores may end in. */
export const SCORE_EXTENSIONS: readonly string[] = ['.csv', '.ndjson', '.parquet']

/** Evaluated datapoints as columns that grow; `rows` of each are filled. Names are kept once each. */
export class ScoreTable {
  rows = 0
  thing: Int32Array = new Int32Array(0)
  behavior: Int32Array = new Int32Array(0)
  /** Start of the window. */
  time: Float64Array = new Float64Array(0)
  value: Float64Array = new Float64Array(0)
  s: Float64Array = new Float64Array(0)
  s0: Float64Array = new Float64Array(0)
  low: Float64Array = new Float64Array(0)
  high: Float64Array = new Float64Array(0)
  readonly level: ReachedLevel[] = []

  add(thing: number, behavior: number, time: number, row: ScoreRow): void {
    const at = this.#next()
    this.thing[at] = thing
    this.behavior[at] = behavior
    this.time[at] = time
    this.value[at] = row.value
    this.s[at] = brief(row.s)
    this.s0[at] = brief(row.s0)
    this.low[at] = brief(row.range.low)
    this.high[at] = brief(row.range.high)
    this.level[at] = row.level
  }

  /** Adds a row of another table. */
  copy(from: ScoreTable, row: number): void {
    const at = this.#next()
    this.thing[at] = from.thing[row]!
    this.behavior[at] = from.behavior[row]!
    this.time[at] = from.time[row]!
    this.value[at] = from.value[row]!
    this.s[at] = from.s[row]!
    this.s0[at] = from.s0[row]!
    this.low[at] = from.low[row]!
    this.high[at] = from.high[row]!
    this.level[at] = from.level[row]!
  }

  /** The rows by time, thing and behavior; `rank` is the place of each thing among all. */
  ordered(rank: Int32Array): Uint32Array {
    const { thing, behavior, time } = this
    return Uint32Array.from({ length: this.rows }, (_, row) => row).sort(
      (a, b) =>
        time[a]! - time[b]! || rank[thing[a]!]! - rank[thing[b]!]! || behavior[a]! - behavior[b]!,
    )
  }

  #next(): number {
    if (this.rows === this.thing.length) this.#grow(Math.max(1_024, this.rows * 2))
    return this.rows++
  }

  #grow(length: number): void {
    this.thing = grownInts(this.thing, length)
    this.behavior = grownInts(this.behavior, length)
    this.time = grownDoubles(this.time, length)
    this.value = grownDoubles(this.value, length)
    this.s = grownDoubles(this.s, length)
    this.s0 = grownDoubles(this.s0, length)
    this.low = grownDoubles(this.low, length)
    this.high = grownDoubles(this.high, length)
  }
}

function grownInts(column: Int32Array, length: number): Int32Array {
  const larger = new Int32Array(length)
  larger.set(column)
  return larger
}

function grownDoubles(column: Float64Array, length: number): Float64Array {
  const larger = new Float64Array(length)
  larger.set(column)
  return larger
}

/** Scores and forecasts are in single precision: seven digits say all of it. */
function brief(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(7)) : value
}
