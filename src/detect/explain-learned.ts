import { CONFIDENCE_LEVELS, LEVEL_SCORE } from '../domain/behavior.ts'
import type { Evidence, Explanation, Season } from '../domain/violation.ts'
import type { Metric } from '../domain/metric.ts'
import { powerOfTen } from '../stats/elementary.ts'
import type { SeriesKind } from '../stats/model.ts'
import { modelKind } from '../stats/model-kinds.ts'
import { CHANNELS } from '../stats/series-channels.ts'
import { SHIFT } from '../stats/series-kernel.ts'
import type { SingleVerdict } from '../stats/single-series.ts'
import type { Range, SeriesVerdict } from '../stats/tail-verdict.ts'
import { unit } from './explain-rule.ts'
import type { MlJudge, ScoredRun, Watch } from './watch.ts'

/** What a model says of a datapoint, in the metric's unit. */
export function explainLearned(
  watch: Watch,
  judge: MlJudge,
  run: ScoredRun,
  row: number,
  measured: number,
): Omit<Explanation, 'measured'> {
  const model = run.model!
  const kind = modelKind(model.kind)
  const { level } = judge
  const lone = watch.lone?.get(row)
  const verdict = kind.pooled
    ? { ...kind.explain(model.bytes, measured, level), evidence: null }
    : lone === undefined
      ? seriesVerdict(watch, judge, kind, run, row)
      : loneVerdict(watch, judge, lone, run, row)
  const { low, high, side, score, anomalousAt, season, evidence } = verdict
  const rarity = powerOfTen(-score)
  const inside = isInside(measured, low, high) ? ', back in the' : ';'
  const why = kind.pooled ? `${level} confidence, ${season}` : `${level} confidence`
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
    violating: null,
    sameWindow: null,
    text:
      `${watch.metric.name} was ${measured}${unit(watch)}${inside} ` +
      `expected ${rangeText(low, high)} (${why}); as extreme in ${rarityText(rarity)} of datapoints` +
      (evidence === null ? '' : seenText(evidence) + seasonText(evidence.season)),
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
  const evidence: Evidence = {
    expectedValue: significant(expected),
    ranges: {
      LOW: shown(metric, ranges.LOW),
      MEDIUM: shown(metric, ranges.MEDIUM),
      HIGH: shown(metric, ranges.HIGH),
    },
    judgedBy,
    decidedBy,
    view: null,
    own,
    fleet,
    season: rounded(seasonOf(training, seat, batch.window[row]!, model!.refreshed)),
  }
  const { when } = evidence.season
  return { ...evidence.ranges[level], side, score, anomalousAt, season: when, evidence }
}

/** The verdict on a datapoint of a series without a fleet. */
function loneVerdict(
  { metric }: Watch,
  { training, level }: MlJudge,
  { channel, isAbove, asExtreme, datapoints, expected, low, high }: SingleVerdict,
  { batch, s0, model }: ScoredRun,
  row: number,
) {
  const range = (i: number): Range => shown(metric, { low: low[i]!, high: high[i]! })
  const evidence: Evidence = {
    expectedValue: significant(expected),
    ranges: { LOW: range(0), MEDIUM: range(1), HIGH: range(2) },
    judgedBy: 'thing',
    decidedBy: 'series',
    view: CHANNELS[channel] ?? null,
    own: { asExtreme, datapoints },
    fleet: { asExtreme: null, datapoints: model!.datapoints },
    season: rounded(seasonOf(training, batch.thing[row]!, batch.window[row]!, model!.refreshed)),
  }
  const score = s0[row]!
  return {
    ...evidence.ranges[level],
    side: isAbove ? ('above' as const) : ('below' as const),
    score,
    anomalousAt: CONFIDENCE_LEVELS.filter((one) => score >= LEVEL_SCORE[one]),
    season: evidence.season.when,
    evidence,
  }
}

/** Counts are never below zero. */
function shown(metric: Metric, { low, high }: Range): Range {
  return {
    low: low === null || (metric.valueKind === 'count' && low <= 0) ? null : significant(low),
    high: high === null ? null : significant(high),
  }
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

function seenText({ own, fleet, decidedBy, view }: Evidence): string {
  const decided = DECIDED[decidedBy]
  if (decided !== undefined) return decided
  const seen = [own, fleet].map(({ asExtreme, datapoints }, i) =>
    asExtreme === null
      ? []
      : [`${asExtreme} of ${i === 0 ? 'its own' : "the fleet's"} ${datapoints}`],
  )
  const text = [...seen.flat(), ...(view === null ? [] : [`by its ${view}`])].join(', ')
  return text === '' ? '' : ` (${text})`
}

function seasonOf(
  { learning, record }: MlJudge['training'],
  seat: number,
  window: number,
  refreshed: number,
): Season {
  return learning.seasons!.at(record.seasons, refreshed, seat, window)
}

/** Seasons lie in bins of a hundredth at most. */
function rounded(season: Season): Season {
  const [usual, low, high] = [season.usual, season.low, season.high].map((value) =>
    value === null ? null : Number(value.toPrecision(3)),
  ) as [number | null, number | null, number | null]
  return { ...season, usual, low, high }
}

function seasonText({ when, of, usual, low, high, count }: Season): string {
  if (usual === null) return `; nothing is known of ${when}`
  return of === 'thing'
    ? `; on ${when} its mean is usually ${usual} (${low} to ${high} in ${count} days)`
    : `; on ${when} the fleet usually has ${usual} (half of its datapoints ${low} to ${high})`
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
