import { compileModule, createMemory, instantiate, PAGE_BYTES } from '../wasm.ts'
import { BIN_SPAN } from './float-bins.ts'
import { WASM_BASE64 } from './run-merge.wasm.ts'
import type { SlabDay } from './series-day.ts'
import type { Counted } from './thing-tail.ts'

/** The exports of run-merge.as.ts. */
interface Exports {
  places(counts: number, touched: number, bins: number, sums: number): void
  merge(seat: number, days: number, starts: number, runs: number): number
  merged(): number
}

const CELLS = 2 * BIN_SPAN
const COUNTS = PAGE_BYTES
const TOUCHED: number = COUNTS + CELLS * 4
const BINS: number = TOUCHED + CELLS / 64
const SUMS: number = BINS + CELLS * 2
/** Where the days' columns are, then these. */
const STARTS: number = SUMS + CELLS * 4
const MOST_DAYS = 64
const RUNS: number = STARTS + MOST_DAYS * 4
const COLUMNS: number = RUNS + MOST_DAYS * 4

let module: object | null = null

/** Merges the days of a slab's things, as `BinCounts` does of runs. */
export class RunMerger {
  readonly #memory = createMemory()
  readonly #exports: Exports
  #days = 0

  constructor() {
    module ??= compileModule(WASM_BASE64)
    this.#exports = instantiate(module, this.#memory) as Exports
    this.#exports.places(COUNTS, TOUCHED, BINS, SUMS)
    this.#grow(COLUMNS)
  }

  /** Takes up the days of a slab, no more than MOST_DAYS. */
  load(days: readonly SlabDay[]): void {
    let end = COLUMNS
    const places = (column: (day: SlabDay) => Int32Array | Int16Array): Int32Array =>
      Int32Array.from(days, (day) => {
        const { byteLength } = column(day)
        end = (end + 3) & ~3
        end += byteLength
        return end - byteLength
      })
    const starts = places((day) => day.starts)
    const runs = places((day) => day.runs)
    this.#grow(end)
    const { buffer } = this.#memory
    new Int32Array(buffer, STARTS, starts.length).set(starts)
    new Int32Array(buffer, RUNS, runs.length).set(runs)
    for (const [i, day] of days.entries()) {
      new Int32Array(buffer, starts[i], day.starts.length).set(day.starts)
      new Int16Array(buffer, runs[i], day.runs.length).set(day.runs)
    }
    this.#days = days.length
  }

  /** The bins of a seat over all days; they hold until the next ones are asked for. */
  merge(seat: number): Counted {
    const length = this.#exports.merge(seat, this.#days, STARTS, RUNS)
    const { buffer } = this.#memory
    return {
      bins: new Int16Array(buffer, BINS, length),
      counts: new Int32Array(buffer, SUMS, length),
      length,
      datapoints: this.#exports.merged(),
    }
  }

  #grow(bytes: number): void {
    const missing = bytes - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES))
  }
}
