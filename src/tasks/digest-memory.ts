import type { Dictionaries, IndexColumns } from '../columnar/parquet-coded.ts'
import { compileModule, createMemory, instantiate, PAGE_BYTES } from '../wasm.ts'
import { BIN_LIMIT } from '../stats/bins.ts'
import { EMPTY_SUMMARY, type Summary } from '../stats/summary.ts'
import { WASM_BASE64 } from './digest.wasm.ts'

/** The exports of digest.as.ts: addresses, counts and windows. */
interface Exports {
  prepare(values: number, count: number, entries: number): number
  largest(indices: number, count: number): number
  setValues(values: number): void
  digest(...places: number[]): number
  row(): number
  window(): number
  collect(cells: number, from: number, to: number, found: number, counts: number): number
}

const CELLS = 2 * BIN_LIMIT + 1
/** In whole vectors. */
const CELL_BYTES = (CELLS * 4 + 63) & ~63
const STATE_BYTES = 32
const NO_CELL = -1

/** The module's constants lie below. */
const STATES = PAGE_BYTES
/** Where `collect` writes. */
const FOUND: number = STATES + PAGE_BYTES
const COUNTS: number = FOUND + CELL_BYTES
const ALL_CELLS: number = COUNTS + CELL_BYTES * 2

/** Metrics whose states fit their place; more are not digested. */
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

/** Columns of a whole row group, and of one window that lay in two of them. */
type ColumnSet = 'group' | 'window'

let module: object | null = null

/**
 * What a thread learns from whole windows: for each metric a summary, for each thing the windows in which
 * it was seen. In WebAssembly; its memory holds, in this order: states and cells of the metrics, index
 * columns of one row group, what was seen of the things, dictionaries.
 */
export class DigestMemory {
  readonly width: number
  readonly #memory = createMemory()
  readonly #exports: Exports
  readonly #columns: number
  /** How many rows there is room for in the columns of row groups, and in those of single windows. */
  readonly #rows = { group: 0, window: 0 }
  /** Things there is room for. */
  #things = 0
  #seen: number
  #marks: number
  #epoch = 0
  /** Of the dictionaries in the memory. */
  #places = { set: 'group' as ColumnSet, codes: 0, metricOf: 0, windows: 0, values: 0, entries: 0 }

  constructor(metrics: number) {
    module ??= compileModule(WASM_BASE64)
    this.width = metrics
    this.#exports = instantiate(module, this.#memory) as Exports
    this.#columns = ALL_CELLS + metrics * CELL_BYTES
    this.#seen = this.#columns
    this.#marks = this.#columns
    this.#grow(this.#columns)
    for (let metric = 0; metric < metrics; metric++) this.#clearState(metric)
  }

