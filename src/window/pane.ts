import type { Aggregation } from '../domain/metric.ts'
import {
  newPaneMemory,
  PAGE,
  type PaneColumns,
  type PaneHandle,
  paneColumns,
} from '../columnar/pane-columns.ts'

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
   * What rounding took from fractional sums, by cell (for sums of sizes by -1 - thing): added back when
   * the window closes, so that the order of arrival does not matter. Whole numbers leave none.
   */
  readonly residues: Map<number, number> = new Map()
  /** Datapoints that may come again in another version: folded in when the window closes. */
  readonly versions: Map<number, Map<number, VersionedValue>> = new Map()
  #memory!: SharedArrayBuffer
  #seats = 0
  readonly #metrics: number
  readonly #sized: boolean

  constructor(seats: number, metrics: number, sized: boolean) {
    this.#metrics = metrics
    this.#sized = sized
    this.#layOut(seats)
  }

  /** What a worker thread needs to see it. */
  get handle(): PaneHandle {
    return {
      memory: this.#memory,
      seats: this.#seats,
      metrics: this.#metrics,
      sized: this.#sized,
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
    const shape = { seats, metrics: this.#metrics, sized: this.#sized }
    this.#memory = newPaneMemory(seats, this.#metrics, this.#sized)
    this.#seats = seats
    Object.assign(this, paneColumns({ memory: this.#memory, ...shape }))
  }

  clear(): void {
    this.mark.fill(0)
    this.sizeCount.fill(0)
    this.filled = 0
    this.residues.clear()
    this.versions.clear()
  }

  get bytes(): number {
    return this.#memory.byteLength
  }

  /** Adds a value that may repeat: of one identity the highest version stays, then the larger value. */
  addVersion(cell: number, identity: number, version: number, offset: number, value: number): void {
    let values = this.versions.get(cell)
    if (values === undefined) this.versions.set(cell, (values = new Map()))
    const known = values.get(identity)
    if (
      known === undefined ||
      version > known.version ||
      (version === known.version && value > known.value)
    ) {
      values.set(identity, { version, offset, value })
    }
  }

  /** Folds the versioned values that won into their cells. */
  #settle(metrics: number, aggregations: readonly Aggregation[]): void {
    for (const [cell, values] of this.versions) {
      const metric = Math.floor((cell % (PAGE * metrics)) / PAGE)
      const thing = Math.floor(cell / (PAGE * metrics)) * PAGE + (cell % PAGE)
      for (const { offset, value } of values.values()) {
        this.add(cell, thing, aggregations[metric]!, offset, value)
      }
    }
    this.versions.clear()
  }

  /** Folds one value in; the general form of `fillRows`. */
  add(cell: number, thing: number, aggregation: Aggregation, offset: number, value: number): void {
    if (aggregation === 'sum') this.addToSum(cell, value)
    else if (aggregation === 'last') this.keepLast(cell, offset, value)
    else this.addSize(cell, thing, value, value, value, 1)
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
    if (offset >= mark || (offset + 1 === mark && value > this.value[cell]!)) {
      this.mark[cell] = offset + 1
      this.value[cell] = value
    }
  }

  addSize(cell: number, thing: number, max: number, min: number, sum: number, count: number): void {
    if (this.mark[cell] === 0) {
      this.mark[cell] = 1
      this.filled++
      this.value[cell] = max
      this.sizeMin[thing] = min
      this.sizeSum[thing] = sum
      this.sizeCount[thing] = count
      return
    }
    if (this.sizeCount[thing] === 0) {
      this.sizeMin[thing] = this.value[cell]!
      this.sizeSum[thing] = this.value[cell]!
      this.sizeCount[thing] = 1
    }
    if (max > this.value[cell]!) this.value[cell] = max
    if (min < this.sizeMin[thing]!) this.sizeMin[thing] = min
    this.sizeSum[thing] = this.#sum(-1 - thing, this.sizeSum[thing]!, sum)
    this.sizeCount[thing]! += count
  }

  /** Adds the residues back to the sums: the pane is read from then on. */
  close(metrics: number, aggregations: readonly Aggregation[]): void {
    this.#settle(metrics, aggregations)
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
