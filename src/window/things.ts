import { PAGE, PAGE_BITS } from '../columnar/pane-columns.ts'
import { fnv1a32, type Names, NameTable, nameAt } from '../columnar/name-table.ts'

/** State lives in 64 shards by thing name, whatever the number of workers. */
export const SHARDS = 64

/**
 * The things of a run. Those of one shard sit together in pages of eight seats: long enough to run
 * over, short enough that a handful of things in 64 shards wastes little. Each has an *index*: its seat
 * in every state array, in a page of its shard; it never moves, and is given to another thing only
 * after `forget`. Its *ordinal* is never given again: it is the thing's number in the archive.
 */
export class Things {
  /** Seats that exist, used or not; state arrays need this length. Grows by whole pages. */
  capacity = 0
  /** Indexes given out since whoever keeps columns by thing last emptied this list. */
  readonly arrivals: number[] = []
  readonly #maxThings: number
  #names: NameTable = new NameTable(1_024)
  /** Index by code of the name table. */
  #indexes: Int32Array = new Int32Array(1_024)
  /** Code of the name table by index, -1 for a free seat. */
  #codes: Int32Array = new Int32Array(0)
  #ordinals: Float64Array = new Float64Array(0)
  #lastSeen: Int32Array = new Int32Array(0)
  readonly #shardOfPage: number[] = []
  /** By page, how many of its seats have ever been given: those behind them are empty. */
  readonly #seats: number[] = []
  readonly #pages: number[][] = Array.from({ length: SHARDS }, () => [])
  #free: number[][] = Array.from({ length: SHARDS }, () => [])
  #nextOrdinal = 0
  #refused = 0

  constructor(maxThings: number = Number.POSITIVE_INFINITY) {
    this.#maxThings = maxThings
  }

  get count(): number {
    return this.#names.count
  }

  /** How many look-ups were refused because the fleet outgrew the memory budget. */
  get refused(): number {
    return this.#refused
  }

  /** Whether so many more can be seated. */
  hasRoom(more: number): boolean {
    return this.count + more <= this.#maxThings
  }

  /** The page numbers of a shard, ascending; page p holds the indexes from p * PAGE. */
  pagesOf(shard: number): readonly number[] {
    return this.#pages[shard]!
  }

  /** How many seats of a page, from the first, may be taken; nobody ever sat on those behind them. */
  seatsOf(page: number): number {
    return this.#seats[page]!
  }

  /** The index of a thing, new ones included; -1 when there is no room for another. */
  intern(names: Names, code: number): number {
    const { bytes, offsets } = names
    const from = offsets[code]!
    const to = offsets[code + 1]!
    const known = this.#names.find(bytes, from, to)
    if (known >= 0) return this.#indexes[known]!
    if (this.count >= this.#maxThings) {
      this.#refused++
      return -1
    }
    return this.#seat(bytes, from, to, this.#nextOrdinal++)
  }

  find(name: string): number {
    const code = this.#names.findString(name)
    return code < 0 ? -1 : this.#indexes[code]!
  }

  name(index: number): string {
    return this.#names.name(this.#codes[index]!)
  }

  ordinal(index: number): number {
    return this.#ordinals[index]!
  }

  /** Whether somebody sits there. */
  taken(index: number): boolean {
    return this.#codes[index] !== -1
  }

  /** Notes that a thing had a datapoint in a window (given by number); tells the window before it, or -1. */
  see(index: number, window: number): number {
    const before = this.#lastSeen[index]!
    if (window > before) this.#lastSeen[index] = window
    return before
  }

  /** How many ordinals have been given. */
  get ordinals(): number {
    return this.#nextOrdinal
  }

