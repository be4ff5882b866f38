import type { ConfidenceLevel } from '../domain/behavior.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'

/** When a behavior alarms, run an action. */
export interface MitigationRule {
  id: string
  profile: string
  /** Null: any of the profile. */
  behavior: string | null
  /** The datapoint must be anomalous at this level; null: whatever alarms. */
  confidence: ConfidenceLevel | null
  /** The name of a mitigation action. */
  action: string
  /** The most things it acts on within an hour. */
  mostPerHour: number
  created: EpochMs
}

interface Row {
  id: string
  profile: string
  behavior: string | null
  confidence: ConfidenceLevel | null
  action: string
  most_per_hour: number
  created: EpochMs
}

/** In the order in which they were made. */
export function listRules(database: Database): MitigationRule[] {
  return database
    .prepare<Row>('SELECT * FROM mitigation_rules ORDER BY created, id')
    .all()
    .map(({ most_per_hour, ...row }) => ({ ...row, mostPerHour: most_per_hour }))
}

export function insertRule(database: Database, rule: MitigationRule): void {
  const { id, profile, behavior, confidence, action, mostPerHour, created } = rule
  database
    .prepare(
      `INSERT INTO mitigation_rules (id, profile, behavior, confidence, action, most_per_hour, created)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(id, profile, behavior, confidence, action, mostPerHour, created)
}

/** Writes what of a rule can change, that is all but its id and when it was made. */
export function updateRule(database: Database, rule: MitigationRule): void {
  const { id, profile, behavior, confidence, action, mostPerHour } = rule
  database
    .prepare(
      `UPDATE mitigation_rules SET profile = ?, behavior = ?, confidence = ?, action = ?, most_per_hour = ?
       WHERE id = ?`,
    )
    .run(profile, behavior, confidence, action, mostPerHour, id)
}

/** Whether there was one. */
export function deleteRule(database: Database, id: string): boolean {
  return database.prepare('DELETE FROM mitigation_rules WHERE id = ?').run(id).changes > 0
}
