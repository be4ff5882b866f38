import type { ReachedLevel, ScoreRow } from '../detect/score-rows.ts'

/** What the name of a file of scores may end in. */
export const SCORE_EXTENSIONS: readonly string[] = ['.csv', '.ndjson', '.parquet']

const ROWS = 65_536

/** Evaluated datapoints as columns; `rows` of each are filled. Names are kept once each. */
export class ScoreTable {
  rows = 0
  readonly thing: Int32Array = new Int32Array(ROWS)
  readonly behavior: Int32Array = new Int32Array(ROWS)
  /** Start of the window. */
  readonly time: Float64Array = new Float64Array(ROWS)
  readonly value: Float64Array = new Float64Array(ROWS)
  readonly s: Float64Array = new Float64Array(ROWS)
  readonly s0: Float64Array = new Float64Array(ROWS)
  readonly low: Float64Array = new Float64Array(ROWS)
  readonly high: Float64Array = new Float64Array(ROWS)
  readonly level: ReachedLevel[] = []

  /** True when it is full. */
  add(thing: number, behavior: number, time: number, row: ScoreRow): boolean {
    const at = this.rows++
    this.thing[at] = thing
    this.behavior[at] = behavior
    this.time[at] = time
    this.value[at] = row.value
    this.s[at] = brief(row.s)
    this.s0[at] = brief(row.s0)
    this.low[at] = brief(row.range.low)
    this.high[at] = brief(row.range.high)
    this.level[at] = row.level
    return this.rows === ROWS
  }
}

/** Scores and forecasts are in single precision: seven digits say all of it. */
function brief(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(7)) : value
}
