import type { SetOperator } from './list-set.ts'
import type { ListItems, ListKind } from './list-value.ts'
import type { Statistic } from './metric-rules.ts'

/** From most alarms to fewest. HIGH confidence means the least sensitive. */
export const CONFIDENCE_LEVELS = ['LOW', 'MEDIUM', 'HIGH'] as const
export type ConfidenceLevel = (typeof CONFIDENCE_LEVELS)[number]

/**
 * A score is -log10 of a tail probability; at or above its level's bound a datapoint is anomalous.
 * The same constants for every metric, so that a level is a promise about false alarms.
 */
export const LEVEL_SCORE: Readonly<Record<ConfidenceLevel, number>> = { LOW: 2, MEDIUM: 3, HIGH: 4 }

export type NumericOperator =
  | 'less-than'
  | 'less-than-equals'
  | 'greater-than'
  | 'greater-than-equals'

/** What a behavior says is normal. */
export type Criteria =
  | { kind: 'ml'; confidenceLevel: ConfidenceLevel }
  /** Normal is `metric operator threshold`, summed over `durationMs` for counters (null: one window). */
  | {
      kind: 'static'
      operator: NumericOperator
      threshold: number
      durationMs: number | null
    }
  /** Normal is `value operator threshold`, the threshold being the percentile of the fleet's own values. */
  | {
      kind: 'percentile'
      operator: NumericOperator
      statistic: Statistic
      durationMs: number
    }
  /** Normal is that every item of the list is among `items`, or that none is. */
  | {
      kind: 'list'
      operator: SetOperator
      valueKind: ListKind
      items: ListItems
    }
  /** Nothing to evaluate, as where there are no criteria: says why. */
  | { kind: 'unevaluated'; reason: string }

/** One expectation about one metric, as the pipeline uses it. */
export interface Behavior {
  name: string
  /** The metric's series: its name, or `dimensionedName` where a dimension is set. Empty when absent. */
  metric: string
  criteria: Criteria
  /** 1..10 datapoints in a row. */
  datapointsToAlarm: number
  datapointsToClear: number
  suppressAlerts: boolean
  /** The behavior exactly as the profile wrote it: echoed in every event. */
  source: Readonly<Record<string, unknown>>
}

export interface SecurityProfile {
  name: string
  description: string
  behaviors: readonly Behavior[]
  /** Names of metrics that are kept without a behavior. */
  metricsToRetain: readonly string[]
  /** The whole profile as read, for lossless output. */
  source: Readonly<Record<string, unknown>>
}
