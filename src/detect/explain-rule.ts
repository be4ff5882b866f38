import type { NumericOperator } from '../domain/behavior.ts'
import { itemsInWords, listInWords } from '../domain/describe-profile.ts'
import type { ListItems } from '../domain/list-value.ts'
import { MINUTE_MS } from '../domain/time.ts'
import type { Explanation } from '../domain/violation.ts'
import type { ListRule } from './list-rule.ts'
import type { Judge, ScoredRun, Watch } from './watch.ts'

export type RuleJudge = Exclude<Judge, { kind: 'ml' }>

/** What a rule says of a datapoint. */
export function explainByRule(
  watch: Watch,
  judge: RuleJudge,
  run: ScoredRun,
  row: number,
): Explanation {
  if (judge.kind === 'list') return explainList(watch, judge.rule, run.lists!.items(row))
  const measured = run.measured[row]!
  const { operator } = judge.rule
  const percentile =
    judge.kind === 'percentile'
      ? { statistic: judge.rule.statistic, ...judge.rule.population(run.batch.window[row]!) }
      : null
  const threshold = judge.kind === 'percentile' ? percentile!.threshold : judge.rule.threshold
  const upper = operator.startsWith('less-than')
  const whose =
    percentile === null ? '' : `, the ${percentile.statistic} of ${percentile.things} things`
  return {
    ...OF_RULES,
    measured,
    expected: { low: upper ? null : threshold, high: upper ? threshold : null },
    threshold,
    side: upper ? 'above' : 'below',
    percentile: percentile && { statistic: percentile.statistic, things: percentile.things },
    violating: null,
    text:
      `${watch.metric.name} was ${measured}${unit(watch)}${duration(watch)}; ` +
      `normal is ${WORDS[operator]} ${threshold}${whose}`,
  }
}

/** What is known of learned behaviors only. */
const OF_RULES = {
  anomalousAt: [],
  score: null,
  tailProbability: null,
  season: '',
  modelRefreshDate: null,
  evidence: null,
  sameWindow: null,
}

function explainList(
  { metric, behavior: { criteria } }: Watch,
  rule: ListRule,
  items: ListItems,
): Explanation {
  const violating = rule.violating(items)
  const held = violating.length > 0 ? violating : items
  const of = held.length < items.length ? ` (of ${items.length} items)` : ''
  const normal = criteria.kind === 'list' ? listInWords(criteria) : ''
  return {
    ...OF_RULES,
    measured: items,
    expected: { low: null, high: null },
    threshold: null,
    side: rule.operator === 'in' ? 'outside' : 'inside',
    percentile: null,
    violating,
    text: `${metric.name} held ${held.length === 0 ? 'nothing' : itemsInWords(held)}${of}; normal is ${normal}`,
  }
}

const WORDS: Readonly<Record<NumericOperator, string>> = {
  'less-than': 'below',
  'less-than-equals': 'at most',
  'greater-than': 'above',
  'greater-than-equals': 'at least',
}

/** ` in 15 min`, where a rule looks at more than one window. */
function duration({ behavior: { criteria }, metric }: Watch): string {
  if (criteria.kind !== 'static' && criteria.kind !== 'percentile') return ''
  if (criteria.durationMs === null) return ''
  const adds =
    criteria.kind === 'percentile' ? metric.aggregation !== 'last' : metric.aggregation === 'sum'
  return adds ? ` in ${criteria.durationMs / MINUTE_MS} min` : ''
}

/** The metric's unit behind a number. */
export function unit({ metric }: Pick<Watch, 'metric'>): string {
  return metric.unit === '' ? '' : ` ${metric.unit}`
}
