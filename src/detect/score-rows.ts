import { scoreColumn } from '../columnar/batch.ts'
import type { MlJudge, Watch } from './watch.ts'
import { CONFIDENCE_LEVELS, LEVEL_SCORE, type NumericOperator } from '../domain/behavior.ts'
import type { FittedModel } from '../stats/model.ts'
import { modelKind } from '../stats/model-kinds.ts'
import type { BatchSlot } from './slots.ts'

/** `NONE`, or the highest level that a score reaches. */
export type ReachedLevel = 'NONE' | (typeof CONFIDENCE_LEVELS)[number]

/** What is normal for one datapoint at its behavior's level; infinite where it is open. */
export interface NormalRange {
  low: number
  high: number
}

const ANYTHING: NormalRange = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }

/** One evaluated datapoint; the same object for every row. */
export interface ScoreRow {
  seat: number
  window: number
  value: number
  s: number
  s0: number
  level: ReachedLevel
  range: NormalRange
}

/** Shows the rows of a batch that one behavior evaluated, in order. */
export function eachScore(
  watch: Watch,
  { batch, handle }: BatchSlot,
  model: FittedModel | null,
  show: (row: ScoreRow) => void,
): void {
  const { judge, metricIndex, ordinal } = watch
  if (judge.kind === 'ml' && model === null) return
  const s = scoreColumn(batch.s, handle.capacity, ordinal)
  const s0 = scoreColumn(batch.s0, handle.capacity, ordinal)
  const rangeOf = ranges(watch, model, { batch, handle })
  const isRule = judge.kind !== 'ml'
  for (let row = batch.from[metricIndex]!; row < batch.to[metricIndex]!; row++) {
    if (Number.isNaN(s0[row])) continue
    show({
      seat: batch.thing[row]!,
      window: batch.window[row]!,
      value: batch.value[row]!,
      s: s[row]!,
      s0: s0[row]!,
      level: isRule ? (s[row]! > 0 ? 'HIGH' : 'NONE') : reachedLevel(s[row]!),
      range: rangeOf(row),
    })
  }
}

function reachedLevel(score: number): ReachedLevel {
  return CONFIDENCE_LEVELS.findLast((level) => score >= LEVEL_SCORE[level]) ?? 'NONE'
}

function ruleRange(operator: NumericOperator, threshold: number): NormalRange {
  return operator.startsWith('less-than')
    ? { ...ANYTHING, high: threshold }
    : { ...ANYTHING, low: threshold }
}

/** What is normal, row by row. */
function ranges(
  { judge, ordinal, lone }: Watch,
  model: FittedModel | null,
  { batch, handle }: Pick<BatchSlot, 'batch' | 'handle'>,
): (row: number) => NormalRange {
  if (judge.kind === 'rule') {
    const range = ruleRange(judge.rule.operator, judge.rule.threshold)
    return () => range
  }
  if (judge.kind === 'list') return () => ANYTHING
  if (judge.kind === 'percentile') {
    const { rule } = judge
    return (row) => ruleRange(rule.operator, rule.population(batch.window[row]!).threshold)
  }
  const byFleet = fleetRanges(judge, ordinal, model!, { batch, handle })
  if (lone === null) return byFleet
  const level = CONFIDENCE_LEVELS.indexOf(judge.level)
  return (row) => {
    const verdict = lone.get(row)
    if (verdict === undefined) return byFleet(row)
    return { low: verdict.low[level]!, high: verdict.high[level]! }
  }
}

function fleetRanges(
  judge: MlJudge,
  ordinal: number,
  model: FittedModel,
  { batch, handle }: Pick<BatchSlot, 'batch' | 'handle'>,
): (row: number) => NormalRange {
  const kind = modelKind(model.kind)
  if (kind.pooled) {
    const { low, high } = kind.thresholds(model.bytes)[judge.level]
    const range = { low: low ?? ANYTHING.low, high: high ?? ANYTHING.high }
    return () => range
  }
  const { learning } = judge.training
  const series = kind.ranges(model.bytes, judge.level)
  const mean = scoreColumn(batch.mean, handle.capacity, ordinal)
  const median = scoreColumn(batch.median, handle.capacity, ordinal)
  return (row) => {
    const seat = batch.thing[row]!
    return series.around({
      seat,
      since: learning.since(seat),
      value: batch.value[row]!,
      own: learning.own(seat),
      mean: mean[row]!,
      median: median[row]!,
    })
  }
}
