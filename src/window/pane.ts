import type { Names } from '../columnar/name-table.ts'
import type { Aggregation } from '../domain/metric.ts'
import {
  newPaneMemory,
  PAGE,
  type PaneColumns,
  type PaneHandle,
  paneColumns,
  cellBase,
} from '../columnar/pane-columns.ts'
import { PaneLists } from './pane-lists.ts'
import type { PaneShape } from './pane-shape.ts'

/** From so many bytes of lists on, those that were replaced are dropped now and then. */
const LISTS_BYTES = 1 << 20

/** One window being filled: its columns, and what they cannot hold. */
export class Pane implements PaneColumns {
  /** Number of the window: its start in units of the window length. */
  window = 0
  /** Cells that hold something. */
  filled = 0
  value!: Float64Array
  mark!: Uint32Array
  sizeMin!: Float64Array
  sizeSum!: Float64Array
  sizeCount!: Float64Array
  /**
   * What rounding took from fractional sums, by cell (for sums of sizes by -1 - their place): added back when
   * the window closes, so that the order of arrival does not matter. Whole numbers leave none.
   */
  readonly residues: Map<number, number> = new Map()
  /** Datapoints that may come again in another version: folded in when the window closes. */
  readonly versions: Map<number, Map<number, VersionedValue>> = new Map()
  /** Behind the codes in the cells of list metrics. */
  lists: PaneLists = new PaneLists()
  readonly shape: PaneShape
  #memory!: SharedArrayBuffer
  #seats = 0
  #listsBound = LISTS_BYTES

  constructor(seats: number, shape: PaneShape) {
    this.shape = shape
    this.#layOut(seats)
  }

  /** What a worker thread needs to see it. */
  get handle(): PaneHandle {
    return {
      memory: this.#memory,
      seats: this.#seats,
      ...this.#extent,
      window: this.window,
    }
  }

