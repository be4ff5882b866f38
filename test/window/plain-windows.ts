import { METRICS, type Row } from './rows.ts'

/** What a thing's metric came to in one window. */
export interface PlainCell {
  /** The value, and of a size minimum, sum and count. */
  values: number[]
  /** Milliseconds into the window of the last value. */
  last: number
}

export interface PlainFilled {
  late: number
  lateTime: number
  refused: number
}

/** The windows as they are defined, without a thought for speed: all rows are kept until closing. */
export class PlainWindows {
  readonly #windowMs: number
  readonly #limit: number
  readonly #maxThings: number
  readonly #things: Set<string> = new Set()
  /** Rows by window, then by thing and metric. */
  readonly #rows: Map<number, Map<string, Row[]>> = new Map()
  #firstOpen = Number.NEGATIVE_INFINITY

  constructor(windowMs: number, limit: number, maxThings: number) {
    this.#windowMs = windowMs
    this.#limit = limit
    this.#maxThings = maxThings
  }

  fill(rows: readonly Row[]): PlainFilled {
    const filled = { late: 0, lateTime: Number.POSITIVE_INFINITY, refused: 0 }
    for (const row of rows) {
      const window = Math.floor(row.time / this.#windowMs)
      if (window < this.#firstOpen) {
        filled.late++
        filled.lateTime = Math.min(filled.lateTime, row.time)
      } else if (row.time < this.#limit) {
        if (this.#things.size < this.#maxThings) this.#things.add(row.thing)
        if (this.#things.has(row.thing)) this.#keep(window, row)
        else filled.refused++
      }
    }
    return filled
  }

  close(boundary: number): Map<number, Map<string, PlainCell>> {
    this.#firstOpen = Math.max(this.#firstOpen, boundary)
    const closed = new Map<number, Map<string, PlainCell>>()
    for (const window of [...this.#rows.keys()].sort((a, b) => a - b)) {
      if (window >= boundary) continue
      const cells = [...this.#rows.get(window)!].map(
        ([key, rows]) => [key, cellOf(rows, window * this.#windowMs)] as const,
      )
      closed.set(window, new Map(cells))
      this.#rows.delete(window)
    }
    return closed
  }

  #keep(window: number, row: Row): void {
    const rows = this.#rows.get(window) ?? new Map<string, Row[]>()
    this.#rows.set(window, rows)
    const key = `${row.thing} ${row.metric}`
    rows.set(key, [...(rows.get(key) ?? []), row])
  }
}

function cellOf(rows: readonly Row[], start: number): PlainCell {
  const { aggregation } = METRICS[rows[0]!.metric]!
  const values = rows.map(({ value }) => value)
  const time = Math.max(...rows.map((row) => row.time))
  const last = time - start
  if (aggregation === 'sum') return { values: [exactSum(values)], last }
  if (aggregation === 'last') {
    const latest = rows.filter((row) => row.time === time).map(({ value }) => value)
    return { values: [Math.max(...latest)], last }
  }
  const sizes = rows.map(({ value, size }) => size ?? [value, value, 1])
  return {
    values: [
      Math.max(...values),
      Math.min(...sizes.map(([min]) => min)),
      exactSum(sizes.map(([, sum]) => sum)),
      sizes.reduce((total, [, , count]) => total + count, 0),
    ],
    last,
  }
}

/** Bits behind the point that `exactSum` keeps. */
const FRACTION_BITS = 80

/** The sum of doubles that are multiples of 2^-80, rounded once. */
function exactSum(values: readonly number[]): number {
  const total = values.reduce((sum, value) => sum + BigInt(value * 2 ** FRACTION_BITS), 0n)
  return Number(total) / 2 ** FRACTION_BITS
}
