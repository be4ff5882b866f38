import type { Evaluated } from '../detect/evaluation.ts'
import type { Clock, EpochMs } from '../domain/time.ts'
import type { ViolationEvent } from '../domain/violation.ts'
import type { Database } from '../store/database.ts'
import { keepBatchAnswers } from '../store/ingest-batches.ts'
import { readMeta, writeMeta } from '../store/meta.ts'
import { recordContinuations, recordTransitions } from '../store/record-alarms.ts'
import { insertEvents, type StoredEvent } from '../store/violation-events.ts'
import type { Batches } from './batches.ts'

/** Whoever acts on events; he is told of each once. */
export interface Responder {
  /** In the transaction that stores them. */
  respond(database: Database, events: readonly StoredEvent[], now: EpochMs): void
  /** That transaction is committed. */
  committed(): void
}

/** How far effects are in the store. */
interface Position {
  /** Event time: stretches up to here. */
  until: EpochMs | null
  /** The last change of configuration whose effects are there. */
  sequence: number
}

const POSITION = 'evaluated'

/**
 * What evaluation does to the store: violations, events, what follows from them and the position, in one
 * transaction. What is behind the position already is left alone, so that reading the log again does nothing twice.
 */
export class Effects {
  readonly #database: Database
  readonly #batches: Batches
  readonly #responder: Responder
  readonly #clock: Clock
  #position: Position

  constructor(database: Database, batches: Batches, responder: Responder, clock: Clock) {
    this.#database = database
    this.#batches = batches
    this.#responder = responder
    this.#clock = clock
    const saved = readMeta(database, POSITION)
    this.#position = saved === null ? { until: null, sequence: 0 } : (JSON.parse(saved) as Position)
  }

  /** Commits what a stretch came to. */
  evaluated({ stretch, events, continuations }: Evaluated): void {
    const { until } = stretch
    if (this.#position.until !== null && until <= this.#position.until) return
    if (events.length === 0 && continuations.size === 0 && !this.#batches.anyFinished) return
    this.#commit({ ...this.#position, until }, () => {
      this.#take(events)
      recordContinuations(this.#database, continuations.values())
    })
  }

  /** Commits what a change of configuration came to. */
  reconfigured(events: readonly ViolationEvent[], sequence: number): void {
    if (events.length === 0 || sequence <= this.#position.sequence) return
    this.#commit({ ...this.#position, sequence }, () => this.#take(events))
  }

  /** Commits the answers to batches. */
  settle(): void {
    if (this.#batches.anyFinished) this.#commit(this.#position, () => {})
  }

  #take(events: readonly ViolationEvent[]): void {
    const stored = insertEvents(this.#database, events)
    recordTransitions(
      this.#database,
      stored.map(({ event }) => event),
    )
    if (stored.length > 0) this.#responder.respond(this.#database, stored, this.#clock.now())
  }

  #commit(position: Position, work: () => void): void {
    this.#database.transaction(() => {
      work()
      keepBatchAnswers(this.#database, this.#batches.finished)
      writeMeta(this.#database, POSITION, JSON.stringify(position))
    })
    this.#position = position
    this.#batches.kept()
    this.#responder.committed()
  }
}
