import { BinCounts, writeRuns } from './bin-counts.ts'
import { type BinList, drain, drainList, scratchHalves, sharedHalves } from './bin-lists.ts'
import {
  LOGGED,
  SERIES_WORDS,
  type SeriesShape,
  SLAB_SEATS,
  slabInts,
  slabLog,
} from './series-state.ts'
import type { SlabHandle } from './series-slabs.ts'

/** One day of a slab's series: each seat's bins and counts, in the form of `BinCounts`. */
export interface SlabDay {
  /** Where each seat's runs begin, and where the last one's end. */
  starts: Int32Array
  runs: Int16Array
  /** All bins of the day, whosesoever. */
  values: BinList
  datapoints: number
}

const seatCounts = new BinCounts()
const dayCounts = new BinCounts()

/** Closes a day of a slab; its logs are empty afterwards. */
export function closeSlabDay(slab: SlabHandle, parity: number, shape: SeriesShape): SlabDay {
  const ints = slabInts(slab)
  const log = slabLog(slab, parity, shape)
  const starts = new Int32Array(new SharedArrayBuffer((SLAB_SEATS + 1) * 4))
  let datapoints = 0
  for (let seat = 0; seat < SLAB_SEATS; seat++) {
    datapoints += ints[seat * SERIES_WORDS + LOGGED + parity]!
  }
  const runs = scratchHalves(datapoints)
  let end = 0
  for (let seat = 0; seat < SLAB_SEATS; seat++) {
    starts[seat] = end
    const logged = seat * SERIES_WORDS + LOGGED + parity
    const count = ints[logged]!
    if (count === 0) continue
    ints[logged] = 0
    seatCounts.addBins(log, seat * shape.perDay, seat * shape.perDay + count)
    const { bins, counts, length } = drain(seatCounts)
    dayCounts.addCounted(bins, counts, length)
    end = writeRuns(bins, counts, length, runs, end)
  }
  starts[SLAB_SEATS] = end
  return { starts, runs: sharedHalves(runs, end), values: drainList(dayCounts), datapoints }
}
