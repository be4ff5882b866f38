import { DAY_MS, type EpochMs } from '../domain/time.ts'
import { type ViolationEvent, violationId } from '../domain/violation.ts'
import type { Things } from '../window/things.ts'
import { inAlarm, QUIET, runOf, step } from './alarm.ts'
import { invalidatedEvent, measuredEvent, measuredValue } from './events.ts'
import type { Continuation, ScoredRun, Watch } from './watch.ts'

/** AWS: alarms of a device silent for more than two days are invalidated. */
export const SILENCE_MS: number = 2 * DAY_MS

/** What turning scores into alarms needs to know of the run. */
export interface AlarmContext {
  windowMs: number
  things: Things
  emit(event: ViolationEvent): void
  /** An event that one datapoint made, in this window. */
  emitMeasured(event: ViolationEvent, watch: Watch, window: number): void
  /** A standing alarm has violated once more. */
  continues(continuation: Continuation): void
}

/** Folds a run of scores into the alarm states, in row order; events come out on transitions only. */
export function foldRun(watch: Watch, run: ScoredRun, context: AlarmContext): void {
  const { batch, from, to, s, s0 } = run
  const { thing, window } = batch
  const { states, runStarts, behavior, bound } = watch
  for (let row = from; row < to; row++) {
    const score = s0[row]!
    const index = thing[row]!
    const before = states[index]!
    const anomalous = score >= bound
    if (!anomalous && before === QUIET) continue
    if (Number.isNaN(score)) continue
    if (anomalous) watch.countAnomaly(window[row]!)
    if (inAlarm(before)) {
      stillStanding(watch, run, row, anomalous, context)
      continue
    }
    const after = step(before, anomalous, s[row]! >= bound, behavior)
    if (runOf(before) === 0 && anomalous) runStarts[index] = window[row]!
    states[index] = after
    if (inAlarm(after)) raise(watch, run, row, context)
  }
}

/** Invalidates the alarms of things that have been silent for two days at `now`. */
export function invalidateSilent(watch: Watch, now: EpochMs, context: AlarmContext): void {
  for (const [index, { lastSeen }] of watch.standing) {
    if (lastSeen + SILENCE_MS <= now) invalidate(watch, index, lastSeen + SILENCE_MS, context)
  }
}

/** Invalidates all alarms of a behavior, as when its model expires. */
export function invalidateAll(watch: Watch, now: EpochMs, context: AlarmContext): void {
  for (const index of watch.standing.keys()) invalidate(watch, index, now, context)
}

export function invalidate(watch: Watch, index: number, at: EpochMs, context: AlarmContext): void {
  const alarm = watch.standing.get(index)!
  watch.standing.delete(index)
  watch.states[index] = QUIET
  context.emit(invalidatedEvent(watch, context.things.name(index), alarm.violationId, at))
}

function raise(watch: Watch, run: ScoredRun, row: number, context: AlarmContext): void {
  const index = run.batch.thing[row]!
  const thing = context.things.name(index)
  const at = (run.batch.window[row]! + 1) * context.windowMs
  const id = violationId(
    watch.profile.name,
    watch.behavior.name,
    thing,
    watch.runStarts[index]! * context.windowMs,
  )
  watch.standing.set(index, { violationId: id, lastSeen: at })
  const event = measuredEvent('in-alarm', watch, thing, id, at, run, row)
  context.emitMeasured(event, watch, run.batch.window[row]!)
}

/** One more datapoint of a thing in alarm. */
function stillStanding(
  watch: Watch,
  run: ScoredRun,
  row: number,
  anomalous: boolean,
  context: AlarmContext,
): void {
  const { states, behavior, bound, standing } = watch
  const index = run.batch.thing[row]!
  const at = (run.batch.window[row]! + 1) * context.windowMs
  const alarm = standing.get(index)!
  if (at - alarm.lastSeen > SILENCE_MS) {
    invalidate(watch, index, alarm.lastSeen + SILENCE_MS, context)
    states[index] = step(QUIET, anomalous, run.s[row]! >= bound, behavior)
    if (anomalous) watch.runStarts[index] = run.batch.window[row]!
    if (inAlarm(states[index])) raise(watch, run, row, context)
    return
  }
  alarm.lastSeen = at
  states[index] = step(states[index]!, anomalous, false, behavior)
  if (anomalous) {
    const value = measuredValue(watch, run, row)
    context.continues({ violationId: alarm.violationId, at, value })
  }
  if (inAlarm(states[index])) return
  standing.delete(index)
  const thing = context.things.name(index)
  const event = measuredEvent('alarm-cleared', watch, thing, alarm.violationId, at, run, row)
  context.emitMeasured(event, watch, run.batch.window[row]!)
}
