import { CONFIDENCE_LEVELS, LEVEL_SCORE } from '../domain/behavior.ts'
import type { EpochMs } from '../domain/time.ts'
import {
  type Evidence,
  type Explanation,
  metricValue,
  type ViolationEvent,
} from '../domain/violation.ts'
import type { SeriesKind } from '../stats/model.ts'
import { modelKind } from '../stats/model-kinds.ts'
import { SHIFT } from '../stats/series-kernel.ts'
import type { Range, SeriesVerdict } from '../stats/tail-verdict.ts'
import { explainByRule, unit } from './explain-rule.ts'
import type { MlJudge, Orphan, ScoredRun, Watch } from './watch.ts'

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
    explanation: explain(watch, run, row, measured),
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

function explain(watch: Watch, run: ScoredRun, row: number, measured: number): Explanation {
  const { judge } = watch
  if (judge.kind !== 'ml') return explainByRule(watch, judge, run, row)
  return { measured, ...learnedExplanation(watch, judge, run, row, measured) }
}

/** What a model says of a datapoint, in the metric's unit. */
function learnedExplanation(
  watch: Watch,
  judge: MlJudge,
  run: ScoredRun,
  row: number,
  measured: number,
): Omit<Explanation, 'measured'> {
  const model = run.model!
  const kind = modelKind(model.kind)
  const { level } = judge
  const verdict = kind.pooled
    ? { ...kind.explain(model.bytes, measured, level), evidence: null }
    : seriesVerdict(watch, judge, kind, run, row)
  const { low, high, side, score, anomalousAt, season, evidence } = verdict
  const rarity = 10 ** -score
  const inside = isInside(measured, low, high) ? ', back in the' : ';'
  const why = [`${level} confidence`, season].filter((part) => part !== '').join(', ')
  return {
    expected: { low, high },
    threshold: (side === 'above' ? high : low) ?? 0,
    side,
    anomalousAt,
    score,
    tailProbability: rarity,
    season,
    modelRefreshDate: new Date(model.refreshed).toISOString(),
    evidence,
    percentile: null,
    text:
      `${watch.metric.name} was ${measured}${unit(watch)}${inside} ` +
      `expected ${rangeText(low, high)} (${why}); as extreme in ${rarityText(rarity)} of datapoints` +
      (evidence === null ? '' : seenText(evidence)),
  }
}

/** The verdict on a datapoint of a series; the forecasts lie beside its scores. */
function seriesVerdict(
  { ordinal, metric }: Watch,
  { training, level }: MlJudge,
  kind: SeriesKind,
  { batch, s, model }: ScoredRun,
  row: number,
) {
  const seat = batch.thing[row]!
  const column = ordinal * s.length
  const verdict = kind.explain(model!.bytes, {
    seat,
    since: training.learning.since(seat),
    own: training.learning.own(seat),
    value: batch.value[row]!,
    mean: batch.mean[column + row]!,
    median: batch.median[column + row]!,
  })
  const { expected, ranges, judgedBy, own, fleet } = verdict
  const { side, score, anomalousAt, decidedBy } = slowVerdict(batch.slow[column + row]!, verdict)
  const shown = ({ low, high }: Range): Range => ({
    low: low === null || (metric.valueKind === 'count' && low <= 0) ? null : significant(low),
    high: high === null ? null : significant(high),
  })
  const evidence: Evidence = {
    expectedValue: significant(expected),
    ranges: { LOW: shown(ranges.LOW), MEDIUM: shown(ranges.MEDIUM), HIGH: shown(ranges.HIGH) },
    judgedBy,
    decidedBy,
    own,
    fleet,
  }
  return { ...evidence.ranges[level], side, score, anomalousAt, season: '', evidence }
}

/** The verdict as slow averages have it, where they decided. */
function slowVerdict(
  slow: number,
  verdict: SeriesVerdict,
): Pick<SeriesVerdict, 'side' | 'score' | 'anomalousAt'> & Pick<Evidence, 'decidedBy'> {
  const score = Math.abs(slow) - SHIFT
  if (score <= verdict.score) return verdict
  return {
    ...verdict,
    score,
    side: slow < 0 ? 'below' : 'above',
    anomalousAt: CONFIDENCE_LEVELS.filter((level) => score >= LEVEL_SCORE[level]),
    decidedBy: slow < 0 ? 'silence' : 'level',
  }
}

const DECIDED: Partial<Record<Evidence['decidedBy'], string>> = {
  silence: '; hardly anything has come for hours, which is not its way',
  level: '; its level of the last day is above all that it was in two weeks',
}

function seenText({ own, fleet, decidedBy }: Evidence): string {
  const decided = DECIDED[decidedBy]
  if (decided !== undefined) return decided
  const seen = [own, fleet].map(({ asExtreme, datapoints }, i) =>
    asExtreme === null
      ? []
      : [`${asExtreme} of ${i === 0 ? 'its own' : "the fleet's"} ${datapoints}`],
  )
  const text = seen.flat().join(', ')
  return text === '' ? '' : ` (${text})`
}

/** Forecasts are in single precision. */
function significant(value: number): number {
  return Number(value.toPrecision(7))
}

function isInside(value: number, low: number | null, high: number | null): boolean {
  return value >= (low ?? Number.NEGATIVE_INFINITY) && value <= (high ?? Number.POSITIVE_INFINITY)
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
