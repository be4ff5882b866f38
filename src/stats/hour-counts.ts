import { DAY_MS, HOUR_MS } from '../domain/time.ts'
import { BIN_SHIFT, BIN_SPAN, binFloor, LARGEST, LEAST_BIN } from './float-bins.ts'
import type { Columns } from './model.ts'

/**
 * What the datapoints of a fleet come to by hour of the UTC day: for each hour integer counts in cells of
 * two bins (0.8 %), in (shared) memory of zeros. Adding up days and lanes is exact in any order.
 */
export const HOURS = 24
/** Cells of either sign; between them the one of zero. */
const HALF: number = (BIN_SPAN - LEAST_BIN) >> 1
const CELLS: number = 2 * HALF + 1
/** Words before the cells: of each hour its count, its first and its last filled cell. */
const HEADER_WORDS = 4
const COUNT = 0
const FIRST = 1
const LAST = 2

export const HOUR_COUNTS_BYTES: number = (HOURS * (HEADER_WORDS + CELLS) * 4 + 7) & ~7

/** A closed day: hour after hour the filled cells, ascending, and how many datapoints lie in each. */
export interface HourCounts {
  /** Where each hour's cells begin, and where the last one's end. */
  starts: Int32Array
  cells: Int32Array
  counts: Uint32Array
}

const tables = new Map<number, Uint8Array>()

/** The hour that each window of a day begins in. */
export function hourOfWindow(windowMs: number): Uint8Array {
  let table = tables.get(windowMs)
  if (table === undefined) {
    table = Uint8Array.from({ length: DAY_MS / windowMs }, (_, window) =>
      Math.floor((window * windowMs) / HOUR_MS),
    )
    tables.set(windowMs, table)
  }
  return table
}

/** The open day's counts of one behavior in one lane; `at` is where in the memory they lie. */
export class OpenHours {
  readonly #header: Int32Array
  readonly #cells: Uint32Array

  constructor(memory: SharedArrayBuffer, at: number) {
    this.#header = new Int32Array(memory, at, HOURS * HEADER_WORDS)
    this.#cells = new Uint32Array(memory, at + HOURS * HEADER_WORDS * 4, HOURS * CELLS)
  }

  /** Takes rows in; `learned`: 1 at those that count, null for all. */
  add(columns: Columns, windowMs: number, learned: Uint8Array | null): void {
    const { window, from, to } = columns
    const hours = hourOfWindow(windowMs)
    for (let row = from; row < to; ) {
      // A window's rows lie together: its hour is looked up once, and what they come to is noted once.
      const first = row
      const now = window[row]!
      do row++
      while (row < to && window[row] === now)
      const hour = hours[now % hours.length]!
      const count = countRows(columns, first, row, learned, this.#cells, hour * CELLS)
      if (count > 0) this.#note(hour, extent[LOWEST]!, extent[HIGHEST]!, count)
    }
  }

  /** So many more datapoints have been counted in an hour's cells, between these. */
  #note(hour: number, low: number, high: number, count: number): void {
    const header = this.#header
    const at = hour * HEADER_WORDS
    const isFirst = header[at + COUNT] === 0
    if (isFirst || low < header[at + FIRST]!) header[at + FIRST] = low
    if (isFirst || high > header[at + LAST]!) header[at + LAST] = high
    header[at + COUNT]! += count
  }

  /** What it holds; nothing changes. */
  read(): HourCounts {
    const starts = new Int32Array(HOURS + 1)
    const cells: number[] = []
    for (let hour = 0; hour < HOURS; hour++) {
      starts[hour] = cells.length
      this.#eachFilled(hour, (cell) => cells.push(cell))
    }
    starts[HOURS] = cells.length
    const counts = new Uint32Array(cells.length)
    for (let hour = 0; hour < HOURS; hour++) {
      for (let i = starts[hour]!; i < starts[hour + 1]!; i++) {
        counts[i] = this.#cells[hour * CELLS + cells[i]!]!
      }
    }
    return { starts, cells: Int32Array.from(cells), counts }
  }

