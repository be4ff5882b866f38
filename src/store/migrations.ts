import { DetectError } from '../domain/errors.ts'
import type { Database } from './database.ts'
import { FIRST } from './migrations/001-first.ts'
import { OUTBOX } from './migrations/002-outbox.ts'
import { VERIFIED } from './migrations/003-verified.ts'
import { BATCH_DIGESTS } from './migrations/004-batch-digests.ts'

/** In order, for ever: a migration that has been released is never edited, the next one is added. */
export const MIGRATIONS: readonly string[] = [FIRST, OUTBOX, VERIFIED, BATCH_DIGESTS]

/**
 * Brings a store to the schema of this program (or to an earlier one, for tests). Each migration is one
 * transaction, together with the number that says it was made.
 */
export function migrate(database: Database, path: string, to: number = MIGRATIONS.length): void {
  const from = schemaOf(database)
  if (from > MIGRATIONS.length) {
    throw new DetectError(
      'state',
      `${path} was written by a newer fleet-detect: its schema is ${from}, this program knows ${MIGRATIONS.length}`,
    )
  }
  for (let number = from + 1; number <= to; number++) {
    database.transaction(() => {
      database.exec(MIGRATIONS[number - 1]!)
      database.pragma(`user_version = ${number}`)
    })
  }
}

/** The number of the last migration that was made; 0 in an empty file. */
export function schemaOf(database: Database): number {
  return Number(database.pragma('user_version')[0]!.user_version)
}
