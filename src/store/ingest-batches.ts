import type { EpochMs } from '../domain/time.ts'
import type { Database } from './database.ts'

/** What a batch of datapoints was answered, by its idempotency key. */
export interface AnsweredBatch {
  key: string
  /** Its last record in the ingest log. */
  position: number
  answer: unknown
  received: EpochMs
}

export function findBatchAnswer(database: Database, key: string): unknown {
  const row = database
    .prepare<{ answer_json: string }>('SELECT answer_json FROM ingest_batches WHERE key = ?')
    .get(key)
  return row === undefined ? null : JSON.parse(row.answer_json)
}

/** An answer that is there already stays. */
export function keepBatchAnswers(database: Database, batches: Iterable<AnsweredBatch>): void {
  const keep = database.prepare(
    `INSERT INTO ingest_batches (key, position, answer_json, received) VALUES (?, ?, ?, ?)
     ON CONFLICT (key) DO NOTHING`,
  )
  for (const { key, position, answer, received } of batches) {
    keep.run(key, position, JSON.stringify(answer), received)
  }
}

export function forgetBatchAnswers(database: Database, before: EpochMs): void {
  database.prepare('DELETE FROM ingest_batches WHERE received < ?').run(before)
}
