import { setImmediate } from 'node:timers/promises'
import type { Evaluated } from '../detect/evaluation.ts'
import type { Continuation } from '../detect/watch.ts'
import type { Clock, EpochMs } from '../domain/time.ts'
import { behaviorName, type ViolationEvent } from '../domain/violation.ts'
import type { Database } from '../store/database.ts'
import { type AnsweredBatch, keepBatchAnswers } from '../store/ingest-batches.ts'
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
/** Events in one transaction: some 0.2 s, during which nobody else has a turn. */
const AT_ONCE = 2_000

/**
 * What evaluation does to the store: violations, events, what follows from them and the position, in one
 * transaction (a flood: in several). What is behind the position already is left alone, so that reading the log again does nothing twice.
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

  /** Commits what a stretch came to; the log is durable up to `through`. */
  async evaluated({ stretch, events, continuations }: Evaluated, through: number): Promise<void> {
    const { until } = stretch
    if (this.#position.until !== null && until <= this.#position.until) return
    const finished = this.#batches.finishedThrough(through)
    if (events.length === 0 && continuations.size === 0 && finished.length === 0) return
    await this.#store({ ...this.#position, until }, events, [...continuations.values()], finished)
  }

  /** Commits what a change of configuration came to. */
  async reconfigured(events: readonly ViolationEvent[], sequence: number): Promise<void> {
    if (events.length === 0 || sequence <= this.#position.sequence) return
    const finished = this.#batches.finishedThrough(sequence)
    await this.#store({ ...this.#position, sequence }, events, [], finished)
  }

  /** Commits the answers to batches; the log is durable up to `through`. */
  settle(through: number): void {
    const finished = this.#batches.finishedThrough(through)
    if (finished.length > 0) this.#commit(this.#position, finished, () => {})
  }

  /**
   * A flood goes in parts, between which others have their turn: each part's events with their violations and what
   * follows from them, the position with the last. After a crash on the way events that are there are not new.
   */
  async #store(
    position: Position,
    events: readonly ViolationEvent[],
    continuations: readonly Continuation[],
    finished: readonly AnsweredBatch[],
  ): Promise<void> {
    const parts = [
      ...cut(alikeTogether(events)).map((some) => () => this.#take(some)),
      ...cut(continuations).map((some) => () => recordContinuations(this.#database, some)),
    ]
    const last = parts.pop() ?? ((): void => {})
    for (const part of parts) {
      this.#database.transaction(part)
      await setImmediate()
    }
    this.#commit(position, finished, last)
  }

  #take(events: readonly ViolationEvent[]): void {
    const stored = insertEvents(this.#database, events)
    recordTransitions(this.#database, stored)
    if (stored.length > 0) this.#responder.respond(this.#database, stored, this.#clock.now())
  }

  #commit(position: Position, finished: readonly AnsweredBatch[], work: () => void): void {
    this.#database.transaction(() => {
      work()
      keepBatchAnswers(this.#database, finished)
      writeMeta(this.#database, POSITION, JSON.stringify(position))
    })
    this.#position = position
    this.#batches.kept(finished)
    this.#responder.committed()
  }
}

function cut<T>(list: readonly T[]): T[][] {
  const parts = Math.ceil(list.length / AT_ONCE)
  return Array.from({ length: parts }, (_, i) => list.slice(i * AT_ONCE, (i + 1) * AT_ONCE))
}

/**
 * Of more events than one part has: in the order of their violations, which are random, so that each part touches
 * pages of its own. Events of one thing and behavior stay in their order.
 */
function alikeTogether(events: readonly ViolationEvent[]): readonly ViolationEvent[] {
  if (events.length <= AT_ONCE) return events
  const firsts = new Map<string, string>()
  const keyed = events.map((event) => {
    const { securityProfileName, thingName, violationId } = event
    const series = JSON.stringify([securityProfileName, behaviorName(event), thingName])
    const key = firsts.get(series) ?? violationId
    firsts.set(series, key)
    return { key, event }
  })
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return keyed.map(({ event }) => event)
}
