import type { ArchivePosition, ParquetArchive } from '../adapters/parquet-archive.ts'
import type { DecodeContext } from '../columnar/chunk.ts'
import type { Pack } from '../columnar/pack.ts'
import { adoptModels } from '../detect/checkpoint.ts'
import { decodeContext, type DetectSettings, type Detector } from '../detect/detector.ts'
import { invalidatedEventOf } from '../detect/events.ts'
import { type Impulse, runPipeline } from '../detect/pipeline.ts'
import type { WorkerPool } from '../detect/pool.ts'
import type { FileIdentity } from '../detect/ports.ts'
import { rebuilt } from '../detect/rebuild.ts'
import { Windowing } from '../detect/windowing.ts'
import { metricsOf } from '../domain/metric-table.ts'
import type { Clock, EpochMs } from '../domain/time.ts'
import { Gate } from '../window/gate.ts'
import { type BehaviorKey, isWatchOf } from './backfill.ts'
import type { Batches } from './batches.ts'
import {
  type Configuration,
  isPaused,
  readConfiguration,
  replacedProfiles,
} from './configuration.ts'
import type { Effects } from './effects.ts'
import type { Entry, EntrySource } from './feed.ts'
import type { IngestLog } from './ingest-log.ts'
import { type LiveCounts, LogArrivals, NOTHING } from './log-arrivals.ts'
import type { LogRecord } from './log-record.ts'

/** A checkpoint waits for models that are being built, but not for ever. */
const MOST_DELAYS = 4

export interface LiveParts {
  pool: WorkerPool
  log: IngestLog
  batches: Batches
  effects: Effects
  /** Makes the archive of a detector, at a position; null where nothing is archived. */
  archive: ((detector: Detector, position: ArchivePosition) => ParquetArchive) | null
  /** For the time between checkpoints alone; nothing evaluated depends on it. */
  clock: Clock
  latenessMs: number
  checkpointMs: number
  /** So much of the log at most is behind a checkpoint, so that no client fills the disk with it. */
  checkpointBytes: number
  /** Writes a checkpoint of the quiet evaluation. */
  save: () => Promise<void>
  /** Each change of configuration puts all there is into the archive's files, for back-filling. */
  flushes: boolean
  /** What was learned from the archive, up to where the quiet detector has come. */
  learned: (file: string, detector: Detector) => Promise<Pack>
  tell: (message: string) => void
}

/** Where evaluation stands; all of it follows from the log. */
export interface LiveState {
  detector: Detector
  archive: ParquetArchive | null
  configuration: Configuration
  /** The last record evaluated. */
  sequence: number
  /** The latest event time of any row. */
  latest: EpochMs
  /** Behaviors that have been given what the archive knew of them. */
  filled: BehaviorKey[]
  /** Windows up to here are in files of the archive, as far as this process knows. */
  filedUntil: EpochMs
  /** How far followed files have been read, by path. */
  origins: Record<string, FilePosition>
}

export interface FilePosition {
  mark: number
  file: FileIdentity
}

/**
 * Evaluates the records of the log in their order: the pipeline of `stream`, with the log in place of its input.
 * A change of configuration is a record too: the pipeline comes to rest before it, and goes on under it.
 */
export class LiveEvaluation {
  readonly state: LiveState
  readonly #parts: LiveParts
  readonly #arrivals: LogArrivals
  /** The last record handed to the pipeline; the state's own is that of a quiet one. */
  #handed: number
  #nextSave: EpochMs
  /** Of blocks since the last checkpoint. */
  #unsavedBytes = 0
  #delays = 0

  constructor(parts: LiveParts, state: LiveState) {
    this.#parts = parts
    this.state = state
    this.#handed = state.sequence
    this.#nextSave = parts.clock.now() + parts.checkpointMs
    this.#arrivals = new LogArrivals(parts, state)
    notePauses(state.detector, state.configuration)
    if (state.archive !== null) state.detector.evaluation.observe(state.archive)
  }

  get counts(): LiveCounts {
    return this.#arrivals.counts
  }

  /** Evaluates until the source ends; windows stay open. */
  async run(source: EntrySource): Promise<void> {
    for (;;) {
      const change = await this.#underOneConfiguration(source)
      if (change === null) return
      if (change.record.kind === 'models') await this.#adopt(change, change.record)
      else await this.#reconfigure(change)
    }
  }

