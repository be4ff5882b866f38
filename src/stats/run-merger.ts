import { compileModule, createMemory, instantiate, PAGE_BYTES } from '../wasm.ts'
import { type BinList, sharedList } from './bin-lists.ts'
import { BIN_SPAN } from './float-bins.ts'
import { rarity, XI } from './pareto-tail.ts'
import { WASM_BASE64 } from './run-merge.wasm.ts'
import type { SlabDay } from './series-day.ts'
import { type Counted, QUARTERS, SHARES, STATISTICS, TAIL_WORDS } from './thing-tail.ts'

/** The exports of run-merge.as.ts. */
interface Exports {
  places(...places: number[]): void
  quarters(scores: number, shares: number): void
  describe(
    from: number,
    to: number,
    least: number,
    days: number,
    starts: number,
    runs: number,
    twoSided: boolean,
    records: number,
    statistics: number,
    tails: number,
    tailsEnd: number,
  ): number
  collected(): number
  close(log: number, count: number, runs: number): number
  addList(bins: number, counts: number, length: number): void
  closeAll(): number
  addExcesses(seats: number, records: number, tails: number, ratio: number): void
  collectUpper(): number
}

const CELLS = 2 * BIN_SPAN
/** Bins and counts are written four at a time. */
const MORE = 4
/** The module's constants lie below. */
const COUNTS = PAGE_BYTES
const MARKS: number = COUNTS + CELLS * 4
const BITS: number = MARKS + CELLS / 64
const BINS: number = BITS + CELLS / 8
const SUMS: number = BINS + (CELLS + MORE) * 2
const ALL_COUNTS: number = SUMS + (CELLS + MORE) * 4
const ALL_MARKS: number = ALL_COUNTS + CELLS * 4
/** Of the scores' quarters. */
const TABLES: number = ALL_MARKS + CELLS / 64
/** Where the days' columns are, then these. */
const STARTS: number = TABLES + 2 * QUARTERS.length * 8
const MOST_DAYS = 64
const RUNS: number = STARTS + MOST_DAYS * 4
const COLUMNS: number = (RUNS + MOST_DAYS * 4 + 7) & ~7
/** So that their days stay in the processor's cache. */
const SEATS_AT_ONCE = 32

/** What things are like by themselves: records but for their steepness, statistics, tail bins. */
export interface DescribedTails {
  records: SharedArrayBuffer
  statistics: Float64Array
  tails: Int16Array
}

let module: object | null = null

