import type { EpochMs } from '../domain/time.ts'

/** What the API asks of the running evaluation. */
export interface Engine {
  /**
   * Profiles, targets, groups, memberships, metrics or dimensions have been committed: evaluation
   * follows from the next window.
   */
  configurationChanged(): void
  /** One per behavior that learns, of one profile or of all. */
  trainingSummaries(profile: string | null): readonly TrainingSummary[]
  /** Ordered by time; both ends included. */
  metricValues(query: MetricValuesQuery): Promise<readonly MetricDatum[]>
}

export interface TrainingSummary {
  profile: string
  behavior: string
  status: 'PENDING_BUILD' | 'ACTIVE' | 'EXPIRED'
  /** When the first of its datapoints came; null before. */
  collectionStart: EpochMs | null
  /** Datapoints in the trailing 14 days. */
  datapoints: number
  /** When its model was built last; null before. */
  lastRefresh: EpochMs | null
}

export interface MetricValuesQuery {
  thing: string
  metric: string
  dimension: { name: string; operator: 'IN' | 'NOT_IN' } | null
  from: EpochMs
  to: EpochMs
}

export interface MetricDatum {
  timestamp: EpochMs
  /** One member, as the metric has it: `count`, `number`, or a list. */
  value: {
    count?: number
    number?: number
    cidrs?: readonly string[]
    ports?: readonly number[]
    numbers?: readonly number[]
    strings?: readonly string[]
  }
}
