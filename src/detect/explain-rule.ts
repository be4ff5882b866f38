import type { NumericOperator } from '../domain/behavior.ts'
import { MINUTE_MS } from '../domain/time.ts'
import type { Explanation } from '../domain/violation.ts'
import type { Judge, ScoredRun, Watch } from './watch.ts'

export type RuleJudge = Exclude<Judge, { kind: 'ml' }>

/** What a rule says of a datapoint. */
export function explainByRule(
  watch: Watch,
  judge: RuleJudge,
  { batch, measured: values }: ScoredRun,
  row: number,
): Explanation {
  const measured = values[row]!
  const { operator } = judge.rule
  const percentile =
    judge.kind === 'percentile'
      ? { statistic: judge.rule.statistic, ...judge.rule.population(batch.window[row]!) }
      : null
  const threshold = judge.kind === 'percentile' ? percentile!.threshold : judge.rule.threshold
  const upper = operator.startsWith('less-than')
  const text =
    `${watch.metric.name} was ${measured}${unit(watch)}${duration(watch)}; ` +
    `normal is ${WORDS[operator]} ${threshold}`
  const whose =
    percentile === null ? '' : `, the ${percentile.statistic} of ${percentile.things} things`
  return {
    measured,
    expected: { low: upper ? null : threshold, high: upper ? threshold : null },
    threshold,
    side: upper ? 'above' : 'below',
    anomalousAt: [],
    score: null,
    tailProbability: null,
    season: '',
    modelRefreshDate: null,
    evidence: null,
    percentile: percentile && { statistic: percentile.statistic, things: percentile.things },
    sameWindow: null,
    text: text + whose,
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
