import type { ArchivePosition, ParquetArchive } from '../adapters/parquet-archive.ts'
import type { Pack } from '../columnar/pack.ts'
import { adoptModels } from '../detect/checkpoint.ts'
import type { Chunk, DecodeContext } from '../columnar/chunk.ts'
import { decodeContext, type DetectSettings, type Detector } from '../detect/detector.ts'
import { invalidatedEventOf } from '../detect/events.ts'
import type { Arrival } from '../detect/intake.ts'
import { type Impulse, runPipeline } from '../detect/pipeline.ts'
import type { WorkerPool } from '../detect/pool.ts'
import type { InputRun, IntakeObserver } from '../detect/ports.ts'
import { rebuilt } from '../detect/rebuild.ts'
import { Windowing } from '../detect/windowing.ts'
import { metricsOf } from '../domain/metric-table.ts'
import { DetectError } from '../domain/errors.ts'
import type { Clock, EpochMs } from '../domain/time.ts'
import { type DecodeResult, type DecodeTask, runDecode } from '../tasks/decode.ts'
import type { Decoded } from '../tasks/segment.ts'
import { Gate } from '../window/gate.ts'
import { type BehaviorKey, isWatchOf } from './backfill.ts'
import type { BlockOutcome } from './batch-answer.ts'
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
import type { LogRecord } from './log-record.ts'

/** Below so many bytes crossing to a thread costs more than reading them. */
const IN_PLACE_BYTES = 8_192
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
  /** Writes a checkpoint of the quiet evaluation. */
  save: () => Promise<void>
  /** Each change of configuration puts all there is into the archive's files, for back-filling. */
  flushes: boolean
  /** Reads what was learned from the archive. */
  readModels: (file: string) => Pack
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
  /** How far files and pipes have been read. */
  origins: Record<string, number>
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

/**
 * Evaluates the records of the log in their order: the pipeline of `stream`, with the log in place of its input.
 * A change of configuration is a record too: the pipeline comes to rest before it, and goes on under it.
 */
export class LiveEvaluation {
  readonly state: LiveState
  readonly counts: LiveCounts = {
    rows: 0,
    late: 0,
    refused: 0,
    rejected: {},
    alarms: 0,
    reconfigurations: 0,
  }
  readonly #parts: LiveParts
  readonly #observer: IntakeObserver
  readonly #memories: SharedArrayBuffer[] = []
  /** The last record handed to the pipeline; the state's own is that of a quiet one. */
  #handed: number
  #filled: Omit<BlockOutcome, 'first' | 'rejects' | 'lines' | 'rows'> = { late: 0, refused: 0 }
  #nextSave: EpochMs
  #delays = 0

  constructor(parts: LiveParts, state: LiveState) {
    this.#parts = parts
    this.state = state
    this.#handed = state.sequence
    this.#nextSave = parts.clock.now() + parts.checkpointMs
    this.#observer = {
      chunk: () => {},
      late: (_run, rows) => {
        this.#filled.late += rows
      },
      refused: (rows) => {
        this.#filled.refused += rows
      },
    }
    notePauses(state.detector, state.configuration)
    if (state.archive !== null) state.detector.evaluation.observe(state.archive)
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
    const windowing = new Windowing(windower, cutter, lateness, this.#observer)
    const context = decodeContext(metrics, settings.windowMs, 5, settings.definitions)
    const gate = new Gate(pool.threads + 2)
    let change: Entry | null = null
    const impulses = this.#impulses(source, gate, context, (entry) => {
      change = entry
    })
    await runPipeline(impulses, windowing, evaluation, gate, async (evaluated) => {
      await log.durable(this.#handed)
      for (const { violationEventType } of evaluated.events) {
        if (violationEventType === 'in-alarm') this.counts.alarms++
      }
      effects.evaluated(evaluated)
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
        yield this.#impulseOf(entry, entry.record, context)
      }
      if (!this.#saveIsDue()) continue
      await gate.enter()
      yield { kind: 'flush' }
      await gate.whileEmpty(() => this.#save())
    }
    await gate.enter()
    yield { kind: 'flush' }
  }

  #impulseOf(
    entry: Entry,
    record: Exclude<LogRecord, { kind: 'configuration' | 'models' }>,
    context: DecodeContext,
  ): Impulse {
    if (record.kind === 'watermark') return { kind: 'watermark', time: record.time }
    if (record.kind === 'block')
      return { kind: 'arrival', arrival: this.#block(entry, record, context) }
    const { batches } = this.#parts
    const taken = (): EpochMs => {
      batches.finish(record.key, entry.sequence, record.received)
      entry.taken(NOTHING)
      return this.state.latest
    }
    const again = () => Promise.reject(new RangeError('the end of a batch has no rows'))
    return {
      kind: 'arrival',
      arrival: { run: runOf(record.key), decoded: null, bytes: 0, again, taken },
    }
  }

  #block(entry: Entry, record: LogRecord & { kind: 'block' }, context: DecodeContext): Arrival {
    const { bytes, format, notAfter, origin, key, end } = record
    const decode = () =>
      this.#decode({
        source: { kind: 'bytes', bytes, format },
        context: { ...context, notAfter: notAfter ?? Number.POSITIVE_INFINITY },
        memory: this.#memories.pop() ?? null,
        digest: false,
      })
    const decoded = decode()
    // It may fail before it is its turn; whoever takes it then sees the failure.
    decoded.catch(() => {})
    const taken = (decoded: Decoded | null): EpochMs => {
      const { chunk } = decoded!
      const outcome = this.#outcome(chunk)
      if (key !== null) this.#parts.batches.note(key, end, outcome)
      else this.state.origins[origin] = end
      if (chunk.maxTime > this.state.latest) this.state.latest = chunk.maxTime
      if (chunk.time.buffer instanceof SharedArrayBuffer) this.#memories.push(chunk.time.buffer)
      entry.taken(outcome)
      return this.state.latest
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
    await log.durable(sequence)
    effects.reconfigured(
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
    const { detector, filled } = this.state
    await detector.evaluation.settle()
    const pack = this.#parts.readModels(file)
    await adoptModels(pack, detector)
    filled.push(...behaviors)
    this.#handed = sequence
    this.state.sequence = sequence
  }

  #saveIsDue(): boolean {
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
    this.#nextSave = this.#parts.clock.now() + this.#parts.checkpointMs
  }
}

function notePauses({ watches }: Detector, configuration: Configuration): void {
  for (const { judge, profile } of watches) {
    if (judge.kind === 'ml') judge.training.paused = isPaused(configuration, profile.name)
  }
}

const NOTHING: BlockOutcome = { rows: 0, late: 0, refused: 0, lines: 0, rejects: {}, first: [] }

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
