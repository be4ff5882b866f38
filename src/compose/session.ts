import { type Beginning, beginningOf, beginsWith } from '../adapters/beginnings.ts'
import type { InputFile } from '../adapters/inputs.ts'
import { type ArchivePosition, ParquetArchive } from '../adapters/parquet-archive.ts'
import type { ScoredArrow } from '../adapters/scored-arrow.ts'
import type { ScoresFile } from '../adapters/scores-file.ts'
import type { StateDirectory } from '../adapters/state-directory.ts'
import type { DecodeContext } from '../columnar/chunk.ts'
import type { Pack, PackSource } from '../columnar/pack.ts'
import { invalidatedEventOf } from '../detect/events.ts'
import { documentOf, restore, snapshot, thingsOf } from '../detect/checkpoint.ts'
import {
  decodeContext,
  type DetectSettings,
  type Detector,
  newDetector,
} from '../detect/detector.ts'
import type { IntakePosition } from '../detect/intake.ts'
import type { WorkerPool } from '../detect/pool.ts'
import type { EventSink, FileIdentity } from '../detect/ports.ts'
import type { Orphan } from '../detect/watch.ts'
import { modelMemory } from '../detect/model-memory.ts'
import { newProgress, type Progress } from '../detect/progress.ts'
import { countEvents, type EventCounts, summariseBehaviors } from '../detect/run-summary.ts'
import type { Evaluated } from '../detect/evaluation.ts'
import type { Definitions } from '../domain/definitions.ts'
import { DetectError } from '../domain/errors.ts'
import type { Period } from '../domain/maintenance.ts'
import type { Targets } from '../domain/targets.ts'
import type { Clock } from '../domain/time.ts'
import { Things } from '../window/things.ts'
import {
  type ArchiveDocument,
  packArchive,
  unpackArchive,
} from '../adapters/parquet-archive-pack.ts'
import { IntakeBook } from './intake-book.ts'
import type { Reporter, RunOptions, RunSummary } from './options.ts'
import { readDefinitions, readMaintenance, readTargets } from './run-files.ts'

export const systemClock: Clock = { now: () => Date.now() }

/** About how many rows are evaluated together. */
export const BATCH_ROWS = 524_288
/** AWS's thresholds stay unpublished; ours are the tail probabilities 10^-2, 10^-3 and 10^-4. */
export const QUANTILES = [0.99, 0.999, 0.9999] as const
const REPORT_EVERY_MS = 200

/** What a checkpoint keeps beside the detector's own state. */
export interface RunDocument {
  /** The files of events and of refused rows, and how many bytes of them count. */
  out: WrittenFile
  rejects: WrittenFile
  positions: IntakePosition
  /** The followed files that positions are in, by path. */
  files: Record<string, FileIdentity>
  /** What the files behind the positions began with, by path. */
  beginnings: Record<string, Beginning>
  lines: Record<string, number>
  archive: ArchiveDocument | null
  progress: Progress
  counts: EventCounts
  /** The replay that wrote it reads spilled buckets, not the files themselves. */
  sorted: boolean
  /** All input is in the buckets, and in the books. */
  spilled: boolean
  /** The run that wrote it came to the end of its input. */
  finished: boolean
}

export interface WrittenFile {
  path: string | null
  length: number
}

/** One run's state and books, fresh or taken up from a checkpoint. */
export class Session {
  readonly detector: Detector
  readonly context: DecodeContext
  readonly archive: ParquetArchive | null
  readonly book: IntakeBook
  readonly progress: Progress
  readonly start: RunDocument
  /** Alarms of behaviors and things that are watched no more. */
  readonly orphans: readonly Orphan[]
  readonly #options: RunOptions
  readonly #reporter: Reporter
  readonly #started: number
  #nextReport = 0
  #scored: ScoredArrow | null = null
  #scores: ScoresFile | null = null

  constructor(
    options: RunOptions,
    pool: WorkerPool,
    pack: Pack | null,
    reporter: Reporter,
    totalBytes: number | null,
    /** Where the archive stands if no checkpoint says it; null: it must be empty. */
    archiveFrom: ArchivePosition | null = null,
  ) {
    this.#options = options
    this.#reporter = reporter
    this.#started = systemClock.now()
    const targets = readTargets(options, reporter)
    const document = pack === null ? null : documentOf(pack, options.windowMs)
    if (document !== null && options.modelFixed && document.modelKind !== options.model) {
      throw new DetectError(
        'state',
        `the state was made with --model ${document.modelKind}, not ${options.model}`,
      )
    }
    const model = document === null ? options.model : document.modelKind
    const maintenance = readMaintenance(options, reporter)
    const definitions = readDefinitions(options, reporter)
    const settings = settingsOf(options, targets, model, maintenance, definitions)
    this.start = { ...freshDocument(), ...(document?.run as RunDocument | undefined) }
    const { progress } = this.start
    this.progress = { ...progress, totalBytes, bytes: 0, earlierRows: progress.rows }
    this.detector = newDetector(settings, pool, {
      things:
        pack === null || document === null
          ? new Things(settings.maxThings)
          : Things.restore(thingsOf(pack, document), settings.maxThings),
      firstOpen: document?.firstOpen ?? null,
      openDay: document?.openDay ?? null,
    })
    this.orphans =
      pack === null || document === null
        ? []
        : restore(pack, document, this.detector, (profile, thing) =>
            targets.watches(profile, thing),
          )
    const { metrics, things } = this.detector
    this.context = {
      ...decodeContext(
        metrics,
        options.windowMs,
        options.rejects === null ? 5 : Infinity,
        definitions,
      ),
      thing: options.thing,
    }
    this.book = new IntakeBook(
      this.progress,
      reporter,
      options.rejects === null
        ? null
        : { path: options.rejects, length: lengthOf(options.rejects, this.start.rejects) },
      { ...this.start.lines },
    )
    this.archive =
      options.archive === null
        ? null
        : new ParquetArchive(
            options.archive,
            { metrics, things, windowMs: options.windowMs, pool },
            options.retainDays,
            (pack === null ? null : unpackArchive(pack, this.start.archive)) ?? archiveFrom,
          )
    if (this.archive !== null) this.detector.evaluation.observe(this.archive)
    else if (this.start.archive !== null) {
      reporter.warn(
        'the state was written with an archive: without --archive, datapoints not yet written to it are dropped',
      )
    }
  }

