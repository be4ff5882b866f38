import type { ConfidenceLevel } from '../domain/behavior.ts'
import type { EpochMs } from '../domain/time.ts'
import {
  behaviorName,
  type Explanation,
  type MetricValue,
  type ViolationEvent,
  type ViolationEventType,
} from '../domain/violation.ts'
import type { Database } from './database.ts'

/** An event as it lies in the store; `id` grows in the order in which events were stored. */
export interface StoredEvent {
  id: number
  event: ViolationEvent
}

export interface EventRow {
  id: number
  violation_id: string
  type: string
  time: EpochMs
  profile: string
  thing: string
  confidence: string | null
  suppressed: number
  value_json: string | null
  behavior_json: string
  explanation_json: string | null
}

/** Stores events; answers those that were not there before, in the order given. */
export function insertEvents(database: Database, events: readonly ViolationEvent[]): StoredEvent[] {
  const insert = database.prepare(
    `INSERT INTO violation_events (violation_id, type, time, profile, behavior, thing, criteria_type,
       confidence, suppressed, value_json, behavior_json, explanation_json)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (violation_id, type) DO NOTHING`,
  )
  const behaviors = new Map<object, string>()
  const textOf = (behavior: object): string => {
    const text = behaviors.get(behavior) ?? JSON.stringify(behavior)
    behaviors.set(behavior, text)
    return text
  }
  return events.flatMap((event) => {
    const { changes, lastId } = insert.run(
      event.violationId,
      event.violationEventType,
      event.violationEventTime,
      event.securityProfileName,
      behaviorName(event),
      event.thingName,
      criteriaType(event.behavior),
      event.violationEventAdditionalInfo?.confidenceLevel ?? null,
      event.suppressed ? 1 : 0,
      event.metricValue === null ? null : JSON.stringify(event.metricValue),
      textOf(event.behavior),
      event.explanation === null ? null : JSON.stringify(event.explanation),
    )
    return changes === 0 ? [] : [{ id: lastId, event }]
  })
}

export type CriteriaType = 'STATIC' | 'STATISTICAL' | 'MACHINE_LEARNING'

/** AWS's word for what kind of expectation a behavior is, from the behavior as its profile wrote it. */
export function criteriaType(behavior: Readonly<Record<string, unknown>>): CriteriaType {
  const criteria = behavior.criteria as Readonly<Record<string, unknown>> | undefined
  if (criteria?.mlDetectionConfig !== undefined) return 'MACHINE_LEARNING'
  return criteria?.statisticalThreshold === undefined ? 'STATIC' : 'STATISTICAL'
}

export function eventOf(row: EventRow): ViolationEvent {
  return {
    violationEventTime: row.time,
    thingName: row.thing,
    behavior: JSON.parse(row.behavior_json) as Record<string, unknown>,
    violationEventType: row.type as ViolationEventType,
    metricValue: parsed(row.value_json) as MetricValue | null,
    violationId: row.violation_id,
    securityProfileName: row.profile,
    violationEventAdditionalInfo:
      row.confidence === null ? null : { confidenceLevel: row.confidence as ConfidenceLevel },
    verificationState: 'UNKNOWN',
    suppressed: row.suppressed === 1,
    explanation: parsed(row.explanation_json) as Explanation | null,
  }
}

function parsed(json: string | null): unknown {
  return json === null ? null : JSON.parse(json)
}
