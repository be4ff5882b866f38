import { BinCounts } from './bin-counts.ts'
import { passCompactDay } from './compact-habituation.ts'
import {
  COMPACT_SLAB_SEATS,
  COMPACT_WORDS,
  type CompactShape,
  compactSlab,
  COUNT,
  DISTANCE,
  distanceOf,
  HABIT,
  HIGH,
  LAST,
  LOW,
  SQUARE,
  START_COUNT,
  START_DEVIATION,
  START_HIGH,
  START_LOW,
} from './compact-state.ts'
import { addList, type BinList, drainList } from './bin-lists.ts'
import type { FleetSpread } from './excess-model.ts'
import { binValue, floatBin } from './float-bins.ts'
import type { SlabHandle } from './series-slabs.ts'

/** How the series of some slabs spread, old ones only: bins of their deviations and quantiles. */
export interface SlabSpreads {
  deviations: BinList
  highs: BinList
  lows: BinList
}

/** The share of things that spread no more than what a young one is taken for. */
const ORDINARY = 0.98

const counts = [new BinCounts(), new BinCounts(), new BinCounts()] as const

/**
 * Begins a day for the series of a slab: what they are like now is what the day's residuals are compared
 * with. Must be called between the days, and not while the slab is written. Silent series stay out of
 * the fleet. Returns nothing; `collectSpreads` has what was seen since it was last called.
 */
export function beginDay(
  slab: SlabHandle,
  day: number,
  { perDay, forgetAfter, history }: CompactShape,
): void {
  const { floats, words, halves } = compactSlab(slab)
  const [deviations, highs, lows] = counts
  const silentBefore = day * perDay - forgetAfter
  for (let record = 0; record < COMPACT_SLAB_SEATS * COMPACT_WORDS; record += COMPACT_WORDS) {
    const count = halves[2 * record + COUNT]!
    if (count === 0) continue
    passCompactDay(words, record + HABIT / 4)
    if (count < history[distanceOf(halves[2 * record + DISTANCE]!, perDay)]!) {
      floats[record + START_DEVIATION] = -1
      continue
    }
    const deviation = Math.sqrt(floats[record + SQUARE]!)
    const high = floats[record + HIGH]!
    const low = floats[record + LOW]!
    floats[record + START_DEVIATION] = deviation
    floats[record + START_HIGH] = high
    floats[record + START_LOW] = low
    halves[2 * record + START_COUNT] = count
    if (words[record + LAST]! < silentBefore) continue
    deviations.addCount(floatBin(deviation), 1)
    highs.addCount(floatBin(high), 1)
    lows.addCount(floatBin(low), 1)
  }
}

/** The spreads seen since it was last called; exact counts, so they add up in any order. */
export function collectSpreads(): SlabSpreads {
  const [deviations, highs, lows] = counts.map(drainList) as [BinList, BinList, BinList]
  return { deviations, highs, lows }
}

export function fleetSpread(slabs: readonly SlabSpreads[]): FleetSpread {
  const merged = (list: (slab: SlabSpreads) => BinList): BinList => {
    for (const slab of slabs) addList(counts[0], list(slab))
    return drainList(counts[0])
  }
  const deviations = merged((slab) => slab.deviations)
  const high = atShare(
    merged((slab) => slab.highs),
    ORDINARY,
  )
  const low = atShare(
    merged((slab) => slab.lows),
    1 - ORDINARY,
  )
  const middle = median(deviations)
  return {
    middle: middle > 0 ? middle : median(withoutZero(deviations)),
    widest: { deviation: atShare(deviations, ORDINARY), high, low },
    experienced: sizeOf(deviations),
  }
}

function withoutZero({ bins, counts }: BinList): BinList {
  const from = bins.findIndex((bin) => bin > 0)
  return from < 0
    ? { bins: bins.slice(0, 0), counts: counts.slice(0, 0) }
    : { bins: bins.slice(from), counts: counts.slice(from) }
}

function median(list: BinList): number {
  const size = sizeOf(list)
  return (atRank(list, (size - 1) >> 1) + atRank(list, size >> 1)) / 2
}

function atShare(list: BinList, share: number): number {
  return atRank(list, Math.round(share * (sizeOf(list) - 1)))
}

/** The value of this rank, counted from 0; 0 of an empty list. */
function atRank({ bins, counts }: BinList, rank: number): number {
  let before = 0
  for (let i = 0; i < bins.length; i++) if ((before += counts[i]!) > rank) return binValue(bins[i]!)
  return 0
}

function sizeOf({ counts }: BinList): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
