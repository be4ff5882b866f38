import type { Dictionaries, IndexColumns } from '../columnar/parquet-coded.ts'
import { compileModule, createMemory, instantiate, PAGE_BYTES } from '../wasm.ts'
import { BIN_LIMIT } from '../stats/bins.ts'
import type { Summary } from '../stats/summary.ts'
import { CollectedBins } from './collected-bins.ts'
import { WASM_BASE64 } from './digest.wasm.ts'
import { newBlock, type RowBlock } from './row-block.ts'

/** The exports of digest.as.ts: addresses, counts and windows. */
interface Exports {
  prepare(values: number, count: number, entries: number): number
  prepareTimes(...places: number[]): number
  ramp(out: number, count: number): void
  largest(indices: number, count: number): number
  endOf(from: number, to: number, window: number, time: number, windows: number): number
  startOf(from: number, to: number, window: number, time: number, windows: number): number
  spell(...places: number[]): void
  setValues(values: number): void
  placeMetrics(...places: number[]): void
  digest(...places: number[]): number
  tally(from: number, to: number, metric: number, metricOf: number, counts: number): void
  order(...places: number[]): void
  row(): number
  window(): number
  clearState(state: number): void
  collect(cells: number, state: number, found: number, counts: number): number
  collected(): number
  collectThings(firstSeen: number, lastSeen: number, things: number, out: number): number
}

const CELLS = 2 * BIN_LIMIT + 1
/** In whole vectors. */
const CELL_BYTES = (CELLS * 4 + 63) & ~63
const STATE_BYTES = 32

/** The module's constants lie below. */
const STATES = PAGE_BYTES
/** Where `collect` writes. */
const FOUND: number = STATES + PAGE_BYTES
const COUNTS: number = FOUND + CELL_BYTES
const ALL_CELLS: number = COUNTS + CELL_BYTES * 2

/** Metrics that one word has bits for; more are not digested. */
export const MAX_METRICS = 64

/** By what the module returns. */
const STOPPED = ['all', 'at-cut', 'unfit'] as const
/** How far a call got: through all rows, to a window at the cut, or to rows that are not fit. */
export interface Progress {
  stopped: (typeof STOPPED)[number]
  /** The row it stopped at. */
  row: number
  /** The last window whose rows were taken. */
  window: number
}

/** Rows of a whole row group, or of one window that lay in two of them, each its own dictionary entry. */
export type RowSet = 'group' | 'window'

/** What rows are told apart by. */
export interface Loading {
  rows: number
  /** Codes of things are below it. */
  things: number
  windowMs: number
  /** No row may be later. */
  latest: number
}

/** Where the dictionaries of a set lie, and what was made of them. */
interface Places {
  codes: number
  metricOf: number
  metrics: number
  times: number
  windows: number
  values: number
  entries: number
}

/** Rows spelled out. */
export interface RowColumns {
  thing: Int32Array
  metric: Int32Array
  time: Float64Array
  value: Float64Array
}

/** Of an entry of a window's row in all its dictionaries, and what is made of them. */
const ENTRY_BYTES = 48
const PLACES = 7

let module: object | null = null

/**
 * What a thread learns from whole windows: for each metric a summary, for each thing the windows in which
 * it was seen. In WebAssembly; its memory holds, in this order: states and cells of the metrics, index
 * columns of one row group, what was seen of the things, the rows of one window, dictionaries, and
 * behind them rows on their way out.
 */
