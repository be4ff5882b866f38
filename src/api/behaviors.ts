import { CUSTOM_METRIC_TYPES } from '../domain/definitions.ts'
import { isCustom, isNumericOperator } from '../domain/metric-rules.ts'
import { nameFault } from '../domain/names.ts'
import { isObject, type JsonObject, memberPath, Problems, show } from '../domain/problem.ts'
import { malformedBehavior, readBehaviors } from '../domain/read-behavior.ts'
import { readRetained } from '../domain/security-profile.ts'
import { findCustomMetric } from '../store/custom-metrics.ts'
import type { Database } from '../store/database.ts'
import { findDimension } from '../store/dimensions.ts'

/** What is wrong with behaviors, in the service's words; empty when nothing is. */
export function behaviorFaults(behaviors: readonly JsonObject[], database: Database): string[] {
  const problems = new Problems('')
  readBehaviors(behaviors, 'behaviors', problems)
  for (const [i, behavior] of behaviors.entries()) {
    const at = `behaviors[${i}]`
    checkName(behavior, at, problems)
    checkReferences(behavior, at, database, problems)
    checkCustomMetric(behavior, at, database, problems)
  }
  return problems.list
    .filter(({ severity }) => severity === 'error')
    .map((problem) => malformedBehavior(problem, behaviors))
}

/** The same of metrics to retain. */
export function retainedFaults(
  metrics: readonly string[],
  metricsV2: readonly JsonObject[],
  database: Database,
): string[] {
  const problems = new Problems('')
  const v2 = 'additionalMetricsToRetainV2'
  readRetained({ additionalMetricsToRetain: metrics, [v2]: metricsV2 }, problems)
  for (const [i, metric] of metrics.entries()) {
    checkReferences({ metric }, `additionalMetricsToRetain[${i}]`, database, problems)
  }
  for (const [i, item] of metricsV2.entries()) {
    checkReferences(item, `${v2}[${i}]`, database, problems)
  }
  return problems.list
    .filter(({ severity }) => severity === 'error')
    .map(({ path, message }) => `${path}: ${message}`)
}

/** Names that files may have, as the guide has them, but the service refuses. */
function checkName({ name }: JsonObject, path: string, problems: Problems): void {
  if (typeof name !== 'string' || problems.list.some((problem) => isError(problem, path, 'name'))) {
    return
  }
  const fault = nameFault(name)
  if (fault !== null) problems.error(memberPath(path, 'name'), `name ${show(name)} ${fault}`)
}

function isError(
  problem: { severity: string; path: string },
  path: string,
  member: string,
): boolean {
  return problem.severity === 'error' && problem.path === memberPath(path, member)
}

/** What a behavior names must be there. */
function checkReferences(
  { metric, metricDimension }: JsonObject,
  path: string,
  database: Database,
  problems: Problems,
): void {
  if (
    typeof metric === 'string' &&
    isCustom(metric) &&
    nameFault(metric) === null &&
    findCustomMetric(database, metric) === null
  ) {
    problems.error(memberPath(path, 'metric'), `metric ${metric} does not exist`)
  }
  const dimension = isObject(metricDimension) ? metricDimension.dimensionName : undefined
  if (typeof dimension !== 'string' || nameFault(dimension) !== null) return
  if (findDimension(database, dimension) !== null) return
  const at = memberPath(path, 'metricDimension')
  problems.error(at, `dimension ${dimension} does not exist`)
}

const OPERATORS_OF: Readonly<Record<string, readonly string[]>> = {
  numbers: ['in-set', 'not-in-set'],
  strings: ['in-set', 'not-in-set'],
  cidrs: ['in-cidr-set', 'not-in-cidr-set'],
}

/** What a custom metric can be compared with depends on its type. */
function checkCustomMetric(
  { metric, criteria }: JsonObject,
  path: string,
  database: Database,
  problems: Problems,
): void {
  if (typeof metric !== 'string' || !isCustom(metric) || !isObject(criteria)) return
  const type = findCustomMetric(database, metric)?.type
  if (type === undefined) return
  const at = memberPath(path, 'criteria')
  const { comparisonOperator: operator, value } = criteria
  if (type === 'number') {
    if (typeof operator !== 'string' || isNumericOperator(operator)) return
    problems.error(at, `comparisonOperator ${operator} does not suit ${metric}, which is a number`)
    return
  }
  const learned = criteria.mlDetectionConfig !== undefined
  if (learned || criteria.statisticalThreshold !== undefined) {
    const what = learned ? 'cannot be learned' : 'has no percentiles'
    problems.error(at, `${metric} ${what}, it is a ${type}`)
    return
  }
  const member = CUSTOM_METRIC_TYPES[type]
  const legal = OPERATORS_OF[member]!
  if (typeof operator === 'string' && !legal.includes(operator)) {
    const wanted = `it should be one of ${legal.join(', ')}`
    problems.error(at, `comparisonOperator ${operator} does not suit ${metric}, ${wanted}`)
  } else if (isObject(value) && value[member] === undefined) {
    const wanted = `{"${member}": ...}, ${metric} is a ${type}`
    problems.error(memberPath(at, 'value'), `value ${show(value)} should be ${wanted}`)
  }
}
