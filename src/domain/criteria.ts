import {
  CONFIDENCE_LEVELS,
  type ConfidenceLevel,
  type Criteria,
  type NumericOperator,
} from './behavior.ts'
import {
  type CriteriaMetric,
  isOneOf,
  readConsecutive,
  readDuration,
  readOperator,
} from './criteria-members.ts'
import {
  isCustom,
  isNumericOperator,
  type Statistic,
  STATISTICS,
  valueKindsOf,
} from './metric-rules.ts'
import {
  isObject,
  type JsonObject,
  memberPath,
  type Problems,
  show,
  warnOfUnknownMembers,
} from './problem.ts'
import { setOperator } from './list-set.ts'
import { readThreshold, type Threshold } from './threshold.ts'

export interface CriteriaReading {
  /** Meaningless when an error was reported. */
  criteria: Criteria
  datapointsToAlarm: number
  datapointsToClear: number
  /** Numbers and list items in its threshold: the service limits their sum per profile. */
  valueElements: number
}

const MEMBERS = [
  'comparisonOperator',
  'value',
  'durationSeconds',
  'consecutiveDatapointsToAlarm',
  'consecutiveDatapointsToClear',
  'statisticalThreshold',
  'mlDetectionConfig',
]

export function readCriteria(
  raw: unknown,
  metric: CriteriaMetric,
  path: string,
  problems: Problems,
): CriteriaReading {
  const reading: CriteriaReading = {
    criteria: { kind: 'unevaluated', reason: 'it has no criteria, its metric is only retained' },
    datapointsToAlarm: 1,
    datapointsToClear: 1,
    valueElements: 0,
  }
  if (raw === undefined) return reading
  if (!isObject(raw)) {
    problems.error(path, `criteria ${show(raw)} should be an object`)
    return reading
  }
  warnOfUnknownMembers(raw, MEMBERS, path, problems)
  reading.datapointsToAlarm = readConsecutive(raw, 'consecutiveDatapointsToAlarm', path, problems)
  reading.datapointsToClear = readConsecutive(raw, 'consecutiveDatapointsToClear', path, problems)
  if (raw.mlDetectionConfig !== undefined) {
    reading.criteria = readMl(raw, metric, path, problems)
  } else if (raw.statisticalThreshold !== undefined) {
    reading.criteria = readStatistical(raw, metric, path, problems)
  } else if (raw.comparisonOperator === undefined && raw.value === undefined) {
    problems.error(
      path,
      `criteria ${show(raw)} should have mlDetectionConfig, or comparisonOperator with value`,
    )
  } else {
    const threshold = readStatic(raw, metric, path, problems)
    reading.criteria = threshold.criteria
    reading.valueElements = threshold.elements
  }
  return reading
}

function readMl(
  raw: JsonObject,
  metric: CriteriaMetric,
  path: string,
  problems: Problems,
): Criteria {
  for (const name of ['comparisonOperator', 'value', 'statisticalThreshold', 'durationSeconds']) {
    if (raw[name] === undefined) continue
    problems.error(memberPath(path, name), `${name} should not stand beside mlDetectionConfig`)
  }
  if (metric.rules?.ml === false) {
    problems.error(
      memberPath(path, 'mlDetectionConfig'),
      `${metric.name} cannot be learned, it should have comparisonOperator and value`,
    )
  }
  const config = raw.mlDetectionConfig
  const at = memberPath(path, 'mlDetectionConfig')
  const wanted = CONFIDENCE_LEVELS.join(', ')
  let level: unknown
  if (isObject(config)) {
    warnOfUnknownMembers(config, ['confidenceLevel'], at, problems)
    level = config.confidenceLevel
    if (!isOneOf(CONFIDENCE_LEVELS, level)) {
      const message =
        level === undefined
          ? `confidenceLevel is missing, it should be one of ${wanted}`
          : `confidenceLevel ${show(level)} should be one of ${wanted}`
      problems.error(memberPath(at, 'confidenceLevel'), message)
    }
  } else {
    problems.error(at, `mlDetectionConfig ${show(config)} should be {"confidenceLevel": ...}`)
  }
  return { kind: 'ml', confidenceLevel: level as ConfidenceLevel }
}

function readStatistical(
  raw: JsonObject,
  metric: CriteriaMetric,
  path: string,
  problems: Problems,
): Criteria {
  const at = memberPath(path, 'statisticalThreshold')
  const operator = readOperator(raw, metric, path, problems)
  if (operator !== null && !isNumericOperator(operator)) {
    problems.error(
      memberPath(path, 'comparisonOperator'),
      `${operator} compares lists, a statisticalThreshold needs a numeric operator`,
    )
  }
  if (metric.rules?.statistical === false) {
    problems.error(at, `${metric.name} has no percentiles, it should have a value instead`)
  }
  if (raw.value !== undefined) {
    problems.error(memberPath(path, 'value'), 'value should not stand beside statisticalThreshold')
  }
  const config = raw.statisticalThreshold
  const statistic = isObject(config) ? config.statistic : config
  if (isObject(config)) warnOfUnknownMembers(config, ['statistic'], at, problems)
  if (!isObject(config) || !isOneOf(STATISTICS, statistic)) {
    problems.error(
      memberPath(at, 'statistic'),
      `statistic ${show(statistic)} should be one of ${STATISTICS.join(', ')}`,
    )
  }
  const durationMs = readDuration(raw, metric.name, 'required', path, problems)
  return {
    kind: 'percentile',
    operator: operator as NumericOperator,
    statistic: statistic as Statistic,
    durationMs: durationMs ?? 0,
  }
}

function readStatic(
  raw: JsonObject,
  metric: CriteriaMetric,
  path: string,
  problems: Problems,
): { criteria: Criteria; elements: number } {
  const operator = readOperator(raw, metric, path, problems)
  const need = metric.rules?.duration ?? 'optional'
  const list = operator !== null && !isNumericOperator(operator)
  const durationNeed = list && isCustom(metric.name) ? 'forbidden' : need
  const duration = readDuration(raw, metric.name, durationNeed, path, problems)
  if (operator === null || metric.rules?.operators.includes(operator) === false) {
    return { criteria: { kind: 'unevaluated', reason: 'its operator is not legal' }, elements: 0 }
  }
  const legal = valueKindsOf(metric.name, operator)
  const threshold = readThreshold(raw.value, legal, memberPath(path, 'value'), problems)
  const criteria: Criteria = list
    ? listCriteria(operator, threshold)
    : {
        kind: 'static',
        operator: operator as NumericOperator,
        threshold: threshold.number,
        durationMs: need === 'unused' ? null : duration,
      }
  return { criteria, elements: threshold.elements }
}

function listCriteria(operator: string, { list }: Threshold): Criteria {
  if (list === null) return { kind: 'unevaluated', reason: 'its list is not legal' }
  const { kind: valueKind, items } = list
  return { kind: 'list', operator: setOperator(operator), valueKind, items }
}
