import { type EpochMs, HOUR_MS } from '../domain/time.ts'
import { behaviorName, type ViolationEvent } from '../domain/violation.ts'
import type { Database } from '../store/database.ts'
import { listRules, type MitigationRule } from '../store/mitigation-rules.ts'
import { thingsOfRule } from '../store/mitigation-tasks.ts'
import type { StoredEvent } from '../store/violation-events.ts'
import { findThing } from '../store/things.ts'
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
 * that has acted on many things within an hour stops: a wrong model must not lock out a fleet. Things that are
 * not registered can be in no group; they are left out, so that made-up names do not use up that number.
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
  const { allowed, unregistered, beyond } = admitted(database, rule, events, now)
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
  if (unregistered > 0) {
    const reason = 'things that are not registered can be in no group'
    refusals.push({ rule: rule.id, violations: unregistered, reason })
  }
  if (beyond > 0) {
    const reason = `it acts on at most ${rule.mostPerHour} things within an hour`
    refusals.push({ rule: rule.id, violations: beyond, reason })
  }
  return refusals
}

/** What a rule may act on: registered things, no more within an hour than it says. */
function admitted(
  database: Database,
  rule: MitigationRule,
  events: readonly ViolationEvent[],
  now: EpochMs,
): { allowed: ViolationEvent[]; unregistered: number; beyond: number } {
  const things = thingsOfRule(database, rule.id, now - HOUR_MS)
  const allowed: ViolationEvent[] = []
  let unregistered = 0
  let beyond = 0
  for (const event of events) {
    const { thingName } = event
    if (findThing(database, thingName) === null) unregistered++
    else if (!things.has(thingName) && things.size >= rule.mostPerHour) beyond++
    else {
      things.add(thingName)
      allowed.push(event)
    }
  }
  return { allowed, unregistered, beyond }
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
