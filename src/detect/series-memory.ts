import {
  LOGGED,
  SERIES_WORDS,
  type SeriesShape,
  seriesShape,
  SINCE,
  SLAB_BITS,
  SLAB_SEATS,
  slabBytes,
  slabInts,
  slabLog,
} from '../stats/series-state.ts'
import { slabAt, type SlabHandle, slabsAt } from '../stats/series-slabs.ts'
import { SlabMemory } from './slab-memory.ts'

/** The series of all things and behaviors, as the full model keeps them. */
export class SeriesMemory extends SlabMemory {
  readonly windowMs: number
  readonly shape: SeriesShape

  constructor(behaviors: number, windowMs: number) {
    const shape = seriesShape(windowMs)
    super(behaviors, { seats: SLAB_SEATS, bytes: slabBytes(shape) })
    this.windowMs = windowMs
    this.shape = shape
  }

  /** One behavior's part of each slab. */
  handles(at: number): SlabHandle[] {
    return slabsAt(this.slabs, at)
  }

  /** Datapoints of an open day. */
  logged(at: number, day: number): number {
    let count = 0
    for (const handle of this.handles(at)) {
      const ints = slabInts(handle)
      for (let i = LOGGED + (day & 1); i < ints.length; i += SERIES_WORDS) count += ints[i]!
    }
    return count
  }

  /** The window in which the series in a seat began. */
  since(at: number, seat: number): number {
    const slab = slabAt(this.slabs, seat >> SLAB_BITS, at)
    return slabInts(slab)[(seat & (SLAB_SEATS - 1)) * SERIES_WORDS + SINCE]!
  }

  /** The bins of an open day, seat after seat of a slab. */
  dayLog(handle: SlabHandle, day: number): Int16Array {
    const ints = slabInts(handle)
    let count = 0
    this.#eachLog(handle, ints, day, (bins) => (count += bins.length))
    const log = new Int16Array(count)
    let end = 0
    this.#eachLog(handle, ints, day, (bins) => {
      log.set(bins, end)
      end += bins.length
    })
    return log
  }

  restore(at: number, day: number, records: Int32Array, log: Int16Array): void {
    this.reserve(records.length / SERIES_WORDS)
    let end = 0
    for (const [i, handle] of this.handles(at).entries()) {
      const ints = slabInts(handle)
      ints.set(records.subarray(i * ints.length, (i + 1) * ints.length))
      this.#eachLog(handle, ints, day, (bins) => {
        bins.set(log.subarray(end, end + bins.length))
        end += bins.length
      })
    }
  }

  /** Shows the bins that each seat of a slab has collected on an open day. */
  #eachLog(
    handle: SlabHandle,
    ints: Int32Array,
    day: number,
    show: (bins: Int16Array) => void,
  ): void {
    const parity = day & 1
    const log = slabLog(handle, parity, this.shape)
    for (let seat = 0; seat < SLAB_SEATS; seat++) {
      const first = seat * this.shape.perDay
      const count = ints[seat * SERIES_WORDS + LOGGED + parity]!
      if (count > 0) show(log.subarray(first, first + count))
    }
  }
}
