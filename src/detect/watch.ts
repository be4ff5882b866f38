import type { Batch } from '../columnar/batch.ts'
import type { Behavior, SecurityProfile } from '../domain/behavior.ts'
import { LEVEL_SCORE } from '../domain/behavior.ts'
import type { Metric } from '../domain/metric.ts'
import type { EpochMs } from '../domain/time.ts'
import type { MetricValue } from '../domain/violation.ts'
import type { FittedModel } from '../stats/model.ts'
import type { SingleVerdict } from '../stats/single-series.ts'
import { grown } from '../window/things.ts'
import { QUIET } from './alarm.ts'
import type { BatchLists } from './batch-lists.ts'
import type { ListRule } from './list-rule.ts'
import type { PercentileRule } from './percentile-rule.ts'
import { RULE_LEVEL, type RuleWatch } from './rules.ts'
import type { Training } from './training.ts'

export interface MlJudge {
  kind: 'ml'
  training: Training
  level: keyof typeof LEVEL_SCORE
}

/** How a behavior judges datapoints: by what it learned, or by a rule. */
export type Judge =
  | MlJudge
  | { kind: 'rule'; rule: RuleWatch }
  | { kind: 'percentile'; rule: PercentileRule }
  | { kind: 'list'; rule: ListRule }

/** An alarm that stands. */
export interface StandingAlarm {
  violationId: string
  /** End of the window of the last datapoint. */
  lastSeen: EpochMs
}

/** An alarm goes on: its latest violating datapoint. */
export interface Continuation {
  violationId: string
  at: EpochMs
  value: MetricValue
}

/** What resuming found that the present settings no longer have: its alarms are to be invalidated. */
export interface Orphan {
  profile: string
  /** The behavior as its profile wrote it. */
  source: Readonly<Record<string, unknown>>
  thing: string
  violationId: string
}

/** The scores of one run of rows: one metric of one batch, one behavior. */
export interface ScoredRun {
  batch: Batch
  from: number
  to: number
  s: Float32Array
  s0: Float32Array
  /** What was measured, by row: the value, or what a rule made of it. */
  measured: Float64Array
  /** What list metrics hold; null where there are none. */
  lists: BatchLists | null
  /** The model that gave the scores; null for rules. */
  model: FittedModel | null
}

/** One behavior of one profile while it is evaluated, with the alarm states of all things. */
export class Watch {
  readonly profile: SecurityProfile
  readonly behavior: Behavior
  readonly metric: Metric
  /** Index of the metric in the run's table. */
  readonly metricIndex: number
  /** Which score column of its metric is its own. */
  readonly ordinal: number
  readonly judge: Judge
  /** Alarm state by thing. */
  states: Uint8Array = new Uint8Array(0)
  /** The window in which the present run of anomalous datapoints began, by thing. */
  runStarts: Int32Array = new Int32Array(0)
  /** The alarms that stand, by thing. */
  readonly standing: Map<number, StandingAlarm> = new Map()

  /** Anomalous datapoints of the stretch under way, by window. */
  readonly anomalies: Map<number, number> = new Map()

  /** Of the batch under way, by row: why single series are unusual; null where it is judged by a fleet. */
  lone: ReadonlyMap<number, SingleVerdict> | null = null

  constructor(
    profile: SecurityProfile,
    behavior: Behavior,
    metric: Metric,
    metricIndex: number,
    ordinal: number,
    judge: Judge,
  ) {
    this.profile = profile
    this.behavior = behavior
    this.metric = metric
    this.metricIndex = metricIndex
    this.ordinal = ordinal
    this.judge = judge
  }

  /** Scores at or above this are anomalous. */
  get bound(): number {
    return this.judge.kind === 'ml' ? LEVEL_SCORE[this.judge.level] : RULE_LEVEL
  }

  /** Its rule, where that remembers earlier windows. */
  get #remembering(): RuleWatch | PercentileRule | null {
    return this.judge.kind === 'rule' || this.judge.kind === 'percentile' ? this.judge.rule : null
  }

  reserve(things: number): void {
    if (this.states.length < things) {
      this.states = grown(this.states, things)
      this.runStarts = grown(this.runStarts, things)
    }
    this.#remembering?.reserve(things)
  }

  countAnomaly(window: number): void {
    this.anomalies.set(window, (this.anomalies.get(window) ?? 0) + 1)
  }

  /** A thing starts anew: its run of anomalous datapoints is forgotten. */
  reset(index: number): void {
    if (!this.standing.has(index)) this.states[index] = QUIET
    this.#remembering?.reset(index)
    if (this.judge.kind === 'ml') this.judge.training.record.lone?.reset(index)
  }
}
