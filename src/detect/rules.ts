import type { Batch } from '../columnar/batch.ts'
import type { NumericOperator } from '../domain/behavior.ts'
import type { Metric } from '../domain/metric.ts'
import { ruleSize, violatesRule } from '../domain/rule.ts'
import { grown } from '../window/things.ts'
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
  /** Windows in the sliding duration; 1 judges each datapoint alone. */
  readonly #slices: number
  /** The last slices of each thing, by index, and the window of the newest. */
  #ring: Float64Array = new Float64Array(0)
  #newest: Int32Array = new Int32Array(0)

  constructor(metric: Metric, operator: NumericOperator, threshold: number, slices: number) {
    this.operator = operator
    this.threshold = threshold
    this.#metric = metric
    this.#slices = metric.aggregation === 'sum' ? slices : 1
  }

  /** Room for `things` seats. */
  reserve(things: number): void {
    if (this.#slices === 1 || this.#newest.length >= things) return
    const before = this.#newest.length
    this.#newest = grown(this.#newest, things)
    this.#newest.fill(-1, before)
    this.#ring = grown(this.#ring, this.#newest.length * this.#slices)
  }

  /** A thing starts anew. */
  reset(index: number): void {
    if (this.#slices > 1) this.#newest[index] = -1
  }

  /** What the rule looks at in a row: the value, or the sum over the duration, or a size. */
  measure(batch: Batch, row: number): number {
    const value = batch.value[row]!
    if (this.#slices > 1) return this.#slidingSum(batch, row)
    if (this.#metric.aggregation !== 'size') return value
    return ruleSize({ min: batch.sizeMin[row]!, max: value }, this.operator)
  }

  violates(measured: number): boolean {
    return violatesRule(this.operator, this.threshold, measured)
  }

  /** Plain state for a checkpoint. */
  get state(): { ring: Float64Array; newest: Int32Array } {
    return { ring: this.#ring, newest: this.#newest }
  }

  /** Takes up the sums of a checkpoint, unless they are over another duration. */
  restore(state: { ring: Float64Array; newest: Int32Array }): void {
    if (state.ring.length !== state.newest.length * this.#slices) return
    this.#ring = state.ring
    this.#newest = state.newest
  }

  #slidingSum(batch: Batch, row: number): number {
    const index = batch.thing[row]!
    const window = batch.window[row]!
    const slices = this.#slices
    const base = index * slices
    const newest = this.#newest[index]!
    const missed = newest < 0 ? slices : Math.min(slices, window - newest)
    for (let i = 0; i < missed; i++) this.#ring[base + ((window + slices - i) % slices)] = 0
    this.#ring[base + (window % slices)] = batch.value[row]!
    this.#newest[index] = window
    let sum = 0
    for (let i = 0; i < slices; i++) sum += this.#ring[base + i]!
    return sum
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
