import type { Chunk, DecodeContext } from '../columnar/chunk.ts'
import type { Arrival } from '../detect/intake.ts'
import type { Impulse } from '../detect/pipeline.ts'
import type { WorkerPool } from '../detect/pool.ts'
import type { InputRun, IntakeObserver } from '../detect/ports.ts'
import { DetectError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/time.ts'
import { type DecodeResult, type DecodeTask, runDecode } from '../tasks/decode.ts'
import type { Decoded } from '../tasks/segment.ts'
import type { BlockOutcome } from './batch-answer.ts'
import type { Batches } from './batches.ts'
import type { Entry } from './feed.ts'
import type { LiveState } from './live-evaluation.ts'
import type { LogRecord } from './log-record.ts'

/** Below so many bytes crossing to a thread costs more than reading them. */
const IN_PLACE_BYTES = 8_192

export const NOTHING: BlockOutcome = {
  rows: 0,
  late: 0,
  refused: 0,
  lines: 0,
  rejects: {},
  first: [],
}

/** What has passed, since the start of the process. */
export interface LiveCounts {
  rows: number
  late: number
  refused: number
  rejected: Record<string, number>
  alarms: number
  reconfigurations: number
}

/** Makes arrivals of the log's records, and notes what became of their rows. */
export class LogArrivals {
  readonly counts: LiveCounts = {
    rows: 0,
    late: 0,
    refused: 0,
    rejected: {},
    alarms: 0,
    reconfigurations: 0,
  }
  readonly observer: IntakeObserver
  readonly #parts: { pool: WorkerPool; batches: Batches }
  readonly #state: Pick<LiveState, 'latest' | 'origins'>
  readonly #memories: SharedArrayBuffer[] = []
  #filled: Pick<BlockOutcome, 'late' | 'refused'> = { late: 0, refused: 0 }

  /** `state` is told the latest event time, and how far files have been read. */
  constructor(
    parts: { pool: WorkerPool; batches: Batches },
    state: Pick<LiveState, 'latest' | 'origins'>,
  ) {
    this.#parts = parts
    this.#state = state
    this.observer = {
      chunk: () => {},
      late: (_run, rows) => {
        this.#filled.late += rows
      },
      refused: (rows) => {
        this.#filled.refused += rows
      },
    }
  }

  /** What the pipeline is given for a record that is no change. */
  impulseOf(
    entry: Entry,
    record: Exclude<LogRecord, { kind: 'configuration' | 'models' }>,
    context: DecodeContext,
  ): Impulse {
    if (record.kind === 'watermark') return { kind: 'watermark', time: record.time }
    if (record.kind === 'block')
      return { kind: 'arrival', arrival: this.#block(entry, record, context) }
    const { batches } = this.#parts
    const taken = (): EpochMs => {
      batches.finish(record.key, entry.sequence, record.digest, record.received)
      entry.taken(NOTHING)
      return this.#state.latest
    }
    const again = () => Promise.reject(new RangeError('the end of a batch has no rows'))
    return {
      kind: 'arrival',
      arrival: { run: runOf(record.key), decoded: null, bytes: 0, again, taken },
    }
  }

  #block(entry: Entry, record: LogRecord & { kind: 'block' }, context: DecodeContext): Arrival {
    const { bytes, format, notAfter, origin, key, digest, thing, end, file } = record
    const decode = () =>
      this.#decode({
        source: { kind: 'bytes', bytes, format },
        context: { ...context, thing, notAfter: notAfter ?? Number.POSITIVE_INFINITY },
        memory: this.#memories.pop() ?? null,
        digest: null,
      })
    const decoded = decode()
    // It may fail before it is its turn; whoever takes it then sees the failure.
    decoded.catch(() => {})
    const taken = (decoded: Decoded | null): EpochMs => {
      const { chunk } = decoded!
      const outcome = this.#outcome(chunk)
      if (key !== null) this.#parts.batches.note(key, end, digest, outcome)
      else if (file !== null) this.#state.origins[origin] = { mark: end, file }
      if (chunk.maxTime > this.#state.latest) this.#state.latest = chunk.maxTime
      if (chunk.time.buffer instanceof SharedArrayBuffer) this.#memories.push(chunk.time.buffer)
      entry.taken(outcome)
      return this.#state.latest
    }
    return { run: runOf(origin), decoded, bytes: bytes.length, again: decode, taken }
  }

  #outcome({ rows, lines, rejects }: Chunk): BlockOutcome {
    const { late, refused } = this.#filled
    this.#filled = { late: 0, refused: 0 }
    const { counts } = this
    counts.rows += rows
    counts.late += late
    counts.refused += refused
    for (const [reason, count] of Object.entries(rejects.counts)) {
      counts.rejected[reason] = (counts.rejected[reason] ?? 0) + count
    }
    return { rows, late, refused, lines, rejects: rejects.counts, first: rejects.rows }
  }

  async #decode(task: DecodeTask): Promise<Decoded> {
    const { source } = task
    const inPlace = source.kind === 'bytes' && source.bytes.length <= IN_PLACE_BYTES
    const result = inPlace
      ? await runDecode(task)
      : await this.#parts.pool.run<DecodeResult>('decode', task)
    if ('failed' in result) throw new DetectError('input', result.failed)
    return result
  }
}

/** What messages call a record's origin. */
function runOf(name: string): InputRun {
  return {
    name,
    start: Number.NEGATIVE_INFINITY,
    bytes: null,
    skippedLines: 0,
    ordered: true,
    segments: () => [],
  }
}
