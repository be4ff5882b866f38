import type { ChunkBuilder } from '../columnar/chunk.ts'
import type { Dictionaries, IndexColumns } from '../columnar/parquet-coded.ts'
import { MAX_TIME, nextCut } from '../domain/time.ts'
import type { Summary } from '../stats/summary.ts'
import { DigestMemory, MAX_METRICS, type RowSet } from './digest-memory.ts'
import type { RowBlock } from './row-block.ts'

/** How whole windows may come: as summaries alone, or, where models may score them, with their rows. */
export type Digesting = 'summaries' | 'with-rows'

/**
 * What consecutive whole windows hold, summarised by the thread that decoded their rows: enough for
 * models that learn from values alone, and with the rows for those that score them.
 */
export interface Digest {
  /** Numbers of the windows, `[firstWindow, endWindow)`; no cut lies between (see `nextCut`). */
  firstWindow: number
  endWindow: number
  rows: number
  /** By metric. */
  summaries: readonly Summary[]
  /** By metric, the first window that holds it; -1 where none does. */
  firstOf: Int32Array
  /** The chunk's codes of the things that it holds, and the first and last window of each. */
  things: Int32Array
  firstSeen: Int32Array
  lastSeen: Int32Array
  /** The rows, if they were asked for; each window lies in one block. */
  blocks: RowBlock[]
}

/** More things are not worth the memory of what is noted of them. */
const MAX_THINGS = 1_048_576

/**
 * Takes whole windows out of rows that come in order of their windows: each row must be the only one of
 * its thing, metric and window, so that it is the window's aggregate as it stands. The rows of the first
 * and the last window of a stretch, which may go on in the stretches beside it, become the builder's.
 * Methods return false where the rows are not fit for it: then the stretch must be decoded row by row.
 */
export class Digester {
  readonly digests: Digest[] = []
  readonly #builder: ChunkBuilder
  readonly #memory: DigestMemory
  readonly #withRows: boolean
  /** The last window, whose rows are the builder's from `#from` on; null before the first. */
  #window: number | null = null
  #from = 0
  /** Whether that window is the stretch's first. */
  #isFirst = true
  #open: Pick<Digest, 'firstWindow' | 'endWindow' | 'rows' | 'blocks'> | null = null

  constructor(builder: ChunkBuilder, digesting: Digesting) {
    this.#builder = builder
    this.#withRows = digesting === 'with-rows'
    this.#memory = memoryOf(builder.context.metrics.length)
  }

  /**
   * Takes the rows of one row group, which `read` puts into columns; it returns null if it cannot.
   */
  take(rows: number, read: (columns: IndexColumns) => Dictionaries | null): boolean {
    const builder = this.#builder
    const memory = this.#memory
    if (memory.width > MAX_METRICS) return false
    if (rows === 0) return true
    const dictionaries = read(memory.columns(rows))
    if (dictionaries === null || !areNamed(dictionaries)) return false
    if (builder.things.count > MAX_THINGS) return false
    if (!this.#load('group', dictionaries, rows)) return false
    builder.lines += rows
    const first = memory.windowAt(0)
    this.#window ??= first
    if (first < this.#window) return false
    const at = memory.endOf(this.#window, 0, rows)
    this.#append(0, at)
    if (at === rows) return true
    const last = memory.windowAt(rows - 1)
    const end = memory.startOf(last, at, rows)
    if (!this.#closeWindow(dictionaries, rows)) return false
    return this.#digestGroup(at, end, last) && this.#append(end, rows)
  }

  /** To be called when the whole stretch has been taken. */
  finish(): boolean {
    return this.#closeDigest()
  }

  /** The last window is whole: its rows are digested too, if it is not the stretch's first. */
  #closeWindow(group: Dictionaries, groupRows: number): boolean {
    const builder = this.#builder
    const rows = builder.rows - this.#from
    if (this.#isFirst || rows === 0) return true
    const { thing, metric, time, value } = builder
    const own = <A extends Int32Array | Float64Array>(column: A): A =>
      column.subarray(this.#from, builder.rows) as A
    const dictionaries = {
      thing: own(thing),
      metric: own(metric),
      time: own(time),
      value: own(value),
    }
    builder.rows = this.#from
    return (
      this.#load('window', dictionaries, rows) &&
      this.#digest(0, rows, this.#window!) &&
      this.#load('group', group, groupRows)
    )
  }

  /** Digests the rows [from, to) of the row group; `last` is the window of those behind. */
  #digestGroup(from: number, to: number, last: number): boolean {
    if (!this.#digest(from, to, this.#window! + 1) || last <= this.#window!) return false
    this.#window = last
    this.#isFirst = false
    this.#from = this.#builder.rows
    return true
  }

  #load(set: RowSet, dictionaries: Dictionaries, rows: number): boolean {
    const { things, context } = this.#builder
    const { windowMs, notAfter } = context
    const latest = Math.min(MAX_TIME, notAfter)
    return this.#memory.load(set, dictionaries, { rows, things: things.count, windowMs, latest })
  }

  /** Makes the rows [from, to) of the row group rows of the builder. */
  #append(from: number, to: number): true {
    if (from === to) return true
    const builder = this.#builder
    const { thing, metric, time, value } = this.#memory.spell(from, to)
    const at = builder.rows
    builder.reserve(at + thing.length)
    builder.thing.set(thing, at)
    builder.metric.set(metric, at)
    builder.time.set(time, at)
    builder.value.set(value, at)
    builder.rows += thing.length
    return true
  }

  /** Digests whole windows, none of which may come before `least`. */
  #digest(from: number, to: number, least: number): boolean {
    const { windowMs } = this.#builder.context
    let at = from
    while (at < to) {
      const cut = this.#open === null ? least : nextCut(this.#open.firstWindow, windowMs)
      const { stopped, row, window } = this.#memory.digest(at, to, least, cut)
      if (stopped === 'unfit') return false
      if (row > at) {
        this.#open!.endWindow = window + 1
        this.#open!.rows += row - at
        if (this.#withRows) this.#open!.blocks.push(this.#memory.block(at, row))
        this.#window = window
      }
      at = row
      if (stopped === 'all') return true
      if (!this.#closeDigest()) return false
      const next = this.#memory.windowAt(at)
      this.#open = { firstWindow: next, endWindow: next, rows: 0, blocks: [] }
    }
    return true
  }

  #closeDigest(): boolean {
    if (this.#open === null) return true
    const { counts } = this.#builder.context
    const learned = this.#memory.closeMetrics()
    this.digests.push({
      ...this.#open,
      ...learned,
      ...this.#memory.closeThings(),
    })
    this.#open = null
    // A negative count has to be refused, row by row.
    return learned.summaries.every(({ min }, metric) => counts[metric] === 0 || !(min < 0))
  }
}

/** Whether no row's thing or metric is refused. */
function areNamed({ thing, metric }: Dictionaries): boolean {
  return thing.every((code) => code >= 0) && metric.every((index) => index >= 0)
}

let kept: DigestMemory | null = null

/** The memory of a thread, empty. */
function memoryOf(metrics: number): DigestMemory {
  if (kept?.width !== metrics) kept = new DigestMemory(metrics)
  kept.clear()
  return kept
}
