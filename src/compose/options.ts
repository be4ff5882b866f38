import type { ModelMemory } from '../detect/model-memory.ts'
import type { Progress } from '../detect/progress.ts'
import type { BehaviorSummary } from '../detect/run-summary.ts'
import type { SecurityProfile } from '../domain/behavior.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Format } from '../formats/sniff.ts'
import type { ModelName } from '../stats/model-kinds.ts'

/** What every run is told; paths are as the user gave them. */
export interface RunOptions {
  /** Security profiles, in AWS's JSON. */
  profiles: readonly SecurityProfile[]
  /** JSON of groups and attachments; null: every profile watches all things. */
  thingsFile: string | null
  /** What is judged but not learned. */
  maintenanceFile: string | null
  /** JSON of the dimensions that behaviors use; null: none is defined. */
  dimensionsFile: string | null
  windowMs: number
  model: ModelName
  /** The user asked for this very kind; else a state is gone on with under the kind that made it. */
  modelFixed: boolean
  minDays: number
  minDatapoints: number
  threads: number
  maxThings: number
  /** Directories; null: none. */
  archive: string | null
  state: string | null
  /** File for violation events; null: standard output. */
  out: string | null
  /** File for refused rows; null: none. */
  rejects: string | null
  /** File for scored batches as an Arrow IPC stream; null: none. */
  outArrow: string | null
  /** File for every evaluated datapoint: .csv, .ndjson or .parquet; null: none. */
  scores: string | null
  /** Days of datapoints to keep in the archive; null: all. */
  retainDays: number | null
  format: Format | null
  /** The thing that reports without a name belong to. */
  thing: string | null
  checkpointMs: number
  /** Only learn: no alarms. */
  learnOnly?: boolean
  /** About how many rows are evaluated together; results do not depend on it. */
  batchRows?: number
}

export interface ReplayOptions extends RunOptions {
  /** Files, directories, `-` for standard input. */
  inputs: readonly string[]
  /** Only events from this time on are written; training uses everything. */
  from: EpochMs | null
  /** Datapoints from this time on are left out. */
  to: EpochMs | null
}

export interface StreamOptions extends RunOptions {
  state: string
  /** A file to follow; null: standard input. */
  file: string | null
  latenessMs: number
  /** After so long without input, event time goes on with the clock; null: never. */
  idleMs: number | null
}

export interface TrainOptions extends RunOptions {
  archive: string
  state: string
  to: EpochMs | null
}

/** How a run tells people what it does. Nothing in it affects results. */
export interface Reporter {
  /** Called at most a few times a second. */
  progress(progress: Progress): void
  note(message: string): void
  warn(message: string): void
}

/** A refused row as a run's summary shows it. */
export interface ShownReject {
  run: string
  line: number
  reason: string
  detail: string
  text: string
}

export interface RunSummary {
  progress: Progress
  elapsedMs: number
  model: ModelMemory
  behaviors: BehaviorSummary[]
  /** The first refused rows, with where they stood. */
  rejects: ShownReject[]
  /** Whether the input had to be sorted first. */
  sorted: boolean
  /** Rows written to the archive. */
  archivedRows: number
  minDays: number
  minDatapoints: number
  /** A signal ended the run before the input did. */
  interrupted: boolean
}
