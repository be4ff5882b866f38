import { compileModule, createMemory, instantiate, PAGE_BYTES } from '../wasm.ts'
import { BIN_SPAN } from './float-bins.ts'
import { WASM_BASE64 } from './run-merge.wasm.ts'
import type { SlabDay } from './series-day.ts'
import { type Counted, deviationOf } from './thing-tail.ts'

/** The exports of run-merge.as.ts. */
interface Exports {
  places(
    counts: number,
    touched: number,
    bins: number,
    sums: number,
    allCounts: number,
    allTouched: number,
  ): void
  merge(seat: number, days: number, starts: number, runs: number): number
  found(): number
  sumUp(length: number, middle: number): void
  summed(): number
  squared(): number
  close(log: number, count: number, runs: number): number
  closeAll(): number
}

const CELLS = 2 * BIN_SPAN
const COUNTS = PAGE_BYTES
const TOUCHED: number = COUNTS + CELLS * 4
const BINS: number = TOUCHED + CELLS / 64
const SUMS: number = BINS + CELLS * 2
const ALL_COUNTS: number = SUMS + CELLS * 4
const ALL_TOUCHED: number = ALL_COUNTS + CELLS * 4
/** Where the days' columns are, then these. */
const STARTS: number = ALL_TOUCHED + CELLS / 64
const MOST_DAYS = 64
const RUNS: number = STARTS + MOST_DAYS * 4
const COLUMNS: number = RUNS + MOST_DAYS * 4

let module: object | null = null

/** Closes and merges the days of a slab's things: what `BinCounts` does, in WebAssembly. */
export class RunMerger {
  readonly #memory = createMemory()
  readonly #exports: Exports
  #days = 0

  constructor() {
    module ??= compileModule(WASM_BASE64)
    this.#exports = instantiate(module, this.#memory) as Exports
    this.#exports.places(COUNTS, TOUCHED, BINS, SUMS, ALL_COUNTS, ALL_TOUCHED)
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
    return this.#counted(this.#exports.merge(seat, this.#days, STARTS, RUNS))
  }

  /** The standard deviation of the bins that were last asked for: that of `thing-tail.ts`, bit for bit. */
  deviation({ length, datapoints }: Counted, middle: number): number {
    this.#exports.sumUp(length, middle)
    return deviationOf(this.#exports.summed(), this.#exports.squared(), datapoints)
  }

  /**
   * Closes a day: `counts[seat]` bins from `log[seat * perDay]` on make each seat's runs; where those
   * begin goes to `starts`, which has one place more. `all` are the bins of the slab.
   */
  close(
    log: Int16Array,
    perDay: number,
    counts: Int32Array,
    starts: Int32Array,
  ): { runs: Int16Array; all: Counted } {
    const datapoints = counts.reduce((sum, count) => sum + count, 0)
    const runs = COLUMNS + log.byteLength
    this.#grow(runs + datapoints * 2)
    const { buffer } = this.#memory
    new Int16Array(buffer, COLUMNS, log.length).set(log)
    let end = runs
    for (const [seat, count] of counts.entries()) {
      starts[seat] = (end - runs) >> 1
      if (count > 0) end = this.#exports.close(COLUMNS + seat * perDay * 2, count, end)
    }
    const length = (end - runs) >> 1
    starts[counts.length] = length
    const all = this.#counted(this.#exports.closeAll())
    return { runs: new Int16Array(buffer, runs, length), all }
  }

  #counted(length: number): Counted {
    const { buffer } = this.#memory
    return {
      bins: new Int16Array(buffer, BINS, length),
      counts: new Int32Array(buffer, SUMS, length),
      length,
      datapoints: this.#exports.found(),
    }
  }

  #grow(bytes: number): void {
    const missing = bytes - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES))
  }
}

let merger: RunMerger | null = null

/** This thread's own. */
export function runMerger(): RunMerger {
  return (merger ??= new RunMerger())
}
