import type { EpochMs } from '../domain/time.ts'
import type { ViolationEvent, ViolationEventType } from '../domain/violation.ts'

/** What one delivery says: one event, or that many things broke the same behavior. */
export type Notification =
  | { kind: 'event'; key: string; event: ViolationEvent }
  | { kind: 'flood'; key: string; flood: Flood }

/** Events of one type, profile and behavior that leave together. */
export interface Flood {
  type: ViolationEventType
  profile: string
  behavior: string
  /** How many events it stands for. */
  count: number
  firstTime: EpochMs
  lastTime: EpochMs
  /** The range of what was measured; null where nothing was, or no numbers. */
  measured: { lowest: number; highest: number } | null
  /** The first of them in order of arrival, as many as the channel shows. */
  events: readonly ViolationEvent[]
}

/** How a channel wants floods. */
export interface Bundling {
  /** From so many events of one type and behavior in one flood window on, they leave as one. */
  from: number
  /** The most events in one notification; null: any number. */
  atMost: number | null
  /** Whether what follows a first notification waits for the flood window's end. */
  held: boolean
  /** How many events a notification shows. */
  shows: number
}

/** Where notifications go. Implemented by adapters. */
export interface Channel {
  /** Names its rows in the outbox and its metrics: `webhook/ops`. The same after a restart. */
  name: string
  bundling: Bundling
  /** Deliveries under way at once. */
  concurrency: number
  /** Security profiles it hears of; null: all. */
  profiles: ReadonlySet<string> | null
  /**
   * Resolves once the receiver has taken it. The same key may be delivered again after a crash. Rejects
   * with a `DeliveryFailed`, or with any error; the delivery is then repeated later.
   */
  deliver(
    notification: Notification,
    target: string,
    now: EpochMs,
    signal: AbortSignal,
  ): Promise<void>
  /** For receivers that forget alarms unless they are told of them again and again; null elsewhere. */
  standing: Standing | null
}

export interface Standing {
  everyMs: number
  /** The most alarms in one call. */
  atMost: number
  /** Tells of alarms that stand, as the events that opened them. */
  repeat(alarms: readonly ViolationEvent[], now: EpochMs, signal: AbortSignal): Promise<void>
}

/** A delivery that did not succeed, in words fit for the log: without secrets. */
export class DeliveryFailed extends Error {
  /** What the receiver asked for: not before so many milliseconds from now; null: nothing. */
  readonly retryAfterMs: number | null

  constructor(message: string, retryAfterMs: number | null = null, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DeliveryFailed'
    this.retryAfterMs = retryAfterMs
  }
}
