import type { Behavior, Criteria } from './behavior.ts'
import { readCriteria } from './criteria.ts'
import { dimensionedName } from './metric.ts'
import { BUILT_IN_METRICS, isCustom, type MetricRules, rulesOf } from './metric-rules.ts'
import { looseNameFault, nameFault, readFlag, readName } from './names.ts'
import {
  didYouMean,
  isObject,
  type JsonObject,
  memberPath,
  type Problem,
  type Problems,
  show,
  warnOfUnknownMembers,
} from './problem.ts'

/** Quotas of Detect: behaviors, and elements of their thresholds, per security profile. */
const MAX_BEHAVIORS = 100
const MAX_VALUE_ELEMENTS = 1_000

const MEMBERS = ['name', 'metric', 'metricDimension', 'criteria', 'suppressAlerts', 'exportMetric']

/** Normal for these is few: a behavior that calls many normal was most likely meant the other way. */
const FAULT_COUNTERS = ['aws:num-authorization-failures', 'aws:num-disconnects']

/** Reads a profile's `behaviors` and reports everything that is wrong with them. */
export function readBehaviors(raw: unknown, path: string, problems: Problems): Behavior[] {
  if (raw === undefined) return []
  if (!Array.isArray(raw)) {
    problems.error(path, `behaviors ${show(raw)} should be a list`)
    return []
  }
  if (raw.length > MAX_BEHAVIORS) {
    problems.error(path, `${raw.length} behaviors, there should be at most ${MAX_BEHAVIORS}`)
  }
  const behaviors: Behavior[] = []
  const placeOfName = new Map<string, string>()
  let valueElements = 0
  for (const [i, item] of raw.entries()) {
    const at = `${path}[${i}]`
    if (!isObject(item)) {
      problems.error(at, `behavior ${show(item)} should be an object`)
      continue
    }
    const reading = readBehavior(item, at, problems)
    const { name } = reading.behavior
    const earlier = placeOfName.get(name)
    if (earlier !== undefined) {
      problems.error(memberPath(at, 'name'), `name ${show(name)} is taken by ${earlier} already`)
    } else if (name !== '') placeOfName.set(name, at)
    valueElements += reading.valueElements
    behaviors.push(reading.behavior)
  }
  if (valueElements > MAX_VALUE_ELEMENTS) {
    problems.error(
      path,
      `${valueElements} value elements in all, there should be at most ${MAX_VALUE_ELEMENTS}`,
    )
  }
  return behaviors
}

/**
 * The service's own wording for a problem of a behavior; `raw` is the list of behaviors the problem's
 * path (`behaviors[2]...`) points into.
 */
export function malformedBehavior(problem: Problem, raw: unknown): string {
  const index = Number(/\[(\d+)\]/.exec(problem.path)?.[1] ?? Number.NaN)
  const behavior: unknown = Array.isArray(raw) ? raw[index] : undefined
  const name = isObject(behavior) && typeof behavior.name === 'string' ? behavior.name : ''
  return name === '' ? problem.message : `Behavior ${name} is malformed. ${problem.message}`
}

function readBehavior(
  source: JsonObject,
  path: string,
  problems: Problems,
): { behavior: Behavior; valueElements: number } {
  const errorsBefore = problems.errors
  warnOfUnknownMembers(source, MEMBERS, path, problems)
  const name = readBehaviorName(source, path, problems)
  readFlag(source, 'exportMetric', path, problems)
  const ml = isObject(source.criteria) && source.criteria.mlDetectionConfig !== undefined
  const named = readMetric(source, ml ? 'ml' : 'rules', path, problems)
  if (named.metric === '' && source.metric === undefined) reportNoMetric(source, path, problems)
  const criteriaPath = memberPath(path, 'criteria')
  const { valueElements, ...reading } = readCriteria(source.criteria, named, criteriaPath, problems)
  const behavior: Behavior = {
    name,
    metric: named.metric,
    ...reading,
    suppressAlerts: readFlag(source, 'suppressAlerts', path, problems),
    source,
  }
  if (problems.errors === errorsBefore) warnOfTraps(behavior, named.name, criteriaPath, problems)
  return { behavior, valueElements }
}

/** Names outside AWS's pattern come from its own guide ("Max Message Size"), so they are let in. */
function readBehaviorName(source: JsonObject, path: string, problems: Problems): string {
  const { name } = source
  if (typeof name !== 'string' || looseNameFault(name) !== null) {
    return readName(source, 'name', path, problems)
  }
  const fault = nameFault(name)
  if (fault !== null) {
    problems.warn(memberPath(path, 'name'), `AWS refuses the name ${show(name)}: it ${fault}`)
  }
  return name
}

export interface NamedMetric {
  /** The metric's own name. */
  name: string
  /** The series: the name, with its dimension if it has one. Empty when unreadable. */
  metric: string
  rules: MetricRules | null
}

