import type { SlabHandle } from '../stats/series-slabs.ts'
import { type SeriesShape, seriesShape } from '../stats/series-state.ts'
import { closeSlabDay, type SlabDay } from '../stats/series-day.ts'
import {
  assembleModel,
  describeSlab,
  shapeOf,
  shrinkSlab,
  type SlabTails,
} from '../stats/tail-fit.ts'

/**
 * A day's end of one behavior's series, in two steps: slab by slab the day is closed and, if a model is
 * wanted, the tails of its things are described; then the fleet's medians make one model of them.
 */
export type SeriesFitTask = CloseSlabTask | FleetFitTask

export interface CloseSlabTask {
  step: 'close'
  slab: SlabHandle
  day: number
  windowMs: number
  twoSided: boolean
  /** The slab in the closed days before it that still count; null: do not fit. */
  earlier: readonly SlabDay[] | null
}

export interface ClosedSlab {
  day: SlabDay
  tails: SlabTails | null
}

export interface FleetFitTask {
  step: 'fit'
  slabs: readonly SlabTails[]
  day: number
  windowMs: number
  twoSided: boolean
}

export interface FleetFit {
  model: Uint8Array
  datapoints: number
}

/** Several steps as one task. */
export function runSeriesFits(tasks: readonly SeriesFitTask[]): (ClosedSlab | FleetFit)[] {
  return tasks.map((task) => {
    const shape = seriesShape(task.windowMs)
    return task.step === 'close' ? closeSlab(task, shape) : fitFleet(task, shape)
  })
}

function closeSlab(task: CloseSlabTask, shape: SeriesShape): ClosedSlab {
  const { slab, earlier, twoSided } = task
  const day = closeSlabDay(slab, task.day & 1, shape)
  return { day, tails: earlier === null ? null : describeSlab([...earlier, day], twoSided) }
}

function fitFleet({ slabs, day, twoSided }: FleetFitTask, { perDay }: SeriesShape): FleetFit {
  const shape = shapeOf(slabs)
  const excesses = slabs.map((slab) => shrinkSlab(slab, shape))
  const refreshed = (day + 1) * perDay
  const { bytes, datapoints } = assembleModel(slabs, excesses, shape, twoSided, refreshed)
  return { model: bytes, datapoints }
}
