import type { RejectedRow, RejectReason } from '../domain/reject.ts'

/** What became of the rows of one block. */
export interface BlockOutcome {
  /** Rows that could be read. */
  rows: number
  /** Of them, rows of windows already closed, and of things for which there is no room. */
  late: number
  refused: number
  /** Lines or documents read, good and bad. */
  lines: number
  rejects: Readonly<Partial<Record<RejectReason, number>>>
  first: readonly RejectedRow[]
}

/** What a sender of datapoints is told. */
export interface BatchAnswer {
  /** Rows that count. */
  accepted: number
  /** Rows of windows that were closed before they came. */
  late: number
  /** Rows of further things than there is room for. */
  refused: number
  rejected: {
    total: number
    reasons: Partial<Record<RejectReason, number>>
    /** The first of them, by line (or document) of the body. */
    first: RejectedRow[]
  }
}

/** An answer as it grows, block after block. */
export interface OpenAnswer {
  answer: BatchAnswer
  lines: number
}

/** Rejects that are shown. */
const SHOWN = 5

export function openAnswer(): OpenAnswer {
  const rejected = { total: 0, reasons: {}, first: [] }
  return { answer: { accepted: 0, late: 0, refused: 0, rejected }, lines: 0 }
}

export function addOutcome(open: OpenAnswer, outcome: BlockOutcome): void {
  const { answer } = open
  const { rejected } = answer
  answer.accepted += outcome.rows - outcome.late - outcome.refused
  answer.late += outcome.late
  answer.refused += outcome.refused
  for (const [key, count] of Object.entries(outcome.rejects)) {
    const reason = key as RejectReason
    rejected.reasons[reason] = (rejected.reasons[reason] ?? 0) + count
    rejected.total += count
  }
  for (const row of outcome.first.slice(0, SHOWN - rejected.first.length)) {
    rejected.first.push({ ...row, line: row.line + open.lines })
  }
  open.lines += outcome.lines
}
