import type { EpochMs } from '../domain/time.ts'

/**
 * The rows of one chunk, group by group of time: rows in no order at all would else be written all over
 * the memory one by one. Used again from chunk to chunk.
 */
export class TimeGroups {
  /** Numbers of the groups: their start in units of their width. */
  readonly numbers: number[] = []
  /** `order[ends[i - 1] ... ends[i])` are the rows of `numbers[i]`. */
  readonly ends: number[] = []
  order: Int32Array = new Int32Array(0)
  /** Which group a row is in. */
  #places: Int32Array = new Int32Array(0)
  readonly #placeOf: Map<number, number> = new Map()

  /** Groups the first `rows` rows, but for those at `limit` or later. */
  group(time: Float64Array, rows: number, widthMs: number, limit: EpochMs): void {
    this.#reset(rows)
    const counts = this.ends
    const places = this.#places
    let place = -1
    let start = Number.POSITIVE_INFINITY
    let end = Number.NEGATIVE_INFINITY
    for (let i = 0; i < rows; i++) {
      const t = time[i]!
      if (t >= limit) {
        places[i] = -1
        continue
      }
      if (t < start || t >= end) {
        const number = Math.floor(t / widthMs)
        place = this.#place(number)
        start = number * widthMs
        end = start + widthMs
      }
      places[i] = place
      counts[place]!++
    }
    this.#sort(rows)
  }

  #reset(rows: number): void {
    this.numbers.length = 0
    this.ends.length = 0
    this.#placeOf.clear()
    if (this.order.length >= rows) return
    this.order = new Int32Array(rows)
    this.#places = new Int32Array(rows)
  }

  #place(number: number): number {
    const known = this.#placeOf.get(number)
    if (known !== undefined) return known
    this.#placeOf.set(number, this.numbers.length)
    this.ends.push(0)
    return this.numbers.push(number) - 1
  }

  /** From counts to ends, by way of starts. */
  #sort(rows: number): void {
    const { ends, order } = this
    const places = this.#places
    let start = 0
    for (let place = 0; place < ends.length; place++) {
      const count = ends[place]!
      ends[place] = start
      start += count
    }
    for (let i = 0; i < rows; i++) {
      const place = places[i]!
      if (place >= 0) order[ends[place]!++] = i
    }
  }
}
