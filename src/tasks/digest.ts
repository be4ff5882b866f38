import type { ChunkBuilder, DecodeContext } from '../columnar/chunk.ts'
import type { Dictionaries, IndexColumns } from '../columnar/parquet-coded.ts'
import { MAX_TIME, nextCut } from '../domain/time.ts'
import type { Summary } from '../stats/summary.ts'
import { DigestMemory, MAX_METRICS } from './digest-memory.ts'

/**
 * What consecutive whole windows hold, summarised by the thread that decoded their rows: enough for
 * models that learn from values alone, as long as nobody looks at single rows.
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
}

/** More cells (things times metrics) than these are not worth the memory of their marks. */
const MAX_CELLS = 4_194_304

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
  /** The last window, whose rows are the builder's from `#from` on; null before the first. */
  #window: number | null = null
  #from = 0
  /** Whether that window is the stretch's first. */
  #isFirst = true
  #open: Pick<Digest, 'firstWindow' | 'endWindow' | 'rows'> | null = null

  constructor(builder: ChunkBuilder) {
    this.#builder = builder
    this.#memory = memoryOf(builder.context.metrics.length)
  }

  /**
   * Takes the rows of one row group, which `read` puts into columns; it returns null if it cannot.
   */
  take(rows: number, read: (columns: IndexColumns) => Dictionaries | null): boolean {
    const builder = this.#builder
    if (this.#memory.width > MAX_METRICS) return false
    if (rows === 0) return true
    const dictionaries = read(this.#memory.columns('group', rows))
    if (dictionaries === null || !isSound(dictionaries, builder)) return false
    if (builder.things.count * this.#memory.width > MAX_CELLS) return false
    builder.lines += rows
    const group = new Rows(this.#memory.columns('group', rows), dictionaries, builder.context)
    const first = group.windowOf(0)
    if (this.#window !== null && first < this.#window) return false
    let at = 0
    if (this.#window === null || first === this.#window) {
      while (at < rows && group.windowOf(at) === first) at++
      if (this.#window === null) this.#window = first
      group.appendTo(builder, 0, at)
      if (at === rows) return true
    }
    const last = group.windowOf(rows - 1)
    let end = rows
    while (end > at && group.windowOf(end - 1) === last) end--
    return this.#closeWindow() && this.#digestGroup(dictionaries, rows, at, end)
  }

  /** To be called when the whole stretch has been taken. */
  finish(): boolean {
    return this.#closeDigest()
  }

  /** The last window is whole: its rows are digested too, if it is not the stretch's first. */
  #closeWindow(): boolean {
    const builder = this.#builder
    const rows = builder.rows - this.#from
    if (this.#isFirst || rows === 0) return true
    const dictionaries = ownRows(builder, this.#from, this.#memory.columns('window', rows))
    builder.rows = this.#from
    return this.#load('window', dictionaries, rows) && this.#digest(0, rows, this.#window!)
  }

  /** Digests the rows [from, to) of the row group; those behind are the last window's. */
  #digestGroup(dictionaries: Dictionaries, rows: number, from: number, to: number): boolean {
    if (!this.#load('group', dictionaries, rows)) return false
    if (!this.#digest(from, to, this.#window! + 1)) return false
    const builder = this.#builder
    const group = new Rows(this.#memory.columns('group', rows), dictionaries, builder.context)
    const last = group.windowOf(rows - 1)
    if (last <= this.#window!) return false
    this.#window = last
    this.#isFirst = false
    this.#from = builder.rows
    group.appendTo(builder, to, rows)
    return true
  }

  #load(set: 'group' | 'window', dictionaries: Dictionaries, rows: number): boolean {
    const { things, context } = this.#builder
    const { windowMs } = context
    return this.#memory.load(set, dictionaries, { rows, things: things.count, windowMs })
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
        this.#window = window
      }
      at = row
      if (stopped === 'all') return true
      if (!this.#closeDigest()) return false
      const next = this.#memory.windowAt(at)
      this.#open = { firstWindow: next, endWindow: next, rows: 0 }
    }
    return true
  }

  #closeDigest(): boolean {
    if (this.#open === null) return true
    const { counts, metrics } = this.#builder.context
    const closed = metrics.map((_, metric) => this.#memory.closeMetric(metric))
    this.digests.push({
      ...this.#open,
      summaries: together(closed.map(({ summary }) => summary)),
      firstOf: Int32Array.from(closed, ({ firstWindow }) => firstWindow),
      ...this.#memory.closeThings(),
    })
    this.#open = null
    // A negative count has to be refused, row by row.
    return closed.every(({ summary }, metric) => counts[metric] === 0 || !(summary.min < 0))
  }
}

/** The summaries in one shared memory: to pass many small ones to another thread would cost more. */
function together(summaries: readonly Summary[]): Summary[] {
  const filled = summaries.reduce((sum, { bins }) => sum + bins.length, 0)
  const memory = new SharedArrayBuffer(filled * 12)
  let at = 0
  return summaries.map((summary) => {
    const { length } = summary.bins
    const counts = new Float64Array(memory, at * 8, length)
    const bins = new Int32Array(memory, filled * 8 + at * 4, length)
    counts.set(summary.counts)
    bins.set(summary.bins)
    at += length
    return { ...summary, bins, counts }
  })
}

/** The rows of one row group, value by value. */
class Rows {
  readonly #columns: IndexColumns
  readonly #dictionaries: Dictionaries
  readonly #windowMs: number

  constructor(columns: IndexColumns, dictionaries: Dictionaries, { windowMs }: DecodeContext) {
    this.#columns = columns
    this.#dictionaries = dictionaries
    this.#windowMs = windowMs
  }

  /** NaN where the index lies beyond the dictionary. */
  windowOf(row: number): number {
    return Math.floor(this.#dictionaries.time[this.#columns.time[row]!]! / this.#windowMs)
  }

  appendTo(builder: ChunkBuilder, from: number, to: number): void {
    const { thing, metric, time, value } = this.#columns
    const { thing: codes, metric: indices, time: times, value: values } = this.#dictionaries
    builder.reserve(builder.rows + to - from)
    for (let row = from; row < to; row++) {
      builder.push(
        codes[thing[row]!]!,
        indices[metric[row]!]!,
        times[time[row]!]!,
        values[value[row]!]!,
      )
    }
  }
}

/** Whether every row would pass, as far as the dictionaries tell; the values are looked at elsewhere. */
function isSound({ thing, metric, time }: Dictionaries, { context }: ChunkBuilder): boolean {
  const latest = Math.min(MAX_TIME, context.notAfter)
  for (const code of thing) if (code < 0) return false
  for (const index of metric) if (index < 0) return false
  for (const t of time) if (!(t >= 0 && t <= latest)) return false
  return true
}

/** The builder's rows from `from` on, where each is its own entry of the dictionaries. */
function ownRows(builder: ChunkBuilder, from: number, into: IndexColumns): Dictionaries {
  const { rows, thing, metric, time, value } = builder
  for (const column of Object.values(into)) {
    for (let i = 0; i < column.length; i++) column[i] = i
  }
  return {
    thing: thing.slice(from, rows),
    metric: metric.slice(from, rows),
    time: time.slice(from, rows),
    value: value.slice(from, rows),
  }
}

let kept: DigestMemory | null = null

/** The memory of a thread, empty. */
function memoryOf(metrics: number): DigestMemory {
  if (kept?.width !== metrics) kept = new DigestMemory(metrics)
  kept.clear()
  return kept
}
