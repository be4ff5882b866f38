import { SLOTS } from './metrics.ts'
import type { FleetChunk } from './fleet-chunk.ts'
import { ALL_METRICS } from './options.ts'

/** One thing's datapoints of one step. */
export interface ReportRows {
  thing: number
  time: number
  /** By slot; NaN for a metric that the fleet does not have. */
  values: Float64Array
}

/**
 * Walks a chunk report by report: the rows of one thing and time that stand together, each metric
 * once. The object is the same in every call of `visit`.
 */
export class ReportReader {
  readonly #report: ReportRows = { thing: 0, time: 0, values: new Float64Array(SLOTS) }
  #metrics: readonly string[] = []
  #slots: number[] = []

  each(chunk: FleetChunk, visit: (report: ReportRows) => void): void {
    const { rows, thing, metric, time, value } = chunk
    const slots = this.#slotsOf(chunk.metrics)
    const report = this.#report
    const last = chunk.metrics.length - 1
    report.values.fill(Number.NaN)
    for (let row = 0; row < rows; row++) {
      const index = metric[row]!
      report.values[slots[index]!] = value[row]!
      if (index !== last) continue
      report.thing = thing[row]!
      report.time = time[row]!
      visit(report)
    }
  }

  #slotsOf(metrics: readonly string[]): number[] {
    if (metrics !== this.#metrics) {
      this.#metrics = metrics
      this.#slots = metrics.map((name) => ALL_METRICS.indexOf(name))
    }
    return this.#slots
  }
}
