import type { Chunk } from '../columnar/chunk.ts'
import { isListKind } from '../domain/list-value.ts'
import type { Metric } from '../domain/metric.ts'
import { DISCONNECT_DURATION } from '../domain/presence.ts'
import type { EpochMs } from '../domain/time.ts'
import { cellBase, PAGE } from '../columnar/pane-columns.ts'
import type { Digest } from '../tasks/digest.ts'
import { fillRows } from './fill-rows.ts'
import { Pane } from './pane.ts'
import type { Digested } from './stretch.ts'
import { type PaneShape, paneShape } from './pane-shape.ts'
import { Presence } from './presence.ts'
import { grown, type Things } from './things.ts'

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
  readonly #sums: Uint8Array
  readonly #lastOnly: Int32Array
  readonly shape: PaneShape
  /** Null where nobody wants to know how long things have been offline. */
  readonly presence: Presence | null
  readonly #open: Map<number, Pane> = new Map()
  /** Closed and handed over, not yet handed back. */
  readonly #lent: Set<Pane> = new Set()
  readonly #spare: Pane[] = []
  /** Indexes of the things of digests handed over, not yet noted as seen. */
  readonly #passed: Set<Int32Array> = new Set()
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
    this.#sums = Uint8Array.from(metrics, ({ aggregation }) => (aggregation === 'sum' ? 1 : 0))
    this.#lastOnly = Int32Array.from(metrics, ({ aggregation }) =>
      aggregation === 'last' ? -1 : 0,
    )
    this.shape = paneShape(metrics)
    const offline = metrics.findIndex(({ name }) => name === DISCONNECT_DURATION)
    this.presence = offline < 0 ? null : new Presence(offline, metrics.length, windowMs)
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
    return this.things.capacity * (this.metrics.length * 12 + this.shape.sizeMetrics.length * 24)
  }

  /** Assigns a chunk's rows to their windows. */
  fill(chunk: Chunk): Filled {
    this.#beginChunk(chunk)
    const filled: Filled = { late: 0, lateTime: Number.POSITIVE_INFINITY, refused: 0 }
    const special = chunk.sizes !== null || chunk.versions !== null || chunk.lists
    if (special) this.#fillSpecial(chunk, filled)
    else this.#fillPlain(chunk, filled)
    return filled
  }

  /** Leaves out windows that came as a digest with the chunk filled last; hand what it returns back to `seen`. */
  pass(digest: Digest, chunk: Chunk): Digested {
    this.#firstOpen = digest.endWindow
    const indexes = new Int32Array(new SharedArrayBuffer(chunk.things.count * 4))
    const things = digest.things.map((code) => {
      this.#baseOf(chunk, code)
      indexes[code] = this.#indexes[code]!
      return indexes[code]
    })
    this.#passed.add(things)
    return { digest, things, indexes }
  }

  /** Notes which things a digest holds; returns those that were silent for more windows than `forgetAfter`. */
  seen({ digest, things }: Digested, forgetAfter: number): number[] {
    this.#passed.delete(things)
    const { firstSeen, lastSeen } = digest
    return [...things].filter((index, i) => {
      const before = this.things.see(index, firstSeen[i]!)
      this.things.see(index, lastSeen[i]!)
      return before < 0 || firstSeen[i]! - before > forgetAfter
    })
  }

  /** Closes all windows below `boundary` and hands them over in order; return each with `recycle`. */
  close(boundary: number): Pane[] {
    if (boundary <= this.#firstOpen) return []
    const closed: Pane[] = []
    let next = this.#firstOpen
    for (const pane of this.openPanes) {
      if (pane.window >= boundary) break
      for (const silent of this.#hours(next, pane.window)) closed.push(this.#close(silent, false))
      closed.push(this.#close(pane, true))
      next = pane.window + 1
    }
    for (const silent of this.#hours(next, boundary)) closed.push(this.#close(silent, false))
    this.#firstOpen = boundary
    return closed
  }

  /** Windows without a row of anybody in which there is something to say about who is connected. */
  *#hours(from: number, to: number): Generator<Pane> {
    for (const window of this.presence?.hours(from, to) ?? []) yield this.pane(window)
  }

  #close(pane: Pane, heard: boolean): Pane {
    this.#open.delete(pane.window)
    this.#lent.add(pane)
    pane.close()
    this.presence?.close(pane, this.things.capacity, heard)
    return pane
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
      pane = this.#spare.pop() ?? this.#newPane()
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
      this.presence?.isKnown(index) === true ||
      [...this.#passed].some((things) => things.includes(index)) ||
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
  #baseOf({ things }: Chunk, code: number): number {
    const known = this.#bases[code]!
    if (known !== UNKNOWN) return known
    const { capacity } = this.things
    const index = this.things.intern(things, code)
    this.#indexes[code] = index
    this.#bases[code] = index < 0 ? REFUSED : cellBase(index, this.metrics.length)
    if (this.things.capacity > capacity) {
      for (const pane of this.#open.values()) this.#reserve(pane)
    }
    return this.#bases[code]
  }

  #newPane(): Pane {
    return new Pane(this.things.capacity, this.shape)
  }

  #reserve(pane: Pane): void {
    pane.reserve(this.things.capacity)
  }

  /** Rows without sizes and versions: runs of simple rows, and between them rows that need care. */
  #fillPlain(chunk: Chunk, filled: Filled): void {
    const { rows, thing, metric, time, value } = chunk
    const fresh = new Int32Array(1)
    const columns = {
      time,
      thing,
      metric,
      value,
      fresh,
      bases: this.#bases,
      lastOnly: this.#lastOnly,
      sums: this.#sums,
    }
    for (let i = 0; i < rows; ) {
      const t = time[i]!
      const window = Math.floor(t / this.windowMs)
      if (window < this.#firstOpen) noteLate(filled, t)
      if (window < this.#firstOpen || t >= this.limit) {
        i++
        continue
      }
      const base = this.#baseOf(chunk, thing[i]!)
      if (base < 0) {
        filled.refused++
        i++
        continue
      }
      const pane = this.pane(window)
      const start = window * this.windowMs
      const end = Math.min(start + this.windowMs, this.limit)
      const next = fillRows(columns, i, rows, start, end, pane.value, pane.mark)
      pane.filled += fresh[0]!
      if (next === i) {
        const m = metric[i]!
        const { aggregation } = this.metrics[m]!
        pane.add(base + m * PAGE, aggregation, t - start, value[i]!)
      }
      i = Math.max(next, i + 1)
    }
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
      const base = this.#baseOf(chunk, thing[i]!)
      if (base < 0) {
        filled.refused++
        continue
      }
      const pane = this.pane(window)
      const cell = base + metric[i]! * PAGE
      const offset = time[i]! - window * this.windowMs
      const { aggregation, valueKind } = this.metrics[metric[i]!]!
      const isList = chunk.lists && isListKind(valueKind)
      const x = isList ? pane.listCode(chunk.things, value[i]!) : value[i]!
      if (versions !== null && versions.identity[i] !== 0) {
        pane.addVersion(cell, versions.identity[i]!, versions.version[i]!, offset, x)
      } else if (sizes !== null && aggregation === 'size') {
        pane.addSize(cell, x, sizes.min[i]!, sizes.sum[i]!, sizes.count[i]!)
      } else pane.add(cell, aggregation, offset, x)
    }
  }
}

function noteLate(filled: Filled, time: EpochMs): void {
  filled.late++
  if (time < filled.lateTime) filled.lateTime = time
}
