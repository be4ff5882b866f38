import type { EpochMs } from '../domain/time.ts'
import type { RejectReason } from '../domain/reject.ts'

/** How far a run has got; counted as it goes. */
export interface Progress {
  /** Rows accepted, those of earlier runs with the same state included. */
  rows: number
  /** Rows of the earlier runs. */
  earlierRows: number
  /** Bytes of input read, of how many; the whole is null when it is not known. */
  bytes: number
  totalBytes: number | null
  /** Event time reached; null before the first window closed. */
  eventTime: EpochMs | null
  things: number
  /** in-alarm events written. */
  alarms: number
  events: number
  rejected: Partial<Record<RejectReason, number>>
  late: number
  /** Rows of things beyond the memory budget. */
  refused: number
}

export function newProgress(totalBytes: number | null): Progress {
  return {
    rows: 0,
    earlierRows: 0,
    bytes: 0,
    totalBytes,
    eventTime: null,
    things: 0,
    alarms: 0,
    events: 0,
    rejected: {},
    late: 0,
    refused: 0,
  }
}
