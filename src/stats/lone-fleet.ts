import type { Columns, SeriesScores } from './model.ts'
import { advance } from './series-advance.ts'
import { newSlabs, type Slabs, slabsAt } from './series-slabs.ts'
import { type SeriesShape, seriesShape, SLAB_SEATS, slabBytes } from './series-state.ts'
import { closeSlabDay, type SlabDay } from './series-day.ts'
import { assembleModel, describeSlab, shapeOf, shrinkSlab } from './tail-fit.ts'
import { TailModel } from './tail-model.ts'

const TRAINING_DAYS = 14

/**
 * The things of one behavior by themselves, on this thread and without a life cycle: every day's
 * datapoints are scored by the model in force, every day's end makes the next one. For judging a model
 * on labelled series, and for tests.
 */
export class LoneFleet {
  /** The model in force; the caller says when a new one takes over. */
  model: TailModel | null = null
  readonly slabs: Slabs
  readonly #shape: SeriesShape
  readonly #twoSided: boolean
  readonly #days: Map<number, SlabDay[]> = new Map()

  constructor(options: { seats: number; windowMs: number; twoSided: boolean }) {
    this.#shape = seriesShape(options.windowMs)
    this.#twoSided = options.twoSided
    this.slabs = newSlabs(Math.ceil(options.seats / SLAB_SEATS), slabBytes(this.#shape))
  }

  /** Learns from rows of one day, and scores them if there is a model; in time order for each thing. */
  advance(columns: Columns, out: SeriesScores): void {
    advance(this.slabs, 0, this.#shape, columns, this.model, this.model === null ? null : out)
  }

  /** Ends a UTC day and fits a model on the trailing fourteen; null without datapoints in them. */
  endDay(day: number): Uint8Array | null {
    const closed = slabsAt(this.slabs).map((slab) => closeSlabDay(slab, day & 1, this.#shape))
    this.#days.set(day, closed)
    for (const before of this.#days.keys()) {
      if (before <= day - TRAINING_DAYS) this.#days.delete(before)
    }
    const trailing = [...this.#days.values()]
    const tails = closed.map((_, i) =>
      describeSlab(
        trailing.map((slabs) => slabs[i]!),
        this.#twoSided,
      ),
    )
    const shape = shapeOf(tails)
    const excesses = tails.map((slab) => shrinkSlab(slab, shape))
    const refreshed = (day + 1) * this.#shape.perDay
    const { bytes, datapoints } = assembleModel(tails, excesses, shape, this.#twoSided, refreshed)
    return datapoints === 0 ? null : bytes
  }

  /** Has a fitted model take over. */
  adopt(bytes: Uint8Array | null): void {
    if (bytes !== null) this.model = new TailModel(bytes)
  }
}