  merge({ starts, cells, counts }: HourCounts): void {
    for (let hour = 0; hour < HOURS; hour++) {
      for (let i = starts[hour]!; i < starts[hour + 1]!; i++) {
        this.#cells[hour * CELLS + cells[i]!]! += counts[i]!
        this.#note(hour, cells[i]!, cells[i]!, counts[i]!)
      }
    }
  }

  clear(): void {
    for (let hour = 0; hour < HOURS; hour++) {
      this.#eachFilled(hour, (cell) => {
        this.#cells[hour * CELLS + cell] = 0
      })
    }
    this.#header.fill(0)
  }

  #eachFilled(hour: number, show: (cell: number) => void): void {
    const at = hour * HEADER_WORDS
    if (this.#header[at + COUNT] === 0) return
    const cells = this.#cells
    const last = hour * CELLS + this.#header[at + LAST]!
    for (let i = hour * CELLS + this.#header[at + FIRST]!; i <= last; i++) {
      if (cells[i] !== 0) show(i - hour * CELLS)
    }
  }
}

/** The lowest and the highest cell that was counted last. */
const extent = new Int32Array(2)
const LOWEST = 0
const HIGHEST = 1

/** Counts rows in the cells from `at` on; how many they were. */
function countRows(
  { thing, value, watched }: Columns,
  from: number,
  to: number,
  learned: Uint8Array | null,
  cells: Uint32Array,
  at: number,
): number {
  let count = 0
  let lowest = CELLS
  let highest = -1
  for (let row = from; row < to; row++) {
    if (watched !== null && watched[thing[row]!] !== 1) continue
    if (learned !== null && learned[row] !== 1) continue
    const cell = cellOf(value[row]!)
    cells[at + cell]!++
    count++
    lowest = cell < lowest ? cell : lowest
    highest = cell > highest ? cell : highest
  }
  extent[LOWEST] = lowest
  extent[HIGHEST] = highest
  return count
}

const float = new Float32Array(1)
const pattern = new Int32Array(float.buffer)
/** The upper bits of the patterns of the least value that has a bin of its own, and of the largest that is held. */
const LEAST_PATTERN = patternOf(binFloor(LEAST_BIN))
const MOST_PATTERN = patternOf(LARGEST)

/** The cell of a value: that of its bin. Without a branch for the sign, which cannot be foreseen. */
function cellOf(value: number): number {
  const upper = patternOf(value)
  const sign = pattern[0]! >> 31
  const held = upper < MOST_PATTERN ? upper : MOST_PATTERN
  const steps = held < LEAST_PATTERN ? 0 : 1 + ((held - LEAST_PATTERN) >> 1)
  return HALF + ((steps ^ sign) - sign)
}

function patternOf(value: number): number {
  float[0] = value
  return (pattern[0]! & 0x7fffffff) >> BIN_SHIFT
}

/** The value in a cell that is nearest to zero. */
function cellFloor(cell: number): number {
  if (cell === HALF) return 0
  return cell > HALF
    ? binFloor(LEAST_BIN + 2 * (cell - HALF - 1))
    : -binFloor(LEAST_BIN + 2 * (HALF - 1 - cell))
}

/** Quartiles of what several days have in one hour, and of how many datapoints; null of none. */
export interface HourQuartiles {
  low: number
  middle: number
  high: number
  datapoints: number
}

export function hourQuartiles(days: readonly HourCounts[], hour: number): HourQuartiles | null {
  const counts = new Map<number, number>()
  let datapoints = 0
  for (const day of days) {
    for (let i = day.starts[hour]!; i < day.starts[hour + 1]!; i++) {
      const cell = day.cells[i]!
      counts.set(cell, (counts.get(cell) ?? 0) + day.counts[i]!)
      datapoints += day.counts[i]!
    }
  }
  if (datapoints === 0) return null
  const ascending = [...counts].sort(([a], [b]) => a - b)
  const atShare = (share: number): number => {
    const rank = Math.round(share * (datapoints - 1))
    let before = 0
    const found = ascending.find(([, count]) => (before += count) > rank)!
    return cellFloor(found[0])
  }
  return { low: atShare(0.25), middle: atShare(0.5), high: atShare(0.75), datapoints }
}
