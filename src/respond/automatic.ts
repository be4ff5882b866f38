import { type EpochMs, HOUR_MS } from '../domain/time.ts'
import { behaviorName, type ViolationEvent } from '../domain/violation.ts'
import type { Database } from '../store/database.ts'
import { listRules, type MitigationRule } from '../store/mitigation-rules.ts'
import { thingsOfRule } from '../store/mitigation-tasks.ts'
import type { StoredEvent } from '../store/violation-events.ts'
import { startTask } from './start-task.ts'

/** The most violations one task names. */
const VIOLATIONS_PER_TASK = 25

/** What a rule did not do, and why: for the log. */
export interface Refusal {
  rule: string
  violations: number
  reason: string
}

/**
 * Starts a task for what begins to alarm and a rule asks for, in the transaction that stores the events. A rule
 * that has acted on many things within an hour stops: a wrong model must not lock out a fleet.
 */
export function startAutomatic(
  database: Database,
  events: readonly StoredEvent[],
  now: EpochMs,
  uuid: () => string,
): Refusal[] {
  const begun = events.filter(
    ({ event }) => event.violationEventType === 'in-alarm' && !event.suppressed,
  )
  if (begun.length === 0) return []
  return listRules(database).flatMap((rule) => {
    const matching = begun.filter(({ event }) => applies(rule, event)).map(({ event }) => event)
    return matching.length === 0 ? [] : startFor(database, rule, matching, now, uuid)
  })
}

function startFor(
  database: Database,
  rule: MitigationRule,
  events: readonly ViolationEvent[],
  now: EpochMs,
  uuid: () => string,
): Refusal[] {
  const room = Math.max(0, rule.mostPerHour - thingsOfRule(database, rule.id, now - HOUR_MS))
  const allowed = events.slice(0, room)
  const refusals: Refusal[] = []
  for (let from = 0; from < allowed.length; from += VIOLATIONS_PER_TASK) {
    const some = allowed.slice(from, from + VIOLATIONS_PER_TASK)
    const request = {
      id: uuid(),
      target: { violationIds: some.map(({ violationId }) => violationId) },
      actions: [rule.action],
      occurrence: null,
      onlyActive: false,
      includeSuppressed: false,
      token: null,
    }
    const started = startTask(database, request, now, rule.id)
    if (started.kind === 'started') continue
    const reason = started.kind === 'invalid' ? started.message : started.kind
    refusals.push({ rule: rule.id, violations: some.length, reason })
  }
  if (events.length > room) {
    const reason = `it acts on at most ${rule.mostPerHour} things within an hour`
    refusals.push({ rule: rule.id, violations: events.length - room, reason })
  }
  return refusals
}

function applies(rule: MitigationRule, event: ViolationEvent): boolean {
  if (rule.profile !== event.securityProfileName) return false
  if (rule.behavior !== null && rule.behavior !== behaviorName(event)) return false
  if (rule.confidence === null) return true
  const { explanation, violationEventAdditionalInfo } = event
  // A behavior may alarm at LOW on what is anomalous at HIGH too.
  if (explanation !== null) return explanation.anomalousAt.includes(rule.confidence)
  return violationEventAdditionalInfo?.confidenceLevel === rule.confidence
}
