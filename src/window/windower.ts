import type { Chunk } from '../columnar/chunk.ts'
import type { Metric } from '../domain/metric.ts'
import type { EpochMs } from '../domain/time.ts'
import { cellBase, Pane } from './pane.ts'
import { grown, PAGE, type Things } from './things.ts'

const SUM = 0
const LAST = 1
const SIZE = 2

/** Bases of things not yet looked up, and of those there is no room for. */
const UNKNOWN = -2
const REFUSED = -1

/** Memory of closed windows that is kept to be used again. */
const SPARE_BYTES = 32 * 1024 * 1024

/** What became of the rows of one chunk. */
export interface Filled {
  /** Rows that belong to windows already closed; they change nothing. */
  late: number
  /** Earliest of them, when there are any. */
  lateTime: EpochMs
  /** Rows of things for which there was no room. */
  refused: number
}

/**
 * Tumbling event-time windows `[start, end)` aligned to the epoch, one aggregate per (thing, metric)
 * and window. Each row belongs to exactly one window; the aggregates do not depend on the order of
 * the rows. Windows close in order, when told that the watermark has passed them.
 */
export class Windower {
  readonly windowMs: number
  readonly things: Things
  readonly metrics: readonly Metric[]
  /** Rows from this time on are passed over. */
  limit: EpochMs = Number.POSITIVE_INFINITY
  /** 1 for the metrics that have had a row; the others need not be looked for. */
  readonly seen: Uint8Array
  readonly #kinds: Uint8Array
  readonly #sizes: boolean
  readonly #open: Map<number, Pane> = new Map()
  /** Closed and handed over, not yet handed back. */
  readonly #lent: Set<Pane> = new Set()
  readonly #spare: Pane[] = []
  #bases: Int32Array = new Int32Array(1_024)
  #indexes: Int32Array = new Int32Array(1_024)
  /** Windows below this number are closed. */
  #firstOpen: number

