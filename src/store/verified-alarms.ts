import type { ConfidenceLevel } from '../domain/behavior.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'

export type Verification = 'TRUE_POSITIVE' | 'FALSE_POSITIVE' | 'BENIGN_POSITIVE' | 'UNKNOWN'

/** So many alarms of a learned behavior that are alike. */
export interface AlikeAlarms {
  profile: string
  behavior: string
  /** What people said of them. */
  verification: Verification
  /** The level the behavior had when they began. */
  confidence: ConfidenceLevel
  /** The levels at which the datapoint that began them was anomalous. */
  anomalousAt: readonly ConfidenceLevel[]
  alarms: number
}

/** Alarms of learned behaviors that began since a moment and whose first event is still kept. */
export function alikeAlarms(database: Database, since: EpochMs): AlikeAlarms[] {
  return database
    .prepare<Omit<AlikeAlarms, 'anomalousAt'> & { anomalousAt: string }>(
      `SELECT v.profile, v.behavior, v.verification, v.confidence,
         e.explanation_json -> '$.anomalousAt' AS anomalousAt, count(*) AS alarms
       FROM violations AS v JOIN violation_events AS e ON e.violation_id = v.id AND e.type = 'in-alarm'
       WHERE v.started >= ? AND v.confidence IS NOT NULL AND e.explanation_json IS NOT NULL
       GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`,
    )
    .all(since)
    .map((row) => ({ ...row, anomalousAt: JSON.parse(row.anomalousAt) as ConfidenceLevel[] }))
}

/** The level each learned behavior has now, by profile and behavior. */
export function currentLevels(database: Database): Map<string, ConfidenceLevel> {
  const rows = database
    .prepare<{ profile: string; behavior: string; level: ConfidenceLevel }>(
      `SELECT p.name AS profile, b.value ->> '$.name' AS behavior,
         b.value ->> '$.criteria.mlDetectionConfig.confidenceLevel' AS level
       FROM security_profiles AS p, json_each(p.behaviors_json) AS b
       WHERE b.value ->> '$.criteria.mlDetectionConfig.confidenceLevel' IS NOT NULL`,
    )
    .all()
  return new Map(
    rows.map(({ profile, behavior, level }) => [behaviorKey(profile, behavior), level]),
  )
}

export function behaviorKey(profile: string, behavior: string): string {
  return JSON.stringify([profile, behavior])
}
