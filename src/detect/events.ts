import type { NumericOperator } from '../domain/behavior.ts'
import { type EpochMs, MINUTE_MS } from '../domain/time.ts'
import { type Explanation, metricValue, type ViolationEvent } from '../domain/violation.ts'
import { modelKind } from '../stats/model-kinds.ts'
import type { Orphan, ScoredRun, Watch } from './watch.ts'

/** An alarm opens or clears: the datapoint that did it, and how unusual it is. */
export function measuredEvent(
  violationEventType: 'in-alarm' | 'alarm-cleared',
  watch: Watch,
  thing: string,
  violationId: string,
  at: EpochMs,
  run: ScoredRun,
  row: number,
): ViolationEvent {
  const measured = run.measured[row]!
  return {
    ...baseEvent(watch, thing, violationId, at),
    violationEventType,
    metricValue: metricValue(watch.metric, measured),
    explanation: explain(watch, run, measured),
  }
}

/** An alarm ends without a datapoint: the thing fell silent or is no longer watched. */
export function invalidatedEvent(
  watch: Watch,
  thing: string,
  violationId: string,
  at: EpochMs,
): ViolationEvent {
  return { ...baseEvent(watch, thing, violationId, at), violationEventType: 'alarm-invalidated' }
}

/** The end of an alarm whose behavior or thing is watched no more: known from the checkpoint alone. */
export function invalidatedEventOf(orphan: Orphan, at: EpochMs): ViolationEvent {
  return {
    violationEventTime: at,
    thingName: orphan.thing,
    behavior: orphan.source,
    violationEventType: 'alarm-invalidated',
    metricValue: null,
    violationId: orphan.violationId,
    securityProfileName: orphan.profile,
    violationEventAdditionalInfo: null,
    verificationState: 'UNKNOWN',
    suppressed: orphan.source.suppressAlerts === true,
    explanation: null,
  }
}

function baseEvent(
  { profile, behavior, judge }: Watch,
  thing: string,
  violationId: string,
  at: EpochMs,
): Omit<ViolationEvent, 'violationEventType'> {
  return {
    violationEventTime: at,
    thingName: thing,
    behavior: behavior.source,
    metricValue: null,
    violationId,
    securityProfileName: profile.name,
    violationEventAdditionalInfo: judge.kind === 'ml' ? { confidenceLevel: judge.level } : null,
    verificationState: 'UNKNOWN',
    suppressed: behavior.suppressAlerts,
    explanation: null,
  }
}

function explain(watch: Watch, run: ScoredRun, measured: number): Explanation {
  const { judge, metric } = watch
  if (judge.kind === 'rule') {
    const { operator, threshold } = judge.rule
    const upper = operator.startsWith('less-than')
    const text =
      `${metric.name} was ${measured}${unit(watch)}${duration(watch)}; ` +
      `normal is ${WORDS[operator]} ${threshold}`
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
      text,
    }
  }
  const model = run.model!
  const verdict = modelKind(model.kind).explain(model.bytes, measured, judge.level)
  const { low, high, side, score, anomalousAt, season } = verdict
  const rarity = 10 ** -score
  return {
    measured,
    expected: { low, high },
    threshold: (side === 'above' ? high : low) ?? 0,
    side,
    anomalousAt,
    score,
    tailProbability: rarity,
    season,
    modelRefreshDate: new Date(model.refreshed).toISOString(),
    text:
      `${metric.name} was ${measured}${unit(watch)}${isInside(measured, low, high) ? ', back in the' : ';'} ` +
      `expected ${rangeText(low, high)} (${judge.level} confidence, ${season}); ` +
      `as extreme in ${rarityText(rarity)} of datapoints`,
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
  if (criteria.kind !== 'static' || criteria.durationMs === null) return ''
  return metric.aggregation === 'sum' ? ` in ${criteria.durationMs / MINUTE_MS} min` : ''
}

function isInside(value: number, low: number | null, high: number | null): boolean {
  return value >= (low ?? Number.NEGATIVE_INFINITY) && value <= (high ?? Number.POSITIVE_INFINITY)
}

function unit({ metric }: Watch): string {
  return metric.unit === '' ? '' : ` ${metric.unit}`
}

function rangeText(low: number | null, high: number | null): string {
  if (low === null) return `at most ${shortNumber(high ?? 0)}`
  if (high === null) return `at least ${shortNumber(low)}`
  return `${shortNumber(low)} to ${shortNumber(high)}`
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(5)))
}

function rarityText(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`
}
