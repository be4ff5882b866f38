import type { Behavior, SecurityProfile } from '../domain/behavior.ts'
import { LEVEL_SCORE } from '../domain/behavior.ts'
import type { Metric } from '../domain/metric.ts'
import type { EpochMs } from '../domain/time.ts'
import { grown } from '../window/things.ts'
import { QUIET } from './alarm.ts'
import { RULE_LEVEL, type RuleWatch } from './rules.ts'
import type { Training } from './training.ts'

/** How a behavior judges datapoints: by what it learned, or by a rule. */
export type Judge =
  | { kind: 'ml'; training: Training; level: keyof typeof LEVEL_SCORE }
  | { kind: 'rule'; rule: RuleWatch }

/** An alarm that stands. */
export interface StandingAlarm {
  violationId: string
  /** End of the window of the last datapoint. */
  lastSeen: EpochMs
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

  reserve(things: number): void {
    if (this.states.length < things) {
      this.states = grown(this.states, things)
      this.runStarts = grown(this.runStarts, things)
    }
    if (this.judge.kind === 'rule') this.judge.rule.reserve(things)
  }

  /** A thing starts anew: its run of anomalous datapoints is forgotten. */
  reset(index: number): void {
    if (!this.standing.has(index)) this.states[index] = QUIET
    if (this.judge.kind === 'rule') this.judge.rule.reset(index)
  }
}
