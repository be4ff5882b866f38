/**
 * The composition root: options in, a running pipeline out. The only place that reads the clock.
 */
import type { SecurityProfile } from './domain/behavior.ts'
import type { EpochMs } from './domain/time.ts'
import type { Progress } from './detect/progress.ts'
import type { ModelStatus } from './detect/training.ts'
import type { Format } from './formats/sniff.ts'

/** What every run is told; paths are as the user gave them. */
export interface RunOptions {
  /** Security profiles, in AWS's JSON. */
  profiles: readonly SecurityProfile[]
  /** JSON of groups and attachments; null: every profile watches all things. */
  thingsFile: string | null
  windowMs: number
  model: 'quantile'
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
  /** Days of datapoints to keep in the archive; null: all. */
  retainDays: number | null
  format: Format | null
  /** The thing that reports without a name belong to. */
  thing: string | null
  checkpointMs: number
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

/** How one behavior came out of a run. */
export interface BehaviorSummary {
  profile: string
  behavior: string
  metric: string
  kind: 'ml' | 'rule' | 'unevaluated'
  /** Why an unevaluated behavior is one. */
  reason: string | null
  /** The next are those of ML behaviors, as in the API's training summaries. */
  modelStatus: ModelStatus | null
  trainingDataCollectionStartDate: EpochMs | null
  datapointsCollectionPercentage: number | null
  lastModelRefreshDate: EpochMs | null
  trainedOn: number | null
  thresholds: Record<string, { low: number | null; high: number | null }> | null
  confidenceLevel: string | null
  /** Events written. */
  alarms: number
  cleared: number
  invalidated: number
  standing: number
  suppressed: boolean
}

export interface RunSummary {
  progress: Progress
  elapsedMs: number
  behaviors: BehaviorSummary[]
  /** The first refused rows, with where they stood. */
  rejects: { run: string; line: number; reason: string; detail: string; text: string }[]
  /** Whether the input had to be sorted first. */
  sorted: boolean
  /** Rows written to the archive. */
  archivedRows: number
  minDays: number
  minDatapoints: number
  /** A signal ended the run before the input did. */
  interrupted: boolean
}

export async function replay(options: ReplayOptions, reporter: Reporter): Promise<RunSummary> {
  throw new Error(`not there yet: ${options.inputs.join()} ${String(reporter)}`)
}

export async function stream(
  options: StreamOptions,
  reporter: Reporter,
  stop: AbortSignal,
): Promise<RunSummary> {
  throw new Error(`not there yet: ${options.state} ${String(reporter)} ${String(stop)}`)
}

export async function train(options: TrainOptions, reporter: Reporter): Promise<RunSummary> {
  throw new Error(`not there yet: ${options.state} ${String(reporter)}`)
}