  async #underOneConfiguration(source: EntrySource): Promise<Entry | null> {
    const { pool, latenessMs, log, effects } = this.#parts
    const { windower, cutter, evaluation, metrics, settings } = this.state.detector
    const lateness = { kind: 'live' as const, allowedMs: latenessMs }
    const windowing = new Windowing(windower, cutter, lateness, this.#arrivals.observer)
    const context = decodeContext(metrics, settings.windowMs, 5, settings.definitions)
    const gate = new Gate(pool.threads + 2)
    let change: Entry | null = null
    const impulses = this.#impulses(source, gate, context, (entry) => {
      change = entry
    })
    await runPipeline(impulses, windowing, evaluation, gate, async (evaluated) => {
      const handed = this.#handed
      await log.durable(handed)
      for (const { violationEventType } of evaluated.events) {
        if (violationEventType === 'in-alarm') this.counts.alarms++
      }
      await effects.evaluated(evaluated, handed)
    })
    this.state.sequence = this.#handed
    return change
  }

  async *#impulses(
    source: EntrySource,
    gate: Gate,
    context: DecodeContext,
    changed: (entry: Entry) => void,
  ): AsyncGenerator<Impulse> {
    for (;;) {
      const entry = await source.next()
      if (entry === 'end') break
      if (entry !== 'tick') {
        if (entry.record.kind === 'configuration' || entry.record.kind === 'models') {
          changed(entry)
          break
        }
        await gate.enter()
        this.#handed = entry.sequence
        if (entry.record.kind === 'block') this.#unsavedBytes += entry.record.bytes.length
        yield this.#arrivals.impulseOf(entry, entry.record, context)
      }
      if (!this.#saveIsDue()) continue
      await gate.enter()
      yield { kind: 'flush' }
      await gate.whileEmpty(() => this.#save())
    }
    await gate.enter()
    yield { kind: 'flush' }
  }

  /** Goes on under another configuration; the pipeline is quiet. */
  async #reconfigure(entry: Entry): Promise<void> {
    const { record, sequence } = entry
    if (record.kind !== 'configuration') return
    const { pool, effects, tell, archive: newArchive, log } = this.#parts
    const { state } = this
    const { profiles, targets, definitions } = readConfiguration(record.configuration, tell)
    const settings: DetectSettings = {
      ...state.detector.settings,
      profiles,
      targets,
      definitions,
    }
    const forgotten = replacedProfiles(state.configuration, record.configuration)
    const before = state.detector
    if (state.archive !== null) {
      // Rows of metrics that are not known any more would be lost on the way to their file.
      const known = new Map(metricsOf(profiles, definitions).map((metric) => [metric.name, metric]))
      const lost = before.metrics.some(
        ({ name, valueKind }) => known.get(name)?.valueKind !== valueKind,
      )
      if (lost || this.#parts.flushes) await state.archive.flush()
      else await state.archive.settle()
    }
    const { detector, orphans } = await rebuilt(before, settings, pool, forgotten)
    const at = detector.windower.firstOpen * settings.windowMs
    if (this.#parts.flushes) state.filedUntil = at
    await log.durable(sequence)
    await effects.reconfigured(
      orphans.map((orphan) => invalidatedEventOf(orphan, at)),
      sequence,
    )
    state.detector = detector
    state.configuration = record.configuration
    notePauses(detector, record.configuration)
    // Whoever is gone may come again, as somebody new.
    state.filled = state.filled.filter((key) =>
      detector.watches.some((watch) => isWatchOf(watch, key) && !forgotten.has(key.profile)),
    )
    if (newArchive !== null && state.archive !== null) {
      state.archive = newArchive(detector, state.archive.position)
      detector.evaluation.observe(state.archive)
    }
    this.#handed = sequence
    state.sequence = sequence
    this.counts.reconfigurations++
    entry.taken(NOTHING)
  }

  /** Behaviors go on with what was learned from the archive. */
  async #adopt(
    { sequence }: Entry,
    { file, behaviors }: LogRecord & { kind: 'models' },
  ): Promise<void> {
    const { detector, filled, archive } = this.state
    await detector.evaluation.settle()
    await archive?.flush()
    await adoptModels(await this.#parts.learned(file, detector), detector)
    filled.push(...behaviors)
    this.#handed = sequence
    this.state.sequence = sequence
  }

  #saveIsDue(): boolean {
    if (this.#unsavedBytes >= this.#parts.checkpointBytes) return true
    if (this.#parts.clock.now() < this.#nextSave) return false
    if (!this.state.detector.evaluation.building || this.#delays >= MOST_DELAYS) return true
    this.#delays++
    this.#nextSave = this.#parts.clock.now() + this.#parts.checkpointMs
    return false
  }

  async #save(): Promise<void> {
    this.state.sequence = this.#handed
    await this.#parts.save()
    this.#delays = 0
    this.#unsavedBytes = 0
    this.#nextSave = this.#parts.clock.now() + this.#parts.checkpointMs
  }
}

function notePauses({ watches }: Detector, configuration: Configuration): void {
  for (const { judge, profile } of watches) {
    if (judge.kind === 'ml') judge.training.paused = isPaused(configuration, profile.name)
  }
}