/** Closes the days of a slab's things, and describes them: what `BinCounts` and `thing-tail.ts` do, in WebAssembly. */
export class RunMerger {
  readonly #memory = createMemory()
  readonly #exports: Exports
  constructor() {
    module ??= compileModule(WASM_BASE64)
    const functions = { 'thing-tail.part.as': { rarity } }
    this.#exports = instantiate(module, this.#memory, functions) as Exports
    this.#exports.places(COUNTS, MARKS, BITS, BINS, SUMS, ALL_COUNTS, ALL_MARKS)
    this.#exports.quarters(TABLES, TABLES + QUARTERS.length * 8)
    this.#grow(COLUMNS)
    new Float64Array(this.#memory.buffer, TABLES).set([...QUARTERS, ...SHARES])
  }

  /**
   * Describes the tails of the first `seats` seats of a slab over some days, no more than MOST_DAYS: of those
   * with `least` datapoints, 200 at least.
   */
  describe(
    days: readonly SlabDay[],
    seats: number,
    least: number,
    twoSided: boolean,
  ): DescribedTails {
    const datapoints = days.reduce((sum, day) => sum + day.datapoints, 0)
    const records = COLUMNS
    const statistics = records + seats * TAIL_WORDS * 4
    const tails = statistics + seats * STATISTICS * 8
    // Tails hold 2 % a side, but ten datapoints at least.
    const columns = (tails + Math.ceil(datapoints * 0.1) * 2 + 3) & ~3
    this.#grow(columns)
    new Uint8Array(this.#memory.buffer).fill(0, records, tails)
    let end = tails
    for (let from = 0; from < seats; from += SEATS_AT_ONCE) {
      const to = Math.min(seats, from + SEATS_AT_ONCE)
      this.#load(days, from, to, columns)
      end = this.#exports.describe(
        from,
        to,
        least,
        days.length,
        STARTS,
        RUNS,
        twoSided,
        records,
        statistics,
        tails,
        end,
      )
    }
    const { buffer } = this.#memory
    return {
      records: sharedPart(buffer, records, statistics),
      statistics: new Float64Array(sharedPart(buffer, statistics, tails)),
      tails: new Int16Array(sharedPart(buffer, tails, end)),
    }
  }

  /** The sum of multisets. */
  sum(lists: readonly BinList[]): BinList {
    for (const { bins, counts } of lists) {
      const countsAt = COLUMNS + ((bins.byteLength + 7) & ~7)
      this.#grow(countsAt + counts.byteLength)
      const { buffer } = this.#memory
      new Int16Array(buffer, COLUMNS).set(bins)
      new Int32Array(buffer, countsAt).set(counts)
      this.#exports.addList(COLUMNS, countsAt, bins.length)
    }
    return sharedList(this.#counted(this.#exports.closeAll()))
  }

  /**
   * Takes up the days of the seats [from, to), from address `at` on. What the module is told of each day is
   * where the column would begin that has all of its seats.
   */
  #load(days: readonly SlabDay[], from: number, to: number, at: number): void {
    const length = days.reduce((sum, { starts }) => sum + starts[to]! - starts[from]!, 0)
    this.#grow(at + days.length * ((to - from + 1) * 4 + 8) + length * 2)
    const { buffer } = this.#memory
    const [starts, runs] = [STARTS, RUNS].map((column) => new Int32Array(buffer, column, MOST_DAYS))
    let end = at
    for (const [i, day] of days.entries()) {
      starts![i] = end - from * 4
      const own = day.starts.subarray(from, to + 1)
      new Int32Array(buffer, end, own.length).set(own)
      end += own.byteLength
    }
    for (const [i, day] of days.entries()) {
      const [first, last] = [day.starts[from]!, day.starts[to]!]
      const own = day.runs.subarray(first, last)
      // Shared memory is copied by words only between addresses of the same remainder, else by bytes.
      end += (own.byteOffset - end) & 7
      runs![i] = end - first * 2
      new Int16Array(buffer, end, own.length).set(own)
      end += own.byteLength
    }
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

  /** The bins of the excesses in the tails of things whose records are complete, above and below. */
  excesses({ records, tails }: DescribedTails): [BinList, BinList] {
    const tailsAt = COLUMNS + records.byteLength
    this.#grow(tailsAt + tails.byteLength)
    const { buffer } = this.#memory
    new Uint32Array(buffer, COLUMNS).set(new Uint32Array(records))
    new Int16Array(buffer, tailsAt).set(tails)
    const seats = records.byteLength / (TAIL_WORDS * 4)
    this.#exports.addExcesses(seats, COLUMNS, tailsAt, (1 - XI) / XI)
    const above = sharedList(this.#counted(this.#exports.collectUpper()))
    return [above, sharedList(this.#counted(this.#exports.closeAll()))]
  }

  #counted(length: number): Counted {
    const { buffer } = this.#memory
    return {
      bins: new Int16Array(buffer, BINS, length),
      counts: new Int32Array(buffer, SUMS, length),
      length,
      datapoints: this.#exports.collected(),
    }
  }

  #grow(bytes: number): void {
    const missing = bytes - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES))
  }
}

function sharedPart(buffer: ArrayBuffer, from: number, to: number): SharedArrayBuffer {
  const part = new SharedArrayBuffer(to - from)
  new Uint8Array(part).set(new Uint8Array(buffer, from, to - from))
  return part
}

let merger: RunMerger | null = null

/** This thread's own. */
export function runMerger(): RunMerger {
  return (merger ??= new RunMerger())
}
