import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'

/** A policy document, kept for whoever enforces it: the broker does, fleet-detect does not. */
export interface Policy {
  name: string
  /** JSON, as it was given. */
  document: string
  versionId: string
  /** New with every change. */
  generation: string
  created: EpochMs
  modified: EpochMs
}

interface Row extends Omit<Policy, 'versionId'> {
  version_id: string
}

export function findPolicy(database: Database, name: string): Policy | null {
  const row = database.prepare<Row>('SELECT * FROM policies WHERE name = ?').get(name)
  if (row === undefined) return null
  const { version_id: versionId, ...rest } = row
  return { ...rest, versionId }
}

/** The name must be new. */
export function insertPolicy(database: Database, policy: Policy): void {
  const { name, document, versionId, generation, created, modified } = policy
  database
    .prepare('INSERT INTO policies VALUES (?, ?, ?, ?, ?, ?)')
    .run(name, document, versionId, generation, created, modified)
}

export function deletePolicy(database: Database, name: string): void {
  database.prepare('DELETE FROM policies WHERE name = ?').run(name)
}

/** The policy must exist. Attached already: nothing changes. `target` as in `policy_targets`. */
export function attachPolicy(database: Database, policy: string, target: string): void {
  database.prepare('INSERT OR IGNORE INTO policy_targets VALUES (?, ?)').run(policy, target)
}

export function detachPolicy(database: Database, policy: string, target: string): void {
  database.prepare('DELETE FROM policy_targets WHERE policy = ? AND target = ?').run(policy, target)
}

export function isAttached(database: Database, policy: string): boolean {
  return database.prepare('SELECT 1 FROM policy_targets WHERE policy = ?').get(policy) !== undefined
}

/** The names of the policies attached to any of these targets, in order. */
export function attachedPolicies(
  database: Database,
  { targets, after, limit }: { targets: readonly string[]; after: string; limit: number },
): string[] {
  return database
    .prepare<{ policy: string }>(
      `SELECT DISTINCT policy FROM policy_targets
       WHERE target IN (SELECT value FROM json_each(?)) AND policy > ? ORDER BY policy LIMIT ?`,
    )
    .all(JSON.stringify(targets), after, limit)
    .map((row) => row.policy)
}
