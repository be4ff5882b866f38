import { cellBase, PAGE } from '../columnar/pane-columns.ts'
import type { NumericOperator } from '../domain/behavior.ts'
import type { Metric } from '../domain/metric.ts'
import { isCustom, shareOf, type Statistic } from '../domain/metric-rules.ts'
import { violatesRule } from '../domain/rule.ts'
import { percentile } from '../stats/percentile.ts'
import type { Pane } from '../window/pane.ts'
import { RULE_BROKEN } from './rules.ts'
import { Slices, type SlicesState } from './slices.ts'
import type { ScoredRun } from './watch.ts'

/** What the things of a behavior have come to in the duration that ends with a window. */
interface Population {
  /** The percentile of their values; NaN where it does not hold. */
  threshold: number
  things: number
  /** By seat; NaN for those without a datapoint. */
  values: Float64Array
}

/** Where a rule of percentiles looks: the metric, its place in a pane, and how many windows it spans. */
export interface PercentileScope {
  metric: Metric
  metricIndex: number
  /** Metrics in a pane. */
  width: number
  windows: number
}

/**
 * A threshold that the fleet sets itself: the percentile of the values of all watched things with a
 * datapoint in the duration, against which each is held. It is taken from whole windows as they closed,
 * so that neither batches nor threads matter.
 */
export class PercentileRule {
  readonly operator: NumericOperator
  readonly statistic: Statistic
  readonly #scope: PercentileScope
  readonly #slices: Slices | null
  /** Of the stretch under way, by window. */
  readonly #populations: Map<number, Population> = new Map()

  constructor(scope: PercentileScope, operator: NumericOperator, statistic: Statistic) {
    this.#scope = scope
    this.operator = operator
    this.statistic = statistic
    const sums = scope.metric.aggregation !== 'last'
    this.#slices = scope.windows === 1 ? null : new Slices(scope.windows, sums)
  }

  reserve(things: number): void {
    this.#slices?.reserve(things)
  }

  reset(index: number): void {
    this.#slices?.reset(index)
  }

  get state(): SlicesState | null {
    return this.#slices?.state ?? null
  }

  restore(state: SlicesState): void {
    this.#slices?.restore(state)
  }

  /** Takes the thresholds of a stretch's windows, in order; to be called before its rows are judged. */
  begin(panes: readonly Pane[], seats: number, watched: Uint8Array | null): void {
    this.#populations.clear()
    for (const pane of panes) {
      const values = new Float64Array(seats).fill(Number.NaN)
      for (let seat = 0; seat < seats; seat++) {
        if (watched !== null && watched[seat] !== 1) continue
        values[seat] = this.#valueOf(pane, seat)
      }
      this.#populations.set(pane.window, this.#ranked(values))
    }
  }

  /** The percentile of a window's duration, and of how many things it is. */
  population(window: number): Omit<Population, 'values'> {
    return this.#populations.get(window)!
  }

  /** Scores a run of rows, and writes what each thing came to; NaN where nothing is to be said. */
  judge({ batch, from, to, s, s0, measured }: ScoredRun): void {
    for (let row = from; row < to; row++) {
      const { threshold, values } = this.#populations.get(batch.window[row]!)!
      const value = values[batch.thing[row]!]!
      const unsaid = Number.isNaN(value) || Number.isNaN(threshold)
      const score = violatesRule(this.operator, threshold, value) ? RULE_BROKEN : 0
      measured[row] = value
      s[row] = unsaid ? Number.NaN : score
      s0[row] = s[row]!
    }
  }

  #valueOf(pane: Pane, seat: number): number {
    const { metric, metricIndex, width } = this.#scope
    const cell = cellBase(seat, width) + metricIndex * PAGE
    let value = Number.NaN
    // Seats of things that came after the window lie behind its end.
    if ((pane.mark[cell] ?? 0) !== 0) {
      value = pane.value[cell]! + 0
      if (metric.aggregation === 'size') value = totalSize(pane, metricIndex, seat) ?? value
    }
    const slices = this.#slices
    if (slices === null) return value
    if (!Number.isNaN(value)) slices.add(seat, pane.window, value)
    return slices.at(seat, pane.window)
  }

  /** AWS: no percentiles of custom metrics once there is a negative value. */
  #ranked(values: Float64Array): Population {
    const known = values.filter((value) => !Number.isNaN(value))
    const things = known.length
    const negative = isCustom(this.#scope.metric.name) && known.some((value) => value < 0)
    const threshold = negative ? Number.NaN : percentile(known, shareOf(this.statistic))
    return { threshold, things, values }
  }
}

/** The bytes of all messages of a window; null where there was one message, whose size the pane has. */
function totalSize(pane: Pane, metric: number, seat: number): number | null {
  const { sizeMetrics, sizeOrdinals } = pane.shape
  const at = seat * sizeMetrics.length + sizeOrdinals[metric]!
  return pane.sizeCount[at] === 0 ? null : pane.sizeSum[at]!
}