export class DigestMemory {
  readonly width: number
  readonly #memory = createMemory()
  readonly #exports: Exports
  readonly #collected = new CollectedBins()
  readonly #columns: number
  /** How many rows there is room for in the columns of row groups, and for single windows. */
  readonly #rows = { group: 0, window: 0 }
  /** Things there is room for. */
  #things = 0
  #seen: number
  #masks: number
  #ramp: number
  #own: number
  #dictionaries: number
  /** Where the dictionaries end. */
  #end: number
  #set: RowSet = 'group'
  #places: Places = {
    codes: 0,
    metricOf: 0,
    metrics: 0,
    times: 0,
    windows: 0,
    values: 0,
    entries: 0,
  }

  constructor(metrics: number) {
    module ??= compileModule(WASM_BASE64)
    this.width = metrics
    this.#exports = instantiate(module, this.#memory) as Exports
    this.#columns = ALL_CELLS + metrics * CELL_BYTES
    this.#seen = this.#columns
    this.#masks = this.#columns
    this.#ramp = this.#columns
    this.#own = this.#columns
    this.#dictionaries = this.#columns
    this.#end = this.#columns
    this.#grow(this.#columns)
    for (let metric = 0; metric < metrics; metric++) this.#exports.clearState(stateOf(metric))
  }

  /** Columns for the rows of a row group, as long as no other method is called. */
  columns(rows: number): IndexColumns {
    if (rows > this.#rows.group) {
      this.#layOut(() => {
        this.#rows.group = rows
      })
    }
    const column = (i: number): Int32Array =>
      new Int32Array(this.#memory.buffer, this.#columnAt('group', i), rows)
    return { thing: column(0), metric: column(1), time: column(2), value: column(3) }
  }

  /**
   * Takes the dictionaries of a set of rows, of which the first `rows` count. False where a value is not
   * finite, a time is none, or an index lies beyond its dictionary.
   */
  load(set: RowSet, dictionaries: Dictionaries, loading: Loading): boolean {
    const { thing, metric, time, value } = dictionaries
    const { rows, windowMs, latest } = loading
    this.#reserve(set, loading)
    for (const [i, { length }] of [thing, metric, time, value].entries()) {
      if (this.#exports.largest(this.#columnAt(set, i), rows) >= length) return false
    }
    let end = set === 'window' ? this.#own : this.#dictionaries
    const room = (bytes: number): number => {
      const at = end
      end = (at + bytes + 63) & ~63
      return at
    }
    const places = {
      codes: room(thing.byteLength),
      metricOf: room(metric.byteLength),
      metrics: room(metric.length * 16),
      times: room(time.byteLength),
      windows: room(time.length * 4),
      values: room(value.byteLength),
      entries: room(value.length * 4),
    }
    if (set === 'group') this.#end = end
    this.#grow(end)
    this.#set = set
    this.#places = places
    this.#put(places.codes, thing)
    this.#put(places.metricOf, metric)
    this.#put(places.times, time)
    this.#put(places.values, value)
    const { times, windows, values, entries } = places
    this.#exports.setValues(values)
    const { metricOf, metrics } = places
    this.#exports.placeMetrics(metricOf, metric.length, ALL_CELLS, CELL_BYTES, STATES, metrics)
    return (
      this.#exports.prepareTimes(times, time.length, windowMs, latest, windows) === 0 &&
      this.#exports.prepare(values, value.length, entries) === 0
    )
  }

  /** Learns the rows [from, to), of whole windows from `least` on, up to a window at or behind `cut`. */
  digest(from: number, to: number, least: number, cut: number): Progress {
    const set = this.#set
    const { codes, metrics, windows, entries } = this.#places
    const stopped = this.#exports.digest(
      from,
      to,
      this.#columnAt(set, 0),
      this.#columnAt(set, 1),
      this.#columnAt(set, 2),
      this.#columnAt(set, 3),
      codes,
      metrics,
      windows,
      entries,
      this.#masks,
      this.#seen,
      this.#seen + this.#things * 4,
      least,
      cut,
    )
    return {
      stopped: STOPPED[stopped]!,
      row: this.#exports.row(),
      window: this.#exports.window(),
    }
  }

  /** The window of a row of the set loaded last. */
  windowAt(row: number): number {
    const { buffer } = this.#memory
    const [time] = new Int32Array(buffer, this.#columnAt(this.#set, 2) + row * 4, 1)
    return new Int32Array(buffer, this.#places.windows + time! * 4, 1)[0]!
  }

  /** The first of the rows [from, to) of another window, and the first of those at the end of one window. */
  endOf(window: number, from: number, to: number): number {
    const time = this.#columnAt(this.#set, 2)
    return this.#exports.endOf(from, to, window, time, this.#places.windows)
  }

  startOf(window: number, from: number, to: number): number {
    const time = this.#columnAt(this.#set, 2)
    return this.#exports.startOf(from, to, window, time, this.#places.windows)
  }

  /** The rows [from, to) of the set loaded last, as long as no other method is called. */
  spell(from: number, to: number): RowColumns {
    const rows = to - from
    const out = this.#end
    this.#grow(out + rows * 24 + 16)
    const at = { thing: out + rows * 16, metric: out + rows * 20, time: out, value: out + rows * 8 }
    const { codes, metricOf, times, values } = this.#places
    const column = (i: number): number => this.#columnAt(this.#set, i)
    this.#exports.spell(from, to, column(0), codes, 0, at.thing)
    this.#exports.spell(from, to, column(1), metricOf, 0, at.metric)
    this.#exports.spell(from, to, column(2), times, 1, at.time)
    this.#exports.spell(from, to, column(3), values, 1, at.value)
    const { buffer } = this.#memory
    return {
      thing: new Int32Array(buffer, at.thing, rows),
      metric: new Int32Array(buffer, at.metric, rows),
      time: new Float64Array(buffer, at.time, rows),
      value: new Float64Array(buffer, at.value, rows),
    }
  }

  /** The rows [from, to) of the set loaded last, by metric; they must be in order of their windows. */
  block(from: number, to: number): RowBlock {
    const rows = to - from
    const next = this.#end
    const value = next + MAX_METRICS * 4
    const thing = value + rows * 8
    const window = thing + rows * 4
    this.#grow(window + rows * 4)
    const { codes, metricOf, windows } = this.#places
    const [things, metrics, times, values] = [0, 1, 2, 3].map((i) => this.#columnAt(this.#set, i))
    const { buffer } = this.#memory
    const counts = new Int32Array(buffer, next, this.width).fill(0)
    this.#exports.tally(from, to, metrics!, metricOf, next)
    const block = newBlock(counts)
    counts.set(block.from.subarray(0, this.width))
    this.#exports.order(
      from,
      to,
      things!,
      metrics!,
      times!,
      values!,
      codes,
      metricOf,
      windows,
      next,
      thing,
      window,
      value,
    )
    block.thing.set(new Int32Array(buffer, thing, rows))
    block.window.set(new Int32Array(buffer, window, rows))
    block.value.set(new Float64Array(buffer, value, rows))
    return block
  }

  /** What was learned of the metrics since the last time, which is forgotten: summaries and first windows. */
  closeMetrics(): { summaries: Summary[]; firstOf: Int32Array } {
    const firstOf = new Int32Array(this.width)
    const closed = Array.from(firstOf, (_, metric) => {
      const state = stateOf(metric)
      const { buffer } = this.#memory
      const filled = this.#exports.collect(ALL_CELLS + metric * CELL_BYTES, state, FOUND, COUNTS)
      this.#collected.add(
        new Int32Array(buffer, FOUND, filled),
        new Float64Array(buffer, COUNTS, filled),
      )
      const [min, max] = new Float64Array(buffer, state, 2)
      const [decimals, firstWindow] = new Int32Array(buffer, state + 16, 2)
      firstOf[metric] = firstWindow!
      this.#exports.clearState(state)
      return { count: this.#exports.collected(), min: min!, max: max!, decimals: decimals! }
    })
    const bins = this.#collected.close()
    return {
      summaries: closed.map((summary, metric) => ({ ...summary, ...bins[metric]! })),
      firstOf,
    }
  }

  /** The codes of the things seen since the last time, with the first and last window of each. */
  closeThings(): { things: Int32Array; firstSeen: Int32Array; lastSeen: Int32Array } {
    const out = this.#end
    this.#grow(out + this.#things * 12)
    const last = this.#seen + this.#things * 4
    const seen = this.#exports.collectThings(this.#seen, last, this.#things, out)
    const column = (i: number): Int32Array =>
      new Int32Array(this.#memory.buffer, out + i * seen * 4, seen).slice()
    return { things: column(0), firstSeen: column(1), lastSeen: column(2) }
  }

  /** Forgets what an attempt that failed left behind. */
  clear(): void {
    this.closeMetrics()
    this.#seenColumns().fill(-1)
  }

  #reserve(set: RowSet, { rows, things }: Loading): void {
    if (things > this.#things) {
      this.#layOut(() => {
        this.#things = Math.max(1_024, things * 2)
      })
    }
    if (set === 'window' && rows > this.#rows.window) {
      this.#layOut(() => {
        this.#rows.window = rows * 2
      })
    }
  }

  /** Places all behind the cells anew after a change; what was seen of the things stays. */
  #layOut(change: () => void): void {
    const before = this.#things
    const seen = this.#seenColumns().slice()
    change()
    const { group, window } = this.#rows
    const aligned = (address: number): number => (address + 63) & ~63
    this.#seen = aligned(this.#columns + group * 16 + 16)
    this.#masks = aligned(this.#seen + this.#things * 8)
    this.#ramp = aligned(this.#masks + this.#things * 8)
    this.#own = aligned(this.#ramp + window * 4 + 16)
    this.#dictionaries = aligned(this.#own + window * ENTRY_BYTES + PLACES * 64)
    this.#end = this.#dictionaries
    this.#grow(this.#dictionaries)
    this.#exports.ramp(this.#ramp, window)
    const columns = this.#seenColumns().fill(-1)
    columns.set(seen.subarray(0, before))
    columns.set(seen.subarray(before), this.#things)
  }

  /** The columns of a row group come first: that other things grow does not move them. */
  #columnAt(set: RowSet, column: number): number {
    return set === 'window' ? this.#ramp : this.#columns + column * this.#rows.group * 4
  }

  /** First windows by thing, then last ones. */
  #seenColumns(): Int32Array {
    return new Int32Array(this.#memory.buffer, this.#seen, this.#things * 2)
  }

  #put(at: number, column: Int32Array | Float64Array): void {
    const bytes = new Uint8Array(column.buffer, column.byteOffset, column.byteLength)
    new Uint8Array(this.#memory.buffer, at).set(bytes)
  }

  #grow(bytes: number): void {
    const missing = bytes - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES))
  }
}

function stateOf(metric: number): number {
  return STATES + metric * STATE_BYTES
}
