/** Why a row of input was refused. The order is the code that travels from the parsing threads. */
export const REJECT_REASONS = [
  'malformed',
  'truncated',
  'oversized',
  'not-utf8',
  'no-thing',
  'bad-thing-name',
  'unknown-metric',
  'bad-timestamp',
  'future-dated',
  'not-a-number',
  'negative-count',
  'not-a-list',
] as const

export type RejectReason = (typeof REJECT_REASONS)[number]

/** One refused row: where it stood and what it said. */
export interface RejectedRow {
  /** 1-based, counted from the start of the bytes that were decoded together. */
  line: number
  reason: RejectReason
  /** What was wrong, with the offending value: `value "abc"`, `metric "cpu"`. */
  detail: string
  /** The first bytes of the row as text, for people; at most 200 characters. */
  text: string
}

/** AWS: a device report's thing name has at most 128 bytes of UTF-8 and no control characters. */
export const MAX_THING_NAME_BYTES = 128
