import type { EpochMs } from '../domain/time.ts'
import type { SecurityProfile } from '../domain/behavior.ts'
import { behaviorName, type ViolationEvent } from '../domain/violation.ts'
import { modelKind } from '../stats/model-kinds.ts'
import type { Detector } from './detector.ts'
import { MIN_DATAPOINTS, type ModelStatus } from './training.ts'
import type { Judge, Watch } from './watch.ts'

/** How one behavior came out of a run. */
export interface BehaviorSummary {
  profile: string
  behavior: string
  metric: string
  kind: Judge['kind'] | 'unevaluated'
  /** Why an unevaluated behavior is one. */
  reason: string | null
  /** The next are those of ML behaviors, as in the API's training summaries. */
  modelStatus: ModelStatus | null
  trainingDataCollectionStartDate: EpochMs | null
  /** Of AWS's 25,000, whatever this run asks for; at most 100. */
  datapointsCollectionPercentage: number | null
  /** Datapoints in the trailing fourteen days. */
  datapoints: number | null
  lastModelRefreshDate: EpochMs | null
  /** Datapoints behind the model in force. */
  trainedOn: number | null
  /** Whether its one or two things are judged as single series. */
  lone: boolean | null
  thresholds: Record<string, { low: number | null; high: number | null }> | null
  confidenceLevel: string | null
  /** Events written. */
  alarms: number
  cleared: number
  invalidated: number
  standing: number
  suppressed: boolean
}

/** Events per behavior, counted as they leave. */
export type EventCounts = Record<string, { alarms: number; cleared: number; invalidated: number }>

export function countEvents(counts: EventCounts, events: readonly ViolationEvent[]): void {
  for (const event of events) {
    const key = countKey(event.securityProfileName, behaviorName(event))
    const count = (counts[key] ??= { alarms: 0, cleared: 0, invalidated: 0 })
    if (event.violationEventType === 'in-alarm') count.alarms++
    else if (event.violationEventType === 'alarm-cleared') count.cleared++
    else count.invalidated++
  }
}

export function summariseBehaviors(detector: Detector, counts: EventCounts): BehaviorSummary[] {
  return detector.settings.profiles.flatMap((profile) =>
    profile.behaviors.map((behavior) => {
      const watch = detector.watches.find(
        (candidate) => candidate.profile === profile && candidate.behavior === behavior,
      )
      const count = counts[countKey(profile.name, behavior.name)]
      return {
        ...identity(profile, behavior),
        ...(watch === undefined ? NO_MODEL : modelSummary(watch, detector.evaluation.openDay)),
        alarms: count?.alarms ?? 0,
        cleared: count?.cleared ?? 0,
        invalidated: count?.invalidated ?? 0,
        standing: watch?.standing.size ?? 0,
        suppressed: behavior.suppressAlerts,
      }
    }),
  )
}

function countKey(profile: string, behavior: string): string {
  return JSON.stringify([profile, behavior])
}

function identity(profile: SecurityProfile, behavior: SecurityProfile['behaviors'][number]) {
  const { criteria } = behavior
  return {
    profile: profile.name,
    behavior: behavior.name,
    metric: behavior.metric,
    kind: criteria.kind === 'static' ? ('rule' as const) : criteria.kind,
    reason: criteria.kind === 'unevaluated' ? criteria.reason : null,
    confidenceLevel: criteria.kind === 'ml' ? criteria.confidenceLevel : null,
  }
}

const NO_MODEL = {
  modelStatus: null,
  trainingDataCollectionStartDate: null,
  datapointsCollectionPercentage: null,
  datapoints: null,
  lastModelRefreshDate: null,
  trainedOn: null,
  lone: null,
  thresholds: null,
}

function modelSummary({ judge }: Watch, openDay: number | null) {
  if (judge.kind !== 'ml') return NO_MODEL
  const { training } = judge
  const { status, collectionStart, refreshed, model, next } = training.record
  const datapoints = openDay === null ? 0 : training.datapoints(openDay)
  const latest = next?.model ?? model
  return {
    modelStatus: status,
    trainingDataCollectionStartDate: collectionStart,
    datapointsCollectionPercentage: Math.min(100, (datapoints / MIN_DATAPOINTS) * 100),
    datapoints,
    lastModelRefreshDate: refreshed,
    trainedOn: latest?.datapoints ?? null,
    lone: latest?.lone ?? null,
    thresholds: latest === null ? null : modelKind(latest.kind).thresholds(latest.bytes),
  }
}
