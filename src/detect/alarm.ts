/**
 * The alarm of one (thing, behavior) in a byte, so that a fleet's alarms are a column: a flag for
 * being in alarm, one for evidence, and the number of datapoints in a row that speak for a change.
 */
export type AlarmState = number

export const QUIET: AlarmState = 0
const RUN = 0b0000_1111
const EVIDENCE = 0b0001_0000
const IN_ALARM = 0b1000_0000

export interface AlarmRule {
  /** 1..10 datapoints in a row. */
  datapointsToAlarm: number
  datapointsToClear: number
}

export function inAlarm(state: AlarmState): boolean {
  return (state & IN_ALARM) !== 0
}

/** How many datapoints in a row are anomalous (not in alarm) or normal (in alarm). */
export function runOf(state: AlarmState): number {
  return state & RUN
}

/**
 * The state after one more datapoint. `anomalous`: its score before habituation reaches the level;
 * `opens`: so does its score after habituation. An alarm opens after N anomalous datapoints in a row
 * of which at least one opens, and clears after M in a row that are not anomalous.
 */
export function step(
  state: AlarmState,
  anomalous: boolean,
  opens: boolean,
  rule: AlarmRule,
): AlarmState {
  if ((state & IN_ALARM) !== 0) {
    if (anomalous) return IN_ALARM
    const normal = (state & RUN) + 1
    return normal >= rule.datapointsToClear ? QUIET : IN_ALARM | normal
  }
  if (!anomalous) return QUIET
  const run = Math.min((state & RUN) + 1, rule.datapointsToAlarm)
  const evidence = opens ? EVIDENCE : state & EVIDENCE
  return run === rule.datapointsToAlarm && evidence !== 0 ? IN_ALARM : run | evidence
}