  /** Columns for so many rows, as long as no other method is called. */
  columns(set: ColumnSet, rows: number): IndexColumns {
    if (rows > this.#rows[set]) {
      this.#layOut(() => {
        this.#rows[set] = rows
      })
    }
    const column = (i: number): Int32Array =>
      new Int32Array(this.#memory.buffer, this.#columnAt(set, i), rows)
    return { thing: column(0), metric: column(1), time: column(2), value: column(3) }
  }

  /**
   * Takes the dictionaries of a set of columns, of which the first `rows` rows count; codes of things are
   * below `things`. False where a value is not finite or an index lies beyond its dictionary.
   */
  load(
    set: ColumnSet,
    { thing, metric, time, value }: Dictionaries,
    { rows, things, windowMs }: { rows: number; things: number; windowMs: number },
  ): boolean {
    if (things > this.#things) {
      this.#layOut(() => {
        this.#things = Math.max(1_024, things * 2)
      })
    }
    for (const [i, { length }] of [thing, metric, time, value].entries()) {
      if (this.#exports.largest(this.#columnAt(set, i), rows) >= length) return false
    }
    const windows = new Int32Array(time.length)
    for (let i = 0; i < windows.length; i++) windows[i] = Math.floor(time[i]! / windowMs)
    let end = this.#marks + this.#things * this.width * 4
    const put = (column: Int32Array | Float64Array): number => {
      const at = (end + 63) & ~63
      end = at + column.byteLength
      this.#grow(end)
      const bytes = new Uint8Array(column.buffer, column.byteOffset, column.byteLength)
      new Uint8Array(this.#memory.buffer, at).set(bytes)
      return at
    }
    const places = {
      codes: put(thing),
      metricOf: put(metric),
      windows: put(windows),
      values: put(value),
      entries: (end + 63) & ~63,
    }
    this.#grow(places.entries + value.length * 4)
    this.#places = { ...places, set }
    this.#exports.setValues(places.values)
    return this.#exports.prepare(places.values, value.length, places.entries) === 0
  }

  /** Learns the rows [from, to), of whole windows from `least` on, up to a window at or behind `cut`. */
  digest(from: number, to: number, least: number, cut: number): Progress {
    const { set, codes, metricOf, windows, entries } = this.#places
    const column = (i: number): number => this.#columnAt(set, i)
    const stopped = this.#exports.digest(
      from,
      to,
      column(0),
      column(1),
      column(2),
      column(3),
      codes,
      metricOf,
      windows,
      entries,
      this.#marks,
      this.width,
      this.#epoch,
      ALL_CELLS,
      CELL_BYTES,
      STATES,
      this.#seen,
      this.#seen + this.#things * 4,
      least,
      cut,
    )
    const window = this.#exports.window()
    // Each window takes an epoch at most, and there are no more windows than rows.
    this.#epoch += to - from
    if (this.#epoch > 2 ** 30) this.#clearMarks()
    return { stopped: STOPPED[stopped]!, row: this.#exports.row(), window }
  }

  /** The window of a row of the columns loaded last. */
  windowAt(row: number): number {
    const { set, windows } = this.#places
    const { buffer } = this.#memory
    const [time] = new Int32Array(buffer, this.#columnAt(set, 2) + row * 4, 1)
    return new Int32Array(buffer, windows + time! * 4, 1)[0]!
  }

  /** What was learned of a metric since the last time, which is forgotten; beside the first window. */
  closeMetric(metric: number): { summary: Summary; firstWindow: number } {
    const at = STATES + metric * STATE_BYTES
    const { buffer } = this.#memory
    const [min, max] = new Float64Array(buffer, at, 2)
    const [lowest, highest, decimals, firstWindow] = new Int32Array(buffer, at + 16, 4)
    if (lowest === NO_CELL) return { summary: EMPTY_SUMMARY, firstWindow: -1 }
    const cells = ALL_CELLS + metric * CELL_BYTES
    const filled = this.#exports.collect(cells, lowest!, highest! + 1, FOUND, COUNTS)
    this.#clearState(metric)
    const bins = new Int32Array(buffer, FOUND, filled).slice()
    const counts = new Float64Array(buffer, COUNTS, filled).slice()
    let count = 0
    for (let i = 0; i < filled; i++) count += counts[i]!
    const summary = { count, min: min!, max: max!, decimals: decimals!, bins, counts }
    return { summary, firstWindow: firstWindow! }
  }

  /** The codes of the things seen since the last time, with the first and last window of each. */
  closeThings(): { things: Int32Array; firstSeen: Int32Array; lastSeen: Int32Array } {
    const [first, last] = [this.#seenColumn(0), this.#seenColumn(1)]
    const codes: number[] = []
    for (let code = 0; code < first.length; code++) if (first[code]! >= 0) codes.push(code)
    const things = Int32Array.from(codes)
    const firstSeen = things.map((code) => first[code]!)
    first.fill(-1)
    return { things, firstSeen, lastSeen: things.map((code) => last[code]!) }
  }

  /** Forgets what an attempt that failed left behind. */
  clear(): void {
    for (let metric = 0; metric < this.width; metric++) this.closeMetric(metric)
    this.#seenColumn(0).fill(-1)
  }

  /** Places columns and things anew after a change; what was seen of the things stays. */
  #layOut(change: () => void): void {
    const [first, last] = [this.#seenColumn(0).slice(), this.#seenColumn(1).slice()]
    change()
    this.#seen = (this.#columnAt('window', 4) + 63) & ~63
    this.#marks = this.#seen + this.#things * 8
    this.#grow(this.#marks + this.#things * this.width * 4)
    this.#clearMarks()
    this.#seenColumn(0).fill(-1).set(first)
    this.#seenColumn(1).set(last)
  }

  /** The columns of row groups come first: that the others grow does not move them. */
  #columnAt(set: ColumnSet, column: number): number {
    const { group, window } = this.#rows
    if (set === 'group') return this.#columns + column * group * 4
    return this.#columns + group * 16 + column * window * 4
  }

  #clearMarks(): void {
    const { buffer } = this.#memory
    new Int32Array(buffer, this.#marks, this.#things * this.width).fill(-1)
    this.#epoch = 0
  }

  /** First (0) or last (1) windows by thing. */
  #seenColumn(side: number): Int32Array {
    const at = this.#seen + side * this.#things * 4
    return new Int32Array(this.#memory.buffer, at, this.#things)
  }

  #clearState(metric: number): void {
    const at = STATES + metric * STATE_BYTES
    const { buffer } = this.#memory
    new Float64Array(buffer, at, 2).set([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    new Int32Array(buffer, at + 16, 4).set([NO_CELL, 0, 0, -1])
  }

  #grow(bytes: number): void {
    const missing = bytes - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES))
  }
}
