import { type BinList, sharedHalves, sharedList } from './bin-lists.ts'
import { runMerger } from './run-merger.ts'
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

/** Closes a day of a slab; its logs are empty afterwards. */
export function closeSlabDay(slab: SlabHandle, parity: number, shape: SeriesShape): SlabDay {
  const ints = slabInts(slab)
  const starts = new Int32Array(new SharedArrayBuffer((SLAB_SEATS + 1) * 4))
  const counts = Int32Array.from({ length: SLAB_SEATS }, (_, seat) => {
    const logged = seat * SERIES_WORDS + LOGGED + parity
    const count = ints[logged]!
    ints[logged] = 0
    return count
  })
  const log = slabLog(slab, parity, shape)
  const { runs, all } = runMerger().close(log, shape.perDay, counts, starts)
  const { datapoints } = all
  return { starts, runs: sharedHalves(runs, runs.length), values: sharedList(all), datapoints }
}
