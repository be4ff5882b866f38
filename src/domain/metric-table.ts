import type { Behavior, SecurityProfile } from './behavior.ts'
import { CUSTOM_METRIC_TYPES, type Definitions, NO_DEFINITIONS } from './definitions.ts'
import type { ListKind } from './list-value.ts'
import {
  type Aggregation,
  customMetric,
  listKind,
  type Metric,
  ML_METRICS,
  RULES_ONLY_METRICS,
  seriesParts,
} from './metric.ts'
import { isCustom } from './metric-rules.ts'
import { type Problem, Problems, show } from './problem.ts'

/**
 * The metric table of a run: the 13 ML metrics in their order, then every other series that a
 * behavior or a metric to retain names, sorted.
 */
export function metricsOf(
  profiles: readonly SecurityProfile[],
  definitions: Definitions = NO_DEFINITIONS,
): Metric[] {
  const learned = new Set(ML_METRICS.map((metric) => metric.name))
  const behaviors = profiles.flatMap((profile) => profile.behaviors)
  const names = new Set([
    ...behaviors.map((behavior) => behavior.metric),
    ...profiles.flatMap((profile) => profile.metricsToRetain),
  ])
  const others = [...names]
    .filter((name) => name !== '' && !learned.has(name))
    .sort()
    .flatMap((name) => metricOfSeries(name, () => customKind(name, behaviors, definitions)) ?? [])
  return [...ML_METRICS, ...others]
}

/** Whether a behavior can be held against values of a metric: one compares lists, others numbers. */
export function isComparable({ criteria }: Behavior, metric: Metric): boolean {
  return (criteria.kind === 'list' ? criteria.valueKind : null) === listKind(metric)
}

/** Reports behaviors that do not agree on what a custom metric is. */
export function checkCustomMetrics(
  profiles: readonly SecurityProfile[],
  definitions: Definitions = NO_DEFINITIONS,
): Problem[] {
  const metrics = metricsOf(profiles, definitions)
  return profiles.flatMap((profile) => {
    const problems = new Problems(profile.name)
    for (const [i, behavior] of profile.behaviors.entries()) {
      const metric = metrics.find(({ name }) => name === behavior.metric)
      const silent = behavior.criteria.kind === 'unevaluated' || metric === undefined
      if (silent || isComparable(behavior, metric)) continue
      problems.error(
        `behaviors[${i}].criteria`,
        `custom metric ${show(metric.name)} is ${KIND_WORDS[metric.valueKind]}, by its definition or by another behavior`,
      )
    }
    return problems.list
  })
}

const KIND_WORDS: Readonly<Record<Metric['valueKind'], string>> = {
  count: 'a count',
  number: 'a number',
  cidrs: 'a list of addresses',
  ports: 'a list of ports',
  numbers: 'a list of numbers',
  strings: 'a list of strings',
}

/** What the definition says, else the first behavior that compares it with something. */
function customKind(
  name: string,
  behaviors: readonly Behavior[],
  { customMetrics }: Definitions,
): 'number' | ListKind {
  const type = customMetrics.get(name)
  if (type !== undefined) return CUSTOM_METRIC_TYPES[type]
  const telling = behaviors.find(
    ({ metric, criteria }) => metric === name && criteria.kind !== 'unevaluated',
  )
  return telling?.criteria.kind === 'list' ? telling.criteria.valueKind : 'number'
}

/** What becomes of several values of a series in one window, whatever run it is of. */
export function aggregationOf(series: string): Aggregation {
  return builtIn(series)?.aggregation ?? 'last'
}

function metricOfSeries(name: string, kindOf: () => 'number' | ListKind): Metric | null {
  if (isCustom(name)) return customMetric(name, kindOf())
  const known = builtIn(name)
  return known === undefined ? null : { ...known, name }
}

function builtIn(series: string): Metric | undefined {
  const base = seriesParts(series).metric
  return [...ML_METRICS, ...RULES_ONLY_METRICS].find((metric) => metric.name === base)
}
