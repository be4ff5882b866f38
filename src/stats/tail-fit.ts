import { BinCounts } from './bin-counts.ts'
import { addList, type BinList, cumulated, drain } from './bin-lists.ts'
import { binValue } from './float-bins.ts'
import { type FleetShape, fleetShape, shrunkExcess } from './fleet-step.ts'
import { steepnessOf } from './pareto-tail.ts'
import { type DescribedTails, runMerger } from './run-merger.ts'
import type { SlabDay } from './series-day.ts'
import { SLAB_SEATS } from './series-state.ts'
import { type AtLeast, encodeTailModel, EXTRA_RECORDS } from './tail-model.ts'
import {
  describeTail,
  LOWER,
  QUANTILE,
  type Side,
  STATISTICS,
  STEEPNESS,
  TAIL_AT,
  TAIL_SIZE,
  type TailTable,
  TAIL_WORDS,
  tailTable,
  UPPER,
} from './thing-tail.ts'

/** Datapoints of its own before a thing is judged by its own tail. */
export const LEAST_HISTORY = 200

/** Memory that a thread uses again and again. */
const thingCounts = new BinCounts()
const poolCounts = [new BinCounts(), new BinCounts()] as const

/** What a slab's things are like before the fleet's step. */
export interface SlabTails extends DescribedTails {
  /** All residuals of the slab's things. */
  values: BinList
}

/** Excesses of a slab's things in units of their own mean excess, per side. */
export interface SlabExcesses {
  sizes: [upper: number, lower: number]
  excesses: [BinList, BinList]
}

/** Describes the tails of a slab's things over the given days; in whatever order they come. */
export function describeSlab(days: readonly SlabDay[], twoSided: boolean): SlabTails {
  const merger = runMerger()
  const values = merger.sum(days.map(({ values }) => values))
  return { ...merger.describe(days, SLAB_SEATS, LEAST_HISTORY, twoSided), values }
}

/** The fleet's shape, of all its slabs. */
export function shapeOf(slabs: readonly SlabTails[]): FleetShape {
  const all = new Float64Array(slabs.length * SLAB_SEATS * STATISTICS)
  slabs.forEach(({ statistics }, i) => all.set(statistics, i * SLAB_SEATS * STATISTICS))
  return fleetShape(all)
}

/** Gives a slab's things the steepness of their tails, and collects their excesses. */
export function shrinkSlab(slab: SlabTails, shape: FleetShape): SlabExcesses {
  const table = tailTable(slab.records, 0, SLAB_SEATS)
  const sizes: [number, number] = [0, 0]
  for (let seat = 0; seat < SLAB_SEATS; seat++) {
    const at = seat * STATISTICS
    if (slab.statistics[at + TAIL_SIZE] === 0) continue
    for (const side of [UPPER, LOWER] as const) {
      const steepness = steepnessOf(shrunkExcess(slab.statistics, at, side, shape))
      table.floats[seat * TAIL_WORDS + STEEPNESS + side] = steepness
      sizes[side] += slab.statistics[at + TAIL_SIZE]!
    }
  }
  return { sizes, excesses: runMerger().excesses(slab) }
}

/** Puts the model together. `refreshed`: the first window that is newer than the datapoints. */
export function assembleModel(
  slabs: readonly SlabTails[],
  excesses: readonly SlabExcesses[],
  shape: FleetShape,
  twoSided: boolean,
  refreshed: number,
): { bytes: Uint8Array; datapoints: number } {
  const seats = slabs.length * SLAB_SEATS
  const records = new Uint32Array((seats + EXTRA_RECORDS) * TAIL_WORDS)
  const tails = new Int16Array(slabs.reduce((sum, slab) => sum + slab.tails.length, 0))
  let tailAt = 0
  for (const [i, slab] of slabs.entries()) {
    const first = i * SLAB_SEATS * TAIL_WORDS
    records.set(new Uint32Array(slab.records), first)
    for (let seat = 0; seat < SLAB_SEATS; seat++)
      records[first + seat * TAIL_WORDS + TAIL_AT]! += tailAt
    tails.set(slab.tails, tailAt)
    tailAt += slab.tails.length
  }
  const values = describeFleet(
    slabs,
    shape,
    twoSided,
    tailTable(records.buffer, 0, seats + EXTRA_RECORDS),
    seats,
  )
  const sum = (side: Side): number => excesses.reduce((total, { sizes }) => total + sizes[side], 0)
  const table = (side: Side): AtLeast => {
    for (const { excesses: lists } of excesses) addList(poolCounts[0], lists[side])
    return cumulated(poolCounts[0])
  }
  const bytes = encodeTailModel({
    seats,
    refreshed,
    deviation: shape.deviation,
    records,
    experienced: experienced(slabs),
    twoSided,
    excesses: [sum(UPPER), sum(LOWER)],
    tables: [table(UPPER), table(LOWER), values.above, values.below],
    tails,
  })
  return { bytes, datapoints: values.datapoints }
}

function experienced(slabs: readonly SlabTails[]): number {
  let things = 0
  for (const { statistics } of slabs) {
    for (let at = 0; at < statistics.length; at += STATISTICS) {
      if (statistics[at + TAIL_SIZE]! > 0) things++
    }
  }
  return things
}

/** The fleet as if it were one thing: its record, and how many of its values lie beyond each bin. */
function describeFleet(
  slabs: readonly SlabTails[],
  shape: FleetShape,
  twoSided: boolean,
  table: TailTable,
  record: number,
): { above: AtLeast; below: AtLeast; datapoints: number } {
  for (const { values } of slabs) addList(thingCounts, values)
  const counted = drain(thingCounts)
  const { bins, counts, length, datapoints } = counted
  if (datapoints >= 2) {
    const statistics = new Float64Array(STATISTICS)
    describeTail(counted, twoSided, table, record, statistics, 0)
    for (const side of [UPPER, LOWER] as const) {
      const steepness = steepnessOf(shrunkExcess(statistics, 0, side, shape))
      table.floats[record * TAIL_WORDS + STEEPNESS + side] = steepness
    }
  }
  const [above, below] = poolCounts
  const upper = table.floats[record * TAIL_WORDS + QUANTILE + UPPER]!
  const lower = table.floats[record * TAIL_WORDS + QUANTILE + LOWER]!
  for (let i = 0; i < length; i++) {
    const value = binValue(bins[i]!)
    if (value > upper) above.addCount(bins[i]!, counts[i]!)
    if (value < lower) below.addCount(~bins[i]!, counts[i]!)
  }
  return { above: cumulated(above), below: cumulated(below), datapoints }
}