  constructor(
    windowMs: number,
    metrics: readonly Metric[],
    things: Things,
    firstOpen: number = Number.NEGATIVE_INFINITY,
  ) {
    this.windowMs = windowMs
    this.metrics = metrics
    this.things = things
    this.#firstOpen = firstOpen
    this.seen = new Uint8Array(metrics.length)
    this.#kinds = Uint8Array.from(metrics, ({ aggregation }) =>
      aggregation === 'sum' ? SUM : aggregation === 'last' ? LAST : SIZE,
    )
    this.#sizes = this.#kinds.includes(SIZE)
  }

  /** The first window that is not closed yet. */
  get firstOpen(): number {
    return this.#firstOpen
  }

  /** Open windows in order, as for a checkpoint. */
  get openPanes(): Pane[] {
    return [...this.#open.values()].sort((a, b) => a.window - b.window)
  }

  /** Memory of one open window, in bytes. */
  get paneBytes(): number {
    return this.things.capacity * (this.metrics.length * 12 + (this.#sizes ? 24 : 0))
  }

  /** Assigns a chunk's rows to their windows. */
  fill(chunk: Chunk): Filled {
    this.#beginChunk(chunk)
    const filled: Filled = { late: 0, lateTime: Number.POSITIVE_INFINITY, refused: 0 }
    const special = chunk.sizes !== null || chunk.versions !== null
    if (special) this.#fillSpecial(chunk, filled)
    else this.#fillPlain(chunk, filled)
    return filled
  }

  /** Closes all windows below `boundary` and hands them over in order; return each with `recycle`. */
  close(boundary: number): Pane[] {
    if (boundary <= this.#firstOpen) return []
    this.#firstOpen = boundary
    const closed = this.openPanes.filter((pane) => pane.window < boundary)
    const aggregations = this.metrics.map((metric) => metric.aggregation)
    for (const pane of closed) {
      this.#open.delete(pane.window)
      this.#lent.add(pane)
      pane.close(this.metrics.length, aggregations)
    }
    return closed
  }

  recycle(pane: Pane): void {
    this.#lent.delete(pane)
    if (this.#spare.length * this.paneBytes > SPARE_BYTES) return
    pane.clear()
    this.#spare.push(pane)
  }

  /** The pane of an open window, made when there is none: for `fill` and for resuming. */
  pane(window: number): Pane {
    let pane = this.#open.get(window)
    if (pane === undefined) {
      pane = this.#spare.pop() ?? new Pane(0)
      pane.window = window
      this.#open.set(window, pane)
    }
    this.#reserve(pane)
    return pane
  }

  /**
   * Frees the seats of things last seen before a window, so that memory stays flat; those with rows
   * in windows that are open or not yet handed back are coming back and stay.
   */
  forget(window: number): void {
    const width = this.metrics.length
    const panes = [...this.#open.values(), ...this.#lent]
    const returning = (index: number): boolean =>
      panes.some(({ mark, versions }) => {
        const base = cellBase(index, width)
        for (let metric = 0; metric < width; metric++) {
          const cell = base + metric * PAGE
          if ((mark[cell] ?? 0) !== 0 || versions.has(cell)) return true
        }
        return false
      })
    this.things.forget(window, returning)
  }

  /** Forgets the last chunk's codes. */
  #beginChunk({ things }: Chunk): void {
    if (this.#bases.length < things.count) {
      this.#bases = grown(this.#bases, things.count)
      this.#indexes = grown(this.#indexes, things.count)
    }
    this.#bases.fill(UNKNOWN, 0, things.count)
  }

  /**
   * Where the cells of one of the chunk's things begin; REFUSED if there is no room for it. A thing gets
   * its seat with its first row that counts: names of refused and late rows leave no trace.
   */
  #seat({ things }: Chunk, code: number): number {
    if (this.#bases[code] !== UNKNOWN) return REFUSED
    const { capacity } = this.things
    const index = this.things.intern(things, code)
    this.#indexes[code] = index
    this.#bases[code] = index < 0 ? REFUSED : cellBase(index, this.metrics.length)
    if (this.things.capacity > capacity) {
      for (const pane of this.#open.values()) this.#reserve(pane)
    }
    return this.#bases[code]
  }

  #reserve(pane: Pane): void {
    pane.reserve(this.things.capacity, this.metrics.length, this.#sizes)
  }

  /** The hot loop: rows without sizes and versions. */
  #fillPlain(chunk: Chunk, filled: Filled): void {
    const { rows, thing, metric, time, value } = chunk
    const bases = this.#bases
    const { seen } = this
    const kinds = this.#kinds
    let pane: Pane | null = null
    let start = Number.POSITIVE_INFINITY
    let end = Number.NEGATIVE_INFINITY
    let values = value
    let marks: Uint32Array = new Uint32Array(0)
    let fresh = 0
    for (let i = 0; i < rows; i++) {
      const t = time[i]!
      if (t < start || t >= end) {
        const window = Math.floor(t / this.windowMs)
        if (window < this.#firstOpen) {
          noteLate(filled, t)
          continue
        }
        if (t >= this.limit) continue
        if (pane !== null) pane.filled += fresh
        fresh = 0
        pane = this.pane(window)
        start = window * this.windowMs
        end = Math.min(start + this.windowMs, this.limit)
        values = pane.value
        marks = pane.mark
      }
      let base = bases[thing[i]!]!
      if (base < 0) {
        base = this.#seat(chunk, thing[i]!)
        if (base < 0) {
          filled.refused++
          continue
        }
        values = pane!.value
        marks = pane!.mark
      }
      const m = metric[i]!
      const kind = kinds[m]!
      const cell = base + m * PAGE
      seen[m] = 1
      if (marks[cell] === 0 && kind !== SIZE) {
        marks[cell] = kind === SUM ? 1 : t - start + 1
        values[cell] = value[i]!
        fresh++
      } else if (kind === SUM) pane!.addToSum(cell, value[i]!)
      else if (kind === LAST) pane!.keepLast(cell, t - start, value[i]!)
      else pane!.addSize(cell, this.#indexes[thing[i]!]!, value[i]!, value[i]!, value[i]!, 1)
    }
    if (pane !== null) pane.filled += fresh
  }

  #fillSpecial(chunk: Chunk, filled: Filled): void {
    const { rows, thing, metric, time, value, sizes, versions } = chunk
    for (let i = 0; i < rows; i++) {
      const window = Math.floor(time[i]! / this.windowMs)
      if (window < this.#firstOpen) {
        noteLate(filled, time[i]!)
        continue
      }
      if (time[i]! >= this.limit) continue
      const known = this.#bases[thing[i]!]!
      const base = known < 0 ? this.#seat(chunk, thing[i]!) : known
      if (base < 0) {
        filled.refused++
        continue
      }
      const pane = this.pane(window)
      const index = this.#indexes[thing[i]!]!
      const cell = base + metric[i]! * PAGE
      const offset = time[i]! - window * this.windowMs
      const { aggregation } = this.metrics[metric[i]!]!
      this.seen[metric[i]!] = 1
      if (versions !== null && versions.identity[i] !== 0) {
        pane.addVersion(cell, versions.identity[i]!, versions.version[i]!, offset, value[i]!)
      } else if (sizes !== null && aggregation === 'size') {
        pane.addSize(cell, index, value[i]!, sizes.min[i]!, sizes.sum[i]!, sizes.count[i]!)
      } else pane.add(cell, index, aggregation, offset, value[i]!)
    }
  }
}

function noteLate(filled: Filled, time: EpochMs): void {
  filled.late++
  if (time < filled.lateTime) filled.lateTime = time
}
