import { beginDay, collectSpreads, fleetSpread } from './compact-day.ts'
import { advanceCompact } from './compact-advance.ts'
import {
  COMPACT_SLAB_BYTES,
  COMPACT_SLAB_SEATS,
  type CompactShape,
  compactShape,
} from './compact-state.ts'
import {
  COMPACT_OPEN_BYTES,
  type CompactDay,
  mergeCompact,
  OpenCompact,
} from './compact-summary.ts'
import { ExcessModel, fitExcesses } from './excess-model.ts'
import type { Columns, SeriesScores } from './model.ts'
import { newSlabs, type Slabs, slabsAt } from './series-slabs.ts'

const TRAINING_DAYS = 14

/** Compact series of one behavior by themselves, as `LoneFleet` has full ones. */
export class LoneCompact {
  /** The model in force; the caller says when a new one takes over. */
  model: ExcessModel | null = null
  readonly slabs: Slabs
  readonly open: OpenCompact = new OpenCompact(new ArrayBuffer(COMPACT_OPEN_BYTES))
  readonly #shape: CompactShape
  readonly #twoSided: boolean
  readonly #days: Map<number, CompactDay> = new Map()

  constructor(options: { seats: number; windowMs: number; twoSided: boolean }) {
    this.#shape = compactShape(options.windowMs)
    this.#twoSided = options.twoSided
    this.slabs = newSlabs(Math.ceil(options.seats / COMPACT_SLAB_SEATS), COMPACT_SLAB_BYTES)
  }

  /** Learns from rows of one day, and scores them if there is a model; in time order for each thing. */
  advance(columns: Columns, out: SeriesScores): void {
    const { slabs, open, model } = this
    const scores = model === null ? null : out
    advanceCompact(slabs, 0, this.#shape, open, columns, model, scores)
  }

  /** Ends a UTC day and fits a model on the trailing fourteen; null without datapoints in them. */
  endDay(day: number): Uint8Array | null {
    this.#days.set(day, this.open.read())
    this.open.clear()
    for (const before of this.#days.keys()) {
      if (before <= day - TRAINING_DAYS) this.#days.delete(before)
    }
    for (const slab of slabsAt(this.slabs)) beginDay(slab, day + 1, this.#shape)
    const spread = fleetSpread([collectSpreads()])
    this.open.deviation = spread.middle
    const trailing = mergeCompact([...this.#days.values()])
    return trailing.count === 0 ? null : fitExcesses(trailing, spread, this.#twoSided)
  }

  /** Has a fitted model take over. */
  adopt(bytes: Uint8Array | null): void {
    if (bytes !== null) this.model = new ExcessModel(bytes)
  }
}
