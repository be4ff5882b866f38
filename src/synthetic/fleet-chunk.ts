import type { Names } from '../columnar/name-table.ts'
import { SLOTS } from './metrics.ts'

/**
 * Columns of generated datapoints, in order of arrival. The rows of a thing's report stand together,
 * with the same time and in the order of `metrics`, never parted by the end of a chunk.
 * The columns are overwritten by the next chunk: whoever keeps them copies them.
 */
export interface FleetChunk {
  rows: number
  /** Index into `things`. */
  thing: Int32Array
  /** Index into `metrics`. */
  metric: Int32Array
  time: Float64Array
  value: Float64Array
  /** The whole fleet, the same in every chunk. */
  things: Names
  metrics: readonly string[]
}

const CAPACITY = 16_384

/** Turns vectors of values into rows of the metrics asked for. */
export class ChunkWriter {
  readonly #thing: Int32Array = new Int32Array(CAPACITY)
  readonly #metric: Int32Array = new Int32Array(CAPACITY)
  readonly #time: Float64Array = new Float64Array(CAPACITY)
  readonly #value: Float64Array = new Float64Array(CAPACITY)
  readonly #things: Names
  readonly #metrics: readonly string[]
  /** By index of the metric: where its value stands in the vector. */
  readonly #slots: Uint8Array
  #rows = 0

  constructor(things: Names, metrics: readonly string[], slots: readonly number[]) {
    this.#things = things
    this.#metrics = metrics
    this.#slots = Uint8Array.from(slots)
  }

  /** Whether another report, which may be repeated, might not fit. */
  get full(): boolean {
    return this.#rows > CAPACITY - 2 * SLOTS
  }

  get empty(): boolean {
    return this.#rows === 0
  }

  /** Adds a thing's report; its vector begins at `values[from]`. */
  add(thing: number, time: number, values: Float64Array, from: number): void {
    const slots = this.#slots
    let row = this.#rows
    for (let metric = 0; metric < slots.length; metric++, row++) {
      this.#thing[row] = thing
      this.#metric[row] = metric
      this.#time[row] = time
      this.#value[row] = values[from + slots[metric]!]!
    }
    this.#rows = row
  }

  /** The rows added so far; the next `add` starts over. */
  take(): FleetChunk {
    const rows = this.#rows
    this.#rows = 0
    return {
      rows,
      thing: this.#thing.subarray(0, rows),
      metric: this.#metric.subarray(0, rows),
      time: this.#time.subarray(0, rows),
      value: this.#value.subarray(0, rows),
      things: this.#things,
      metrics: this.#metrics,
    }
  }
}

const longest: WeakMap<Names, number> = new WeakMap()

/** Bytes of the longest name; counted once per fleet. */
export function longestName(things: Names): number {
  let most = longest.get(things)
  if (most === undefined) {
    most = 0
    for (let code = 0; code < things.count; code++) {
      most = Math.max(most, things.offsets[code + 1]! - things.offsets[code]!)
    }
    longest.set(things, most)
  }
  return most
}
