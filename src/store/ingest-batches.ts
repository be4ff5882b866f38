import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'

/** What a batch of datapoints was answered, by its idempotency key. */
export interface AnsweredBatch {
  key: string
  /** Its last record in the ingest log. */
  position: number
  answer: unknown
  /** Of its body; null where it was answered by a program that did not keep it. */
  digest: string | null
  received: EpochMs
}

export function findAnsweredBatch(
  database: Database,
  key: string,
): Pick<AnsweredBatch, 'answer' | 'digest'> | null {
  const row = database
    .prepare<{ answer_json: string; digest: string | null }>(
      'SELECT answer_json, digest FROM ingest_batches WHERE key = ?',
    )
    .get(key)
  return row === undefined ? null : { answer: JSON.parse(row.answer_json), digest: row.digest }
}

/** An answer that is there already stays. */
export function keepBatchAnswers(database: Database, batches: Iterable<AnsweredBatch>): void {
  const keep = database.prepare(
    `INSERT INTO ingest_batches (key, position, answer_json, digest, received)
     VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`,
  )
  for (const { key, position, answer, digest, received } of batches) {
    keep.run(key, position, JSON.stringify(answer), digest, received)
  }
}

export function forgetBatchAnswers(database: Database, before: EpochMs): void {
  database.prepare('DELETE FROM ingest_batches WHERE received < ?').run(before)
}