  /** How much of the file of events counts. */
  get outLength(): number {
    const { out } = this.#options
    return out === null ? 0 : lengthOf(out, this.start.out)
  }

  /** Files that are not the ones the checkpoint knows by their names are read from their start. */
  recognize(files: readonly InputFile[]): void {
    const { positions, beginnings } = this.start
    for (const file of files) {
      const { path } = file
      const before = beginnings[path]
      if (before !== undefined && (positions[path] ?? 0) > 0 && !beginsWith(file, before)) {
        delete positions[path]
        delete this.book.lines[path]
        this.#reporter.note(`${path} has changed since it was read: reading it from its start`)
      }
      beginnings[path] = beginningOf(file)
    }
  }

  /** Starts what is optional and costly to load. */
  async open(): Promise<void> {
    const { outArrow, scores } = this.#options
    if (outArrow !== null) {
      const { ScoredArrow } = await import('../adapters/scored-arrow.ts')
      this.#scored = new ScoredArrow(outArrow, this.detector)
      this.detector.evaluation.observe(this.#scored)
    }
    if (scores !== null) {
      const { ScoresFile } = await import('../adapters/scores-file.ts')
      this.#scores = await ScoresFile.open(scores, this.detector)
      this.detector.evaluation.observe(this.#scores)
    }
  }

  async close(): Promise<void> {
    this.#scored?.close()
    this.book.close()
    await this.#scores?.close()
  }

  /** Writes the end of the alarms that have nobody left to watch over them. */
  async closeOrphans(sink: EventSink): Promise<void> {
    if (this.orphans.length === 0) return
    const at = this.detector.windower.firstOpen * this.#options.windowMs
    const events = this.orphans.map((orphan) => invalidatedEventOf(orphan, at))
    await sink.write(events)
    this.#reporter.note(
      `${events.length} standing alarms invalidated: their behavior or thing is no longer watched`,
    )
  }

  /** Counts what a stretch came to, and reports now and then. */
  done({ stretch, events }: Evaluated): void {
    const { progress } = this
    progress.eventTime = stretch.until
    progress.things = this.detector.things.count
    progress.events += events.length
    for (const event of events) if (event.violationEventType === 'in-alarm') progress.alarms++
    countEvents(this.start.counts, events)
    const now = systemClock.now()
    if (now < this.#nextReport) return
    this.#nextReport = now + REPORT_EVERY_MS
    this.#reporter.progress(progress)
  }

  /** Saves a checkpoint; the pipeline must be quiet. */
  async save(
    state: StateDirectory,
    sink: EventSink,
    run: Pick<RunDocument, 'positions' | 'files' | 'sorted' | 'spilled' | 'finished'>,
  ): Promise<void> {
    state.save(await this.pack(sink, run))
  }

  async pack(
    sink: EventSink,
    run: Pick<RunDocument, 'positions' | 'files' | 'sorted' | 'spilled' | 'finished'>,
  ): Promise<PackSource> {
    await this.detector.evaluation.settle()
    await this.archive?.settle()
    const document: RunDocument = {
      ...run,
      out: { path: this.#options.out, length: await sink.flush() },
      rejects: { path: this.#options.rejects, length: this.book.flush() },
      beginnings: this.start.beginnings,
      lines: this.book.lines,
      archive: null,
      progress: this.progress,
      counts: this.start.counts,
    }
    const pack = snapshot(this.detector, document)
    if (this.archive !== null) document.archive = packArchive(this.archive.position, pack.columns)
    return pack
  }

  summary(outcome: { sorted: boolean; interrupted: boolean }): RunSummary {
    return {
      ...outcome,
      progress: this.progress,
      elapsedMs: systemClock.now() - this.#started,
      model: modelMemory(this.detector),
      behaviors: summariseBehaviors(this.detector, this.start.counts),
      rejects: this.book.shown,
      archivedRows: this.archive?.rows ?? 0,
      minDays: this.#options.minDays,
      minDatapoints: this.#options.minDatapoints,
    }
  }
}

function settingsOf(
  options: RunOptions,
  targets: Targets,
  modelKind: string,
  maintenance: readonly Period[],
  definitions: Definitions,
): DetectSettings {
  return {
    profiles: options.profiles,
    targets,
    windowMs: options.windowMs,
    training: {
      modelKind,
      minDays: options.minDays,
      minDatapoints: options.minDatapoints,
      quantiles: QUANTILES,
    },
    batchRows: options.batchRows ?? BATCH_ROWS,
    maxThings: options.maxThings,
    learnOnly: options.learnOnly ?? false,
    maintenance,
    definitions,
  }
}

/** A file the checkpoint does not know begins anew. */
function lengthOf(path: string, written: WrittenFile): number {
  return written.path === path ? written.length : 0
}

function freshDocument(): RunDocument {
  return {
    out: { path: null, length: 0 },
    rejects: { path: null, length: 0 },
    positions: {},
    files: {},
    beginnings: {},
    lines: {},
    archive: null,
    progress: newProgress(null),
    counts: {},
    sorted: false,
    spilled: false,
    finished: true,
  }
}
