import type { JsonObject } from '../domain/problem.ts'
import type { EpochMs } from '../domain/time.ts'
import { type Found, search } from './bounded-search.ts'
import type { Database } from './database.ts'
import {
  isVerified,
  restOf,
  type VerificationState,
  verifiedAs,
  type ViolationFilter,
} from './violation-filter.ts'

/** A transition of an alarm, with what people said of the alarm since. */
export interface ListedEvent {
  id: number
  violationId: string
  type: string
  time: EpochMs
  thing: string
  profile: string
  behavior: JsonObject
  value: JsonObject | null
  confidence: string | null
  verification: VerificationState
  verificationDescription: string | null
}

export type EventKey = readonly [time: EpochMs, id: number]

/** Events from `from` on and behind a key. */
export function listEvents(
  database: Database,
  filter: ViolationFilter,
  from: EpochMs,
  before: EventKey,
  limit: number,
): Found<ListedEvent, EventKey> {
  const { thing, profile, verification } = filter
  const verified = isVerified(verification)
  return search(database, {
    from: verified
      ? `violations AS w INDEXED BY violations_verified
         CROSS JOIN violation_events AS e ON e.violation_id = w.id`
      : `violation_events AS e INDEXED BY ${eventIndex(filter)}`,
    narrow: [
      ...(verified ? verifiedAs('w.verification', verification) : []),
      ...(thing === null ? [] : [['e.thing = ?', thing] as const]),
      ...(profile === null ? [] : [['e.profile = ?', profile] as const]),
      ['e.time >= ?', from],
      ['(e.time, e.id) < (?, ?)', ...before],
    ],
    order: 'e.time DESC, e.id DESC',
    columns: `found.id, found.violation_id, found.type, found.time, found.thing, found.profile,
      found.behavior_json, found.value_json, found.confidence, v.verification,
      v.verification_description`,
    key: 'e.time, e.id',
    more: 'LEFT JOIN violations AS v ON v.id = found.violation_id',
    rest: restOf(filter, "coalesce(v.verification, 'UNKNOWN')"),
    limit,
    rowOf: eventOf,
    keyOf: ({ time, id }: { time: EpochMs; id: number }): EventKey => [time, id],
  })
}

function eventIndex({ thing, profile }: ViolationFilter): string {
  if (thing !== null) return 'violation_events_by_thing'
  return profile === null ? 'violation_events_by_time' : 'violation_events_by_profile'
}

interface EventRow {
  id: number
  violation_id: string
  type: string
  time: EpochMs
  thing: string
  profile: string
  behavior_json: string
  value_json: string | null
  confidence: string | null
  verification: string | null
  verification_description: string | null
}

function eventOf(row: EventRow): ListedEvent {
  return {
    id: row.id,
    violationId: row.violation_id,
    type: row.type,
    time: row.time,
    thing: row.thing,
    profile: row.profile,
    behavior: JSON.parse(row.behavior_json) as JsonObject,
    value: parsed(row.value_json),
    confidence: row.confidence,
    verification: (row.verification ?? 'UNKNOWN') as VerificationState,
    verificationDescription: row.verification_description,
  }
}

function parsed(json: string | null): JsonObject | null {
  return json === null ? null : (JSON.parse(json) as JsonObject)
}
