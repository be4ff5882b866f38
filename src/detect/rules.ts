import type { Batch } from '../columnar/batch.ts'
import type { NumericOperator } from '../domain/behavior.ts'
import type { Metric } from '../domain/metric.ts'
import { ruleSize, violatesRule } from '../domain/rule.ts'
import { Slices, type SlicesState } from './slices.ts'
import type { ScoredRun } from './watch.ts'

/** The score of a datapoint that breaks a rule, and the bound it is held against. */
export const RULE_BROKEN = 15
export const RULE_LEVEL = 1

/**
 * A static threshold on one metric. Counters with a duration longer than a window are judged by the
 * sum over the sliding duration; a window without a datapoint adds nothing.
 */
export class RuleWatch {
  readonly operator: NumericOperator
  readonly threshold: number
  readonly #metric: Metric
  /** Null where each datapoint is judged alone. */
  readonly #slices: Slices | null

  /** `slices`: windows in the sliding duration. */
  constructor(metric: Metric, operator: NumericOperator, threshold: number, slices: number) {
    this.operator = operator
    this.threshold = threshold
    this.#metric = metric
    this.#slices = metric.aggregation === 'sum' && slices > 1 ? new Slices(slices, true) : null
  }

  /** Room for `things` seats. */
  reserve(things: number): void {
    this.#slices?.reserve(things)
  }

  /** A thing starts anew. */
  reset(index: number): void {
    this.#slices?.reset(index)
  }

  /** What the rule looks at in a row: the value, or the sum over the duration, or a size. */
  measure(batch: Batch, row: number): number {
    const value = batch.value[row]!
    if (this.#slices !== null) {
      this.#slices.add(batch.thing[row]!, batch.window[row]!, value)
      return this.#slices.at(batch.thing[row]!, batch.window[row]!)
    }
    if (this.#metric.aggregation !== 'size') return value
    return ruleSize({ min: batch.sizeMin[row]!, max: value }, this.operator)
  }

  violates(measured: number): boolean {
    return violatesRule(this.operator, this.threshold, measured)
  }

  /** Plain state for a checkpoint; null where there is none. */
  get state(): SlicesState | null {
    return this.#slices?.state ?? null
  }

  restore(state: SlicesState): void {
    this.#slices?.restore(state)
  }
}

/** Writes a rule's scores of a run of rows, and what it measured; NaN for things it does not watch. */
export function judgeByRule(rule: RuleWatch, run: ScoredRun, watched: Uint8Array | null): void {
  const { batch, from, to, s, s0, measured } = run
  for (let row = from; row < to; row++) {
    const value = rule.measure(batch, row)
    measured[row] = value
    const isWatched = watched === null || watched[batch.thing[row]!] === 1
    const score = isWatched ? (rule.violates(value) ? RULE_BROKEN : 0) : Number.NaN
    s[row] = score
    s0[row] = score
  }
}