/** Reads `metric` and `metricDimension`, as behaviors and metrics to retain have them. */
export function readMetric(
  source: JsonObject,
  usedBy: 'ml' | 'rules',
  path: string,
  problems: Problems,
): NamedMetric {
  const name = source.metric
  if (name === undefined) return { name: '', metric: '', rules: null }
  if (!checkMetricName(name, memberPath(path, 'metric'), problems)) {
    return { name: '', metric: '', rules: null }
  }
  const rules = rulesOf(name)
  const dimension = source.metricDimension
  if (dimension === undefined) return { name, metric: name, rules }
  const at = memberPath(path, 'metricDimension')
  const allowed = rules?.dimension ?? 'none'
  if (allowed === 'none' || (allowed === 'rules' && usedBy === 'ml')) {
    const who = usedBy === 'ml' ? 'an ML behavior' : 'a behavior'
    problems.error(at, `metricDimension should be left out, ${who} on ${name} takes none`)
  }
  if (!isObject(dimension)) {
    problems.error(at, `metricDimension ${show(dimension)} should be {"dimensionName": ...}`)
    return { name, metric: name, rules }
  }
  warnOfUnknownMembers(dimension, ['dimensionName', 'operator'], at, problems)
  const dimensionName = readName(dimension, 'dimensionName', at, problems)
  const { operator } = dimension
  if (operator !== undefined && operator !== 'IN' && operator !== 'NOT_IN') {
    problems.error(
      memberPath(at, 'operator'),
      `operator ${show(operator)} should be "IN" or "NOT_IN"`,
    )
  }
  const side = operator === 'NOT_IN' ? 'NOT_IN' : 'IN'
  return { name, metric: dimensionedName(name, dimensionName, side), rules }
}

/** Reports a metric name that no device could report. */
export function checkMetricName(name: unknown, path: string, problems: Problems): name is string {
  if (typeof name !== 'string') {
    problems.error(path, `metric ${show(name)} should be a string`)
    return false
  }
  const fault = nameFault(name)
  if (fault !== null) problems.error(path, `metric ${show(name)} ${fault}`)
  else if (rulesOf(name) === null) {
    const known = `it should be one of ${BUILT_IN_METRICS.join(', ')}, or a custom metric`
    const hint = didYouMean(name, BUILT_IN_METRICS)
    problems.error(path, `metric ${show(name)} does not exist${hint === '' ? `, ${known}` : hint}`)
  } else {
    if (isCustom(name) && BUILT_IN_METRICS.includes(`aws:${name}`)) {
      problems.warn(path, `${show(name)} is a custom metric; did you mean ${show(`aws:${name}`)}?`)
    }
    return true
  }
  return false
}

function reportNoMetric(source: JsonObject, path: string, problems: Problems): void {
  const at = memberPath(path, 'metric')
  if (source.criteria === undefined) problems.warn(at, 'no metric: this behavior does nothing')
  else problems.error(at, 'metric is missing, criteria need one')
}

/** Legal behaviors that do not do what their author thinks. */
function warnOfTraps(behavior: Behavior, metric: string, path: string, problems: Problems): void {
  const { criteria } = behavior
  if (criteria.kind === 'unevaluated') {
    if (behavior.metric === '') return
    problems.warn(path, `behavior ${show(behavior.name)} is not evaluated: ${criteria.reason}`)
  }
  if (criteria.kind === 'percentile') warnOfExtremes(criteria, path, problems)
  if (criteria.kind !== 'static') return
  const { operator, threshold } = criteria
  if (!isCustom(metric) && threshold === 0) {
    if (operator === 'less-than') problems.warn(path, 'normal is less than 0: this always alarms')
    if (operator === 'greater-than-equals') {
      problems.warn(path, 'normal is 0 or more: this never alarms')
    }
  }
  if (!FAULT_COUNTERS.includes(metric)) return
  const trap = 'a behavior says what is normal, so'
  if (operator === 'greater-than') {
    const other = `did you mean less-than-equals ${threshold}?`
    problems.warn(
      path,
      `${trap} greater-than ${threshold} alarms at ${threshold} and below; ${other}`,
    )
  } else if (operator === 'greater-than-equals' && threshold > 0) {
    const other = `did you mean less-than ${threshold}?`
    problems.warn(
      path,
      `${trap} greater-than-equals ${threshold} alarms below ${threshold}; ${other}`,
    )
  }
}

/** The greatest of a fleet is never less than the greatest. */
function warnOfExtremes(
  { operator, statistic }: Criteria & { kind: 'percentile' },
  path: string,
  problems: Problems,
): void {
  const extreme = operator.startsWith('less-than') ? 'p100' : 'p0'
  if (statistic !== extreme) return
  const always = !operator.endsWith('equals')
  const what = always ? 'this always alarms for some thing' : 'this never alarms'
  problems.warn(path, `normal is ${operator} ${statistic} of all things: ${what}`)
}
