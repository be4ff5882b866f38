import type { NumericOperator } from './behavior.ts'
import type { Metric } from './metric.ts'

/** What a window keeps of one thing and metric. */
export interface WindowAggregate {
  min: number
  max: number
  sum: number
  count: number
  /** The latest by time; of several at the same time, the larger. */
  last: number
}

/**
 * Whether a datapoint violates a static behavior. A behavior states what is NORMAL, so a datapoint
 * violates when the comparison is false: `less-than 5` alarms at 5 and above.
 */
export function violatesRule(operator: NumericOperator, threshold: number, value: number): boolean {
  if (operator === 'less-than') return !(value < threshold)
  if (operator === 'less-than-equals') return !(value <= threshold)
  if (operator === 'greater-than') return !(value > threshold)
  return !(value >= threshold)
}

/**
 * The message size a rule looks at, of a window's smallest and largest: the one nearest to violating.
 * A rule speaks of every message, so an upper bound meets the largest and a lower bound the smallest.
 */
export function ruleSize(size: { min: number; max: number }, operator: NumericOperator): number {
  return operator.startsWith('less-than') ? size.max : size.min
}

/** The number of a window that a rule looks at. */
export function ruleValue(
  aggregate: WindowAggregate,
  metric: Pick<Metric, 'aggregation'>,
  operator: NumericOperator,
): number {
  if (metric.aggregation === 'sum') return aggregate.sum
  if (metric.aggregation === 'last') return aggregate.last
  return ruleSize(aggregate, operator)
}
