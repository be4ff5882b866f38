import type { EpochMs } from '../domain/time.ts'
import type { Database } from '../store/database.ts'
import { type AnsweredBatch, findAnsweredBatch } from '../store/ingest-batches.ts'
import {
  addOutcome,
  type BatchAnswer,
  type BlockOutcome,
  type OpenAnswer,
  openAnswer,
} from './batch-answer.ts'

/** A batch with a key of which more is to come: how far it is in the log, and what its body was up to there. */
export interface OpenBatch extends OpenAnswer {
  end: number
  digest: string | null
}

/** A batch that has been answered. */
export interface FinishedBatch {
  answer: BatchAnswer
  digest: string | null
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

  /** What a finished batch was, and was answered. */
  finishedOf(key: string): FinishedBatch | null {
    const found = this.#finished.get(key) ?? findAnsweredBatch(this.#database, key)
    return found as FinishedBatch | null
  }

  /** Where a batch goes on: how much of its (unpacked) body has been taken, and the digest of that. */
  takenOf(key: string): Pick<OpenBatch, 'end' | 'digest'> {
    return this.#open.get(key) ?? { end: 0, digest: null }
  }

  note(key: string, end: number, digest: string | null, outcome: BlockOutcome): void {
    const batch = this.#open.get(key) ?? { end, digest, ...openAnswer() }
    batch.end = end
    batch.digest = digest
    addOutcome(batch, outcome)
    this.#open.set(key, batch)
  }

  finish(key: string, position: number, digest: string | null, received: EpochMs): void {
    const { answer } = this.#open.get(key) ?? openAnswer()
    this.#open.delete(key)
    this.#finished.set(key, { key, position, answer, digest, received })
  }

  /** Finished ones that are to be kept, up to a record of the log; they are here until `kept`. */
  finishedThrough(sequence: number): AnsweredBatch[] {
    return [...this.#finished.values()].filter(({ position }) => position <= sequence)
  }

  /** These are in the store. */
  kept(batches: readonly AnsweredBatch[]): void {
    for (const { key } of batches) this.#finished.delete(key)
  }

  /** For a checkpoint. */
  get open(): Record<string, OpenBatch> {
    return Object.fromEntries(this.#open)
  }
}
