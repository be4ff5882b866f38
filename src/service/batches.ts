import type { EpochMs } from '../domain/time.ts'
import type { Database } from '../store/database.ts'
import { type AnsweredBatch, findBatchAnswer } from '../store/ingest-batches.ts'
import {
  addOutcome,
  type BatchAnswer,
  type BlockOutcome,
  type OpenAnswer,
  openAnswer,
} from './batch-answer.ts'

/** A batch with a key of which more is to come: how far it is in the log. */
export interface OpenBatch extends OpenAnswer {
  end: number
}

/**
 * Batches by their idempotency key. All of it follows from the log: a batch that broke off goes on behind what
 * the log has of it, a finished one is answered as before.
 */
export class Batches {
  readonly #database: Database
  readonly #open: Map<string, OpenBatch>
  /** Not in the store yet. */
  readonly #finished: Map<string, AnsweredBatch & { answer: BatchAnswer }> = new Map()

  constructor(database: Database, open: Readonly<Record<string, OpenBatch>>) {
    this.#database = database
    this.#open = new Map(Object.entries(open))
  }

  /** What a finished batch was answered. */
  answerOf(key: string): BatchAnswer | null {
    const answer = this.#finished.get(key)?.answer ?? findBatchAnswer(this.#database, key)
    return answer as BatchAnswer | null
  }

  /** Where a batch goes on: how much of its (unpacked) body has been taken. */
  endOf(key: string): number {
    return this.#open.get(key)?.end ?? 0
  }

  note(key: string, end: number, outcome: BlockOutcome): void {
    const batch = this.#open.get(key) ?? { end: 0, ...openAnswer() }
    batch.end = end
    addOutcome(batch, outcome)
    this.#open.set(key, batch)
  }

  finish(key: string, position: number, received: EpochMs): void {
    const { answer } = this.#open.get(key) ?? openAnswer()
    this.#open.delete(key)
    this.#finished.set(key, { key, position, answer, received })
  }

  /** Finished ones that are to be kept; they are asked for here until `kept`. */
  get finished(): Iterable<AnsweredBatch> {
    return this.#finished.values()
  }

  get anyFinished(): boolean {
    return this.#finished.size > 0
  }

  kept(): void {
    this.#finished.clear()
  }

  /** For a checkpoint. */
  get open(): Record<string, OpenBatch> {
    return Object.fromEntries(this.#open)
  }
}