  /** The names of the things with ordinals from `first` on, by ordinal. */
  namesFrom(first: number): Map<number, string> {
    const names = new Map<number, string>()
    for (let code = 0; code < this.count; code++) {
      const ordinal = this.#ordinals[this.#indexes[code]!]!
      if (ordinal >= first) names.set(ordinal, nameAt(this.#names, code))
    }
    return names
  }

  /** Frees the seats of all things last seen before a window, but for those to be kept all the same. */
  forget(window: number, keep: (index: number) => boolean): void {
    if (!this.#anyBefore(window)) return
    const kept = new NameTable(Math.max(64, this.count))
    const indexes = new Int32Array(this.#indexes.length)
    for (let code = 0; code < this.count; code++) {
      const index = this.#indexes[code]!
      const lastSeen = this.#lastSeen[index]!
      if (lastSeen >= 0 && lastSeen < window && !keep(index)) {
        this.#free[this.#shardOfPage[index >> PAGE_BITS]!]!.push(index)
        this.#codes[index] = -1
        continue
      }
      const { bytes, offsets } = this.#names
      const moved = kept.codeOf(bytes, offsets[code]!, offsets[code + 1]!)
      indexes[moved] = index
      this.#codes[index] = moved
    }
    for (const free of this.#free) free.sort(lastSeatFirst)
    this.#names = kept
    this.#indexes = indexes
  }

  #anyBefore(window: number): boolean {
    for (let code = 0; code < this.count; code++) {
      const lastSeen = this.#lastSeen[this.#indexes[code]!]!
      if (lastSeen >= 0 && lastSeen < window) return true
    }
    return false
  }

  /** The state as columns, for a checkpoint; things in the order they came. */
  snapshot(): ThingsSnapshot {
    const { count } = this
    const index = this.#indexes.slice(0, count)
    return {
      names: this.#names.snapshot(),
      index,
      ordinal: Float64Array.from(index, (at) => this.#ordinals[at]!),
      lastSeen: Int32Array.from(index, (at) => this.#lastSeen[at]!),
      shardOfPage: Uint8Array.from(this.#shardOfPage),
      nextOrdinal: this.#nextOrdinal,
    }
  }

  static restore(snapshot: ThingsSnapshot, maxThings: number): Things {
    const { names, index, ordinal, lastSeen, shardOfPage, nextOrdinal } = snapshot
    const things = new Things(maxThings)
    for (const shard of shardOfPage) things.#addPage(shard)
    const taken = new Uint8Array(things.capacity)
    for (let code = 0; code < names.count; code++) {
      const seat = index[code]!
      const { bytes, offsets } = names
      things.#place(
        things.#names.codeOf(bytes, offsets[code]!, offsets[code + 1]!),
        seat,
        ordinal[code]!,
      )
      things.#lastSeen[seat] = lastSeen[code]!
      taken[seat] = 1
    }
    for (const [shard, free] of things.#free.entries()) {
      things.#free[shard] = free.filter((seat) => taken[seat] === 0).sort(lastSeatFirst)
    }
    things.#nextOrdinal = nextOrdinal
    return things
  }

  #seat(bytes: Uint8Array, from: number, to: number, ordinal: number): number {
    const shard = fnv1a32(bytes, from, to) % SHARDS
    if (this.#free[shard]!.length === 0) this.#addPage(shard)
    const index = this.#free[shard]!.pop()!
    this.#place(this.#names.codeOf(bytes, from, to), index, ordinal)
    return index
  }

  #place(code: number, index: number, ordinal: number): void {
    if (code >= this.#indexes.length) this.#indexes = grown(this.#indexes, code + 1)
    this.#indexes[code] = index
    this.#codes[index] = code
    const page = index >> PAGE_BITS
    this.#seats[page] = Math.max(this.#seats[page]!, (index & (PAGE - 1)) + 1)
    this.#ordinals[index] = ordinal
    this.#lastSeen[index] = -1
    this.arrivals.push(index)
  }

  #addPage(shard: number): void {
    const page = this.#shardOfPage.length
    this.#shardOfPage.push(shard)
    this.#seats.push(0)
    this.#pages[shard]!.push(page)
    this.capacity = (page + 1) * PAGE
    if (this.#codes.length < this.capacity) {
      this.#codes = grown(this.#codes, this.capacity)
      this.#ordinals = grown(this.#ordinals, this.capacity)
      this.#lastSeen = grown(this.#lastSeen, this.capacity)
    }
    this.#codes.fill(-1, page * PAGE, this.capacity)
    for (let seat = PAGE - 1; seat >= 0; seat--) this.#free[shard]!.push(page * PAGE + seat)
  }
}

/** Free seats are given from the end of their list: so always the first one, also after a restart. */
function lastSeatFirst(a: number, b: number): number {
  return b - a
}

export interface ThingsSnapshot {
  names: Names
  /** By code in `names`. */
  index: Int32Array
  ordinal: Float64Array
  lastSeen: Int32Array
  shardOfPage: Uint8Array
  nextOrdinal: number
}

/** A copy with room for at least `length` values, at least doubled. */
export function grown<T extends Int32Array | Float64Array | Uint8Array | Uint32Array>(
  column: T,
  length: number,
): T {
  const larger = new (column.constructor as new (length: number) => T)(
    Math.max(length, column.length * 2),
  )
  larger.set(column)
  return larger
}