  /** Room for so many seats; contents stay. */
  reserve(seats: number): void {
    if (seats <= this.#seats) return
    const { value, mark, sizeMin, sizeSum, sizeCount } = this
    const inUse = this.filled > 0 || this.versions.size > 0
    this.#layOut(inUse ? Math.max(seats, this.#seats * 2) : seats)
    if (this.filled === 0) return
    this.value.set(value)
    this.mark.set(mark)
    this.sizeMin.set(sizeMin)
    this.sizeSum.set(sizeSum)
    this.sizeCount.set(sizeCount)
  }

  #layOut(seats: number): void {
    const { metrics, sizes } = this.#extent
    this.#memory = newPaneMemory(seats, metrics, sizes)
    this.#seats = seats
    Object.assign(this, paneColumns({ memory: this.#memory, seats, metrics, sizes }))
  }

  get #extent(): { metrics: number; sizes: number } {
    return { metrics: this.shape.aggregations.length, sizes: this.shape.sizeMetrics.length }
  }

  clear(): void {
    this.mark.fill(0)
    this.sizeCount.fill(0)
    this.filled = 0
    this.residues.clear()
    this.versions.clear()
    this.lists.clear()
    this.#listsBound = LISTS_BYTES
  }

  get bytes(): number {
    return this.#memory.byteLength + this.lists.bytes
  }

  /** Adds a value that may repeat: of one identity the highest version stays, then the larger value. */
  addVersion(cell: number, identity: number, version: number, offset: number, value: number): void {
    let values = this.versions.get(cell)
    if (values === undefined) this.versions.set(cell, (values = new Map()))
    const known = values.get(identity)
    if (
      known === undefined ||
      version > known.version ||
      (version === known.version && this.#isLarger(cell, value, known.value))
    ) {
      values.set(identity, { version, offset, value })
    }
  }

  /** Folds the versioned values that won into their cells. */
  #settle(): void {
    const { aggregations } = this.shape
    for (const [cell, values] of this.versions) {
      const aggregation = aggregations[this.#metricOf(cell)]!
      for (const { offset, value } of values.values()) this.add(cell, aggregation, offset, value)
    }
    this.versions.clear()
  }

  #metricOf(cell: number): number {
    return Math.floor((cell % (PAGE * this.shape.aggregations.length)) / PAGE)
  }

  /** Where minimum, sum and count of a cell of a size lie. */
  #sizePlace(cell: number): number {
    const { aggregations, sizeMetrics, sizeOrdinals } = this.shape
    const seat = Math.floor(cell / (PAGE * aggregations.length)) * PAGE + (cell % PAGE)
    return seat * sizeMetrics.length + sizeOrdinals[this.#metricOf(cell)]!
  }

  #isList(cell: number): boolean {
    return this.shape.listMetrics.includes(this.#metricOf(cell))
  }

  /** Lists have codes for values: which of two is larger is said by what they hold. */
  #isLarger(cell: number, value: number, other: number): boolean {
    if (!this.#isList(cell)) return value > other
    return value !== other && this.lists.larger(value, other) === value
  }

  /** Folds one value in; the general form of `fillRows`. */
  add(cell: number, aggregation: Aggregation, offset: number, value: number): void {
    if (aggregation === 'sum') this.addToSum(cell, value)
    else if (aggregation === 'last') this.keepLast(cell, offset, value)
    else if (aggregation === 'union') this.#addToList(cell, value)
    else this.addSize(cell, value, value, value, 1)
  }

  /** The code, in this pane, of a list that has its text among some names. */
  listCode(names: Names, code: number): number {
    if (this.lists.bytes > this.#listsBound) this.#dropReplacedLists()
    return this.lists.codeOf(names, code)
  }

  #addToList(cell: number, code: number): void {
    if (this.mark[cell] === 0) {
      this.mark[cell] = 1
      this.filled++
      this.value[cell] = code
    } else this.value[cell] = this.lists.union(this.value[cell]!, code)
  }

  #dropReplacedLists(): void {
    const before = this.lists
    this.lists = new PaneLists()
    const { aggregations, listMetrics } = this.shape
    for (const metric of listMetrics) {
      for (let seat = 0; seat < this.#seats; seat++) {
        const cell = cellBase(seat, aggregations.length) + metric * PAGE
        if (this.mark[cell] === 0) continue
        this.value[cell] = this.lists.codeOf(before.names, this.value[cell]!)
      }
    }
    for (const [cell, values] of this.versions) {
      if (!this.#isList(cell)) continue
      for (const known of values.values())
        known.value = this.lists.codeOf(before.names, known.value)
    }
    this.#listsBound = Math.max(LISTS_BYTES, 2 * this.lists.bytes)
  }

  addToSum(cell: number, value: number): void {
    if (this.mark[cell] === 0) {
      this.mark[cell] = 1
      this.filled++
      this.value[cell] = value
      return
    }
    this.value[cell] = this.#sum(cell, this.value[cell]!, value)
  }

  /** a + b; the rounding error (Knuth's TwoSum, exact) goes to the residues. */
  #sum(key: number, a: number, b: number): number {
    const total = saturated(a + b)
    const part = total - a
    const lost = a - (total - part) + (b - part)
    if (lost !== 0) this.residues.set(key, (this.residues.get(key) ?? 0) + lost)
    return total
  }

  keepLast(cell: number, offset: number, value: number): void {
    const mark = this.mark[cell]!
    if (mark === 0) this.filled++
    if (offset >= mark || (offset + 1 === mark && this.#isLarger(cell, value, this.value[cell]!))) {
      this.mark[cell] = offset + 1
      this.value[cell] = value
    }
  }

  addSize(cell: number, max: number, min: number, sum: number, count: number): void {
    const place = this.#sizePlace(cell)
    if (this.mark[cell] === 0) {
      this.mark[cell] = 1
      this.filled++
      this.value[cell] = max
      this.sizeMin[place] = min
      this.sizeSum[place] = sum
      this.sizeCount[place] = count
      return
    }
    if (this.sizeCount[place] === 0) {
      this.sizeMin[place] = this.value[cell]!
      this.sizeSum[place] = this.value[cell]!
      this.sizeCount[place] = 1
    }
    if (max > this.value[cell]!) this.value[cell] = max
    if (min < this.sizeMin[place]!) this.sizeMin[place] = min
    this.sizeSum[place] = this.#sum(-1 - place, this.sizeSum[place]!, sum)
    this.sizeCount[place]! += count
  }

  /** Adds the residues back to the sums: the pane is read from then on. */
  close(): void {
    this.#settle()
    for (const [key, lost] of this.residues) {
      if (key >= 0) this.value[key] = saturated(this.value[key]! + lost)
      else this.sizeSum[-1 - key] = saturated(this.sizeSum[-1 - key]! + lost)
    }
    this.residues.clear()
  }
}

/** Sums beyond the largest double stay there: no device makes an infinity. */
function saturated(sum: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, sum))
}

interface VersionedValue {
  version: number
  /** Milliseconds into the window. */
  offset: number
  value: number
}
