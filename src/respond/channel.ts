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
  /** The first of them in order of arrival, as many as the channel shows; in batches all. */
  events: readonly ViolationEvent[]
}

/** How a channel wants many events of one type and behavior. */
export type Bundling =
  /**
   * For people: from so many events within a flood window on they leave as one flood that shows the first few;
   * what follows it waits for the window's end, and leaves as one again.
   */
  | { kind: 'floods'; from: number; shows: number }
  /** For programs: all that comes at once leaves at once, so many events whole in one delivery. */
  | { kind: 'batches'; atMost: number }

/** Where notifications go. Implemented by adapters. */
export interface Channel {
  /** Names its rows in the outbox and its metrics: `webhook/ops`. The same after a restart. */
  name: string
  bundling: Bundling
  /** Which of a security profile's `alertTargets` it delivers to; null: to an address of its own. */
  alertTarget: 'SNS' | null
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

/** Why a delivery did not succeed, beside the words. */
export interface FailureDetails extends ErrorOptions {
  /** What the receiver asked for: not before so many milliseconds from now. */
  retryAfterMs?: number
  /** The receiver is there, and refused this notification: that says nothing of others. */
  refused?: boolean
}

/** A delivery that did not succeed, in words fit for the log: without secrets. */
export class DeliveryFailed extends Error {
  readonly retryAfterMs: number
  readonly refused: boolean

  constructor(message: string, details: FailureDetails = {}) {
    super(message, details)
    this.name = 'DeliveryFailed'
    this.retryAfterMs = details.retryAfterMs ?? 0
    this.refused = details.refused ?? false
  }
}
