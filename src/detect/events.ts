import { listKind } from '../domain/metric.ts'
import type { EpochMs } from '../domain/time.ts'
import {
  type Explanation,
  type MetricValue,
  metricValue,
  type ViolationEvent,
} from '../domain/violation.ts'
import { explainLearned } from './explain-learned.ts'
import { explainByRule } from './explain-rule.ts'
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
    metricValue: measuredValue(watch, run, row),
    explanation: explain(watch, run, row, measured),
  }
}

/** What was measured, as the API has it. */
export function measuredValue({ metric }: Watch, run: ScoredRun, row: number): MetricValue {
  const isList = listKind(metric) !== null
  return metricValue(metric, isList ? run.lists!.items(row) : run.measured[row]!)
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
  return { measured, ...explainLearned(watch, judge, run, row, measured) }
}
