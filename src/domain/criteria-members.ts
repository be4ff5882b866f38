import { COMPARISON_OPERATORS, DURATIONS, type MetricRules } from './metric-rules.ts'
import { didYouMean, type JsonObject, memberPath, type Problems, show } from './problem.ts'
import { SECOND_MS } from './time.ts'

/** API reference, BehaviorCriteria: the range of both consecutive counts. */
const MAX_CONSECUTIVE = 10

/** The metric a behavior speaks of; its rules are null when Detect does not know it. */
export interface CriteriaMetric {
  name: string
  rules: MetricRules | null
}

export function readConsecutive(
  raw: JsonObject,
  name: string,
  path: string,
  problems: Problems,
): number {
  const value = raw[name]
  if (value === undefined) return 1
  const whole = typeof value === 'number' && Number.isInteger(value)
  if (whole && value >= 1 && value <= MAX_CONSECUTIVE) return value
  problems.error(
    memberPath(path, name),
    `${name} ${show(value)} should be in range[1,${MAX_CONSECUTIVE}]`,
  )
  return 1
}

/** The operator, or null when there is none that exists; also reports those the metric does not take. */
export function readOperator(
  raw: JsonObject,
  metric: CriteriaMetric,
  path: string,
  problems: Problems,
): string | null {
  const operator = raw.comparisonOperator
  const at = memberPath(path, 'comparisonOperator')
  const legal = metric.rules?.operators ?? COMPARISON_OPERATORS
  const wanted = `it should be one of ${legal.join(', ')}`
  if (operator === undefined) {
    problems.error(at, `comparisonOperator is missing, ${wanted}`)
    return null
  }
  if (!isOneOf(COMPARISON_OPERATORS, operator)) {
    const hint = typeof operator === 'string' ? didYouMean(operator, legal) : ''
    problems.error(at, `comparisonOperator ${show(operator)} does not exist, ${wanted}${hint}`)
    return null
  }
  if (!legal.includes(operator)) {
    problems.error(at, `comparisonOperator ${operator} does not suit ${metric.name}, ${wanted}`)
  }
  return operator
}

/** `durationSeconds` in milliseconds, null when absent or illegal. */
export function readDuration(
  raw: JsonObject,
  metric: string,
  need: MetricRules['duration'],
  path: string,
  problems: Problems,
): number | null {
  const seconds = raw.durationSeconds
  const at = memberPath(path, 'durationSeconds')
  const wanted = `should be one of ${DURATIONS.join(', ')}`
  if (seconds === undefined) {
    if (need === 'required') {
      problems.error(at, `durationSeconds is missing, ${metric} adds up over time: it ${wanted}`)
    }
    return null
  }
  if (need === 'forbidden') {
    problems.error(at, `durationSeconds ${show(seconds)} should be left out for lists`)
    return null
  }
  if (!isOneOf(DURATIONS, seconds)) {
    problems.error(at, `durationSeconds ${show(seconds)} ${wanted}`)
    return null
  }
  if (need === 'unused') {
    problems.warn(
      at,
      `durationSeconds ${seconds} has no effect, each datapoint of ${metric} stands alone`,
    )
  }
  return seconds * SECOND_MS
}

export function isOneOf<T>(list: readonly T[], value: unknown): value is T {
  return list.includes(value as T)
}
