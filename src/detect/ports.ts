import type { Chunk } from '../columnar/chunk.ts'
import type { EpochMs } from '../domain/time.ts'
import type { ViolationEvent } from '../domain/violation.ts'
import type { SegmentSource } from '../tasks/segment.ts'

/** By which a file is known again. */
export interface FileIdentity {
  inode: string
  /** How many of its first bytes are known, and their digest. */
  bytes: number
  hash: string
}

/** A stretch of a run that is decoded together. */
export interface Segment {
  source: SegmentSource
  /** How much of the run's size it is. */
  bytes: number
  /** The position behind it: what `segments` takes to go on from there. */
  mark: number
  /** The file that the position is in, where a name may come to mean another one; null of others. */
  file: FileIdentity | null
  /** Nothing in the run behind this segment is earlier; null: as far as its latest row. */
  until: EpochMs | null
}

/** One run of input: a file, a pipe, a bucket of spilled rows; read segment by segment. */
export interface InputRun {
  /** The path, or `stdin`: what messages and checkpoints call it. */
  name: string
  /** Nothing in it is earlier. */
  start: EpochMs
  /** Its size for the progress line; null when it is not known. */
  bytes: number | null
  /** Lines before the first segment, as of a header. */
  skippedLines: number
  /** False where the rows are in any order: then nothing is certain before the run's end. */
  ordered: boolean
  /** The segments from a mark on; 0 is the beginning. */
  segments(from: number): AsyncIterable<Segment> | Iterable<Segment>
}

/** Where violation events go. */
export interface EventSink {
  write(events: readonly ViolationEvent[]): Promise<void>
  /** Makes all that was written durable; returns how far it has got, for taking up again there. */
  flush(): Promise<number>
  close(): Promise<void>
  /** Ends without passing on what was held back. */
  abandon(): Promise<void>
}

/** Who is told of what comes in, chunk by chunk. */
export interface IntakeObserver {
  /** `digested` rows came summarised and are not in the chunk. */
  chunk(run: InputRun, chunk: Chunk, bytes: number, digested: number): void
  /** Rows of windows already closed. */
  late(run: InputRun, rows: number): void
  /** Rows of things for which there was no room. */
  refused(rows: number): void
}
