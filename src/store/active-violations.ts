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

/** An alarm that stands. */
export interface ActiveViolation {
  id: string
  thing: string
  profile: string
  behavior: JsonObject
  lastValue: JsonObject | null
  confidence: string | null
  verification: VerificationState
  verificationDescription: string | null
  started: EpochMs
  lastTime: EpochMs
}

export type ActiveKey = readonly [started: EpochMs, id: string]

/** Standing alarms behind a key; they are ordered by their beginning. */
export function listActiveViolations(
  database: Database,
  filter: ViolationFilter,
  before: ActiveKey,
  limit: number,
): Found<ActiveViolation, ActiveKey> {
  const { thing, profile, verification } = filter
  const verified = isVerified(verification)
  return search(database, {
    from: `violations INDEXED BY ${activeIndex(filter)}`,
    narrow: [
      ['ended IS NULL'],
      ...(verified ? verifiedAs('verification', verification) : []),
      ...(thing === null ? [] : [['thing = ?', thing] as const]),
      ...(profile === null ? [] : [['profile = ?', profile] as const]),
      ['(started, id) < (?, ?)', ...before],
    ],
    order: 'started DESC, id DESC',
    columns: `id, thing, profile, behavior_json, last_value_json, confidence, verification,
      verification_description, started, last_time`,
    key: 'started, id',
    more: '',
    rest: restOf(filter, 'found.verification'),
    limit,
    rowOf: activeOf,
    keyOf: ({ started, id }: { started: EpochMs; id: string }): ActiveKey => [started, id],
  })
}

function activeIndex({ thing, profile, verification }: ViolationFilter): string {
  if (isVerified(verification)) return 'violations_verified'
  if (thing !== null) return 'violations_active_by_thing'
  return profile === null ? 'violations_active' : 'violations_active_by_profile'
}

interface ActiveRow {
  id: string
  thing: string
  profile: string
  behavior_json: string
  last_value_json: string | null
  confidence: string | null
  verification: string
  verification_description: string | null
  started: EpochMs
  last_time: EpochMs
}

function activeOf(row: ActiveRow): ActiveViolation {
  return {
    id: row.id,
    thing: row.thing,
    profile: row.profile,
    behavior: JSON.parse(row.behavior_json) as JsonObject,
    lastValue: parsed(row.last_value_json),
    confidence: row.confidence,
    verification: row.verification as VerificationState,
    verificationDescription: row.verification_description,
    started: row.started,
    lastTime: row.last_time,
  }
}

function parsed(json: string | null): JsonObject | null {
  return json === null ? null : (JSON.parse(json) as JsonObject)
}
