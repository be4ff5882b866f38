import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'
import type { VerificationState } from './violation-filter.ts'

/** What people found a violation to be. Overwrites what was said before; false when there is none. */
export function verifyViolation(
  database: Database,
  id: string,
  state: VerificationState,
  description: string | null,
  now: EpochMs,
): boolean {
  const { changes } = database
    .prepare(
      'UPDATE violations SET verification = ?, verification_description = ?, verified = ? WHERE id = ?',
    )
    .run(state, description, now, id)
  return changes > 0
}
