import { HOUR_MS } from '../domain/time.ts'
import { binValue, floatBin } from './float-bins.ts'
import { HOURS } from './hour-counts.ts'
import type { Columns } from './model.ts'
import { heldValue } from './series-kernel.ts'
import { slabAt, type SlabHandle, type Slabs } from './series-slabs.ts'
import { SLAB_BITS, SLAB_SEATS } from './series-state.ts'

/**
 * A thing's day by hour, each hour the mean of its datapoints as a bin: what is usual for it at a time of
 * day is told by its last days together. A record of 32 words per seat, in slabs as the series' own.
 * Days alternate between two tables, so that one can be closed while the next is written; an hour's mean
 * is written when the next one begins, or the day is closed.
 */
const CURVE_WORDS = 32
/** Of the hour that is going on: the sum (a double), its number since 1970 and one more, datapoints. */
const HOUR = 2
const COUNT = 3
/** The tables of the even and of the odd day, in halves. */
const TABLES = 8

export const CURVE_SLAB_BYTES: number = SLAB_SEATS * CURVE_WORDS * 4
/** Of each day that is kept of a thing. */
export const CURVE_DAY_BYTES: number = 4 + HOURS * 2

/** Nothing has come in an hour; a mean of zero is written as `ZERO`, which is nobody's bin. */
const NOTHING = 0
const ZERO = 1

/** A closed day: the things that had one, and theirs, hour by hour. */
export interface DayCurves {
  /** Ascending. */
  seats: Int32Array
  means: Int16Array
}

interface Slab {
  sums: Float64Array
  ints: Int32Array
  halves: Int16Array
}

function slabOf({ memory, at }: SlabHandle): Slab {
  const words = SLAB_SEATS * CURVE_WORDS
  return {
    sums: new Float64Array(memory, at, words / 2),
    ints: new Int32Array(memory, at, words),
    halves: new Int16Array(memory, at, words * 2),
  }
}

/** The whole records of a slab, for a checkpoint. */
export function curveInts(slab: SlabHandle): Int32Array {
  return slabOf(slab).ints
}

/** Takes rows of one UTC day in, in time order of each thing; `learned`: 1 at those that count. */
export function takeCurves(
  slabs: Slabs,
  at: number,
  { thing, window, value, watched, from, to }: Columns,
  windowMs: number,
  learned: Uint8Array | null,
): void {
  const views: (Slab | undefined)[] = []
  for (let row = from; row < to; ) {
    // Rows of one window and slab lie together: what they have in common is looked up once.
    const now = window[row]!
    const slab = thing[row]! >> SLAB_BITS
    const first = row
    do row++
    while (row < to && window[row] === now && thing[row]! >> SLAB_BITS === slab)
    const view = (views[slab] ??= slabOf(slabAt(slabs, slab, at)))
    const hour = Math.floor((now * windowMs) / HOUR_MS) + 1
    takeRows(view, thing, value, watched, learned, first, row, hour)
  }
}

function takeRows(
  view: Slab,
  thing: Int32Array,
  value: Float64Array,
  watched: Uint8Array | null,
  learned: Uint8Array | null,
  from: number,
  to: number,
  hour: number,
): void {
  const { sums, ints } = view
  for (let row = from; row < to; row++) {
    const seat = thing[row]!
    if (watched !== null && watched[seat] !== 1) continue
    if (learned !== null && learned[row] !== 1) continue
    const record = (seat & (SLAB_SEATS - 1)) * CURVE_WORDS
    const x = heldValue(value[row]!)
    if (ints[record + HOUR] === hour) {
      sums[record >> 1]! += x
      ints[record + COUNT]!++
      continue
    }
    writeHour(view, record)
    sums[record >> 1] = x
    ints[record + HOUR] = hour
    ints[record + COUNT] = 1
  }
}

/** Writes the mean of the hour that was going on, if there was one. */
function writeHour({ sums, ints, halves }: Slab, record: number): void {
  const hour = ints[record + HOUR]! - 1
  if (hour < 0) return
  const mean = floatBin(sums[record >> 1]! / ints[record + COUNT]!)
  const table = 2 * record + TABLES + (dayOfHour(hour) & 1) * HOURS
  halves[table + (hour % HOURS)] = mean === 0 ? ZERO : mean
}

function dayOfHour(hour: number): number {
  return Math.floor(hour / HOURS)
}

/** Takes a closed day out of all slabs; its tables are empty afterwards. */
export function closeCurves(slabs: readonly SlabHandle[], day: number): DayCurves {
  const seats: number[] = []
  const rows: Int16Array[] = []
  for (const [i, slab] of slabs.entries()) {
    const view = slabOf(slab)
    const { ints, halves } = view
    for (let seat = 0; seat < SLAB_SEATS; seat++) {
      const record = seat * CURVE_WORDS
      if (dayOfHour(ints[record + HOUR]! - 1) === day) {
        writeHour(view, record)
        ints[record + HOUR] = 0
      }
      const from = 2 * record + TABLES + (day & 1) * HOURS
      const table = halves.subarray(from, from + HOURS)
      if (table.every((mean) => mean === NOTHING)) continue
      seats.push(i * SLAB_SEATS + seat)
      rows.push(table.slice())
      table.fill(NOTHING)
    }
  }
  const means = new Int16Array(rows.length * HOURS)
  for (const [i, row] of rows.entries()) means.set(row, i * HOURS)
  return { seats: Int32Array.from(seats), means }
}

/** A thing's mean of an hour on each of some days, ascending; days without one are left out. */
export function hourMeans(days: readonly DayCurves[], seat: number, hour: number): number[] {
  return days
    .flatMap(({ seats, means }) => {
      const at = placeOf(seats, seat)
      const mean = at < 0 ? NOTHING : means[at * HOURS + hour]!
      return mean === NOTHING ? [] : [mean === ZERO ? 0 : binValue(mean)]
    })
    .sort((a, b) => a - b)
}

function placeOf(seats: Int32Array, seat: number): number {
  let low = 0
  let high = seats.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (seats[middle]! < seat) low = middle + 1
    else high = middle
  }
  return seats[low] === seat ? low : -1
}
