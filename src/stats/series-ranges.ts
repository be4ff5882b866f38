import type { ConfidenceLevel } from '../domain/behavior.ts'
import { rangeAbout } from './forecast-range.ts'
import type { LevelRanges } from './model.ts'
import { TailModel } from './tail-model.ts'
import { reachOf, type SeriesPoint } from './tail-verdict.ts'

/** What is normal at one level, for many datapoints of a model: each thing's reach is looked up once. */
export class SeriesRanges implements LevelRanges {
  readonly #model: TailModel
  readonly #level: ConfidenceLevel
  readonly #reaches: Map<number, { below: number | null; above: number | null }> = new Map()

  constructor(model: Uint8Array, level: ConfidenceLevel) {
    this.#model = new TailModel(model)
    this.#level = level
  }

  /** The range about a datapoint's two forecasts; infinite where it is open. */
  around(point: SeriesPoint): { low: number; high: number } {
    const { seat, since, value, mean, median } = point
    const record = this.#model.recordOf(seat, since)
    let reach = this.#reaches.get(record)
    if (reach === undefined) {
      reach = reachOf(this.#model, record, this.#level)
      this.#reaches.set(record, reach)
    }
    const below = reach.below ?? Number.POSITIVE_INFINITY
    return rangeAbout(value, mean, median, below, reach.above ?? Number.POSITIVE_INFINITY)
  }
}
