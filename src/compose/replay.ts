import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileRun } from '../adapters/file-runs.ts'
import { type InputFile, inputFiles } from '../adapters/inputs.ts'
import { pipedRun } from '../adapters/live.ts'
import { NEW_ARCHIVE } from '../adapters/parquet-archive.ts'
import { removeSpill, reopenSpill, spillRuns } from '../adapters/spill.ts'
import { StateDirectory } from '../adapters/state-directory.ts'
import type { DecodeContext } from '../columnar/chunk.ts'
import type { Pack } from '../columnar/pack.ts'
import { documentOf } from '../detect/checkpoint.ts'
import { Intake, type IntakePosition } from '../detect/intake.ts'
import { WorkerPool } from '../detect/pool.ts'
import type { EventSink, InputRun, IntakeObserver } from '../detect/ports.ts'
import { run } from '../detect/run.ts'
import { Windowing } from '../detect/windowing.ts'
import { DetectError } from '../domain/errors.ts'
import type { ReplayOptions, Reporter, RunSummary } from './options.ts'
import { type RunDocument, Session, systemClock } from './session.ts'
import { openSink } from './sinks.ts'

/** Memory for rows on their way into time buckets. */
const SPILL_BYTES = 128 * 1024 * 1024
const STDIN = '-'

/**
 * An event-time run over history: windows, daily training, evaluation, alarms. Input in time order is
 * streamed; when a row turns up too late for that, the run begins again with its input sorted. With a
 * state directory, a run that was killed goes on where its last checkpoint left it.
 */
export async function replay(
  options: ReplayOptions,
  reporter: Reporter,
  stop: AbortSignal = new AbortController().signal,
): Promise<RunSummary> {
  const state = options.state === null ? null : new StateDirectory(options.state)
  const pool = new WorkerPool(options.threads)
  const attempt = new Attempt(options, reporter, stop, pool, state)
  try {
    const pack = state?.load() ?? null
    const resumed = pack !== null && !runDocumentOf(pack).finished
    const sorted = resumed ? runDocumentOf(pack).sorted : options.inputs.includes(STDIN)
    try {
      return await attempt.execute(pack, { sorted, resumed, again: false })
    } catch (error) {
      if (!(error instanceof DetectError) || error.kind !== 'unsorted' || sorted) throw error
      reporter.note(`${error.message}; sorting the input first`)
      return await attempt.execute(originToSort(state), {
        sorted: true,
        resumed: false,
        again: true,
      })
    }
  } finally {
    await pool.close()
    state?.close()
  }
}

function runDocumentOf(pack: Pack): RunDocument {
  return (pack.document as { run: RunDocument }).run
}

/** The checkpoint the run began with, made the present one: from now on the run is one that sorts. */
function originToSort(state: StateDirectory | null): Pack | null {
  const origin = state?.loadOrigin() ?? null
  if (state === null || origin === null) return null
  runDocumentOf(origin).sorted = true
  state.save(origin)
  return origin
}

/** A run that begins behind a position and notes there how far it has been read. */
function tracked(source: InputRun, positions: IntakePosition): InputRun {
  return {
    name: source.name,
    start: source.start,
    bytes: source.bytes,
    get skippedLines() {
      return source.skippedLines
    },
    ordered: source.ordered,
    async *segments(from) {
      for await (const segment of source.segments(Math.max(from, positions[source.name] ?? 0))) {
        yield segment
        positions[source.name] = segment.mark
      }
    },
  }
}

interface AttemptOptions {
  /** The rows go through time buckets on disk. */
  sorted: boolean
  /** A killed run goes on. */
  resumed: boolean
  /** The same run begins a second time. */
  again: boolean
}

interface Source {
  runs: readonly InputRun[]
  observer: IntakeObserver
  /** Removes what was put on disk for it. */
  remove: () => void
  /** How far the files behind spilled runs have been read. */
  read: IntakePosition
}

/** One try at a replay: as the input comes, or sorted. */
class Attempt {
  readonly #options: ReplayOptions
  readonly #reporter: Reporter
  readonly #stop: AbortSignal
  readonly #pool: WorkerPool
  readonly #state: StateDirectory | null

  constructor(
    options: ReplayOptions,
    reporter: Reporter,
    stop: AbortSignal,
    pool: WorkerPool,
    state: StateDirectory | null,
  ) {
    this.#options = options
    this.#reporter = reporter
    this.#stop = stop
    this.#pool = pool
    this.#state = state
  }

  async execute(pack: Pack | null, how: AttemptOptions): Promise<RunSummary> {
    const { from, out, to } = this.#options
    const session = new Session(
      this.#options,
      this.#pool,
      pack,
      this.#reporter,
      null,
      how.again ? NEW_ARCHIVE : null,
    )
    const { detector, start } = session
    const until = to ?? Number.POSITIVE_INFINITY
    const { firstOpen } = detector.windower
    detector.windower.limit = until
    const sink = openSink(out, session.outLength, { held: !how.sorted, from })
    try {
      const files = this.#files()
      // A resumed run that sorts has its rows on disk already.
      if (this.#state !== null && !(how.resumed && how.sorted)) session.recognize(files)
      if (this.#state !== null && !how.resumed && !how.again) {
        await this.#saveOrigin(session, sink, how.sorted)
      }
      await session.open()
      await session.closeOrphans(sink)
      const { runs, observer, remove, read } = await this.#runs(files, session, how)
      const intake = new Intake(
        runs,
        this.#pool,
        () => session.context,
        start.positions,
        (until, earliest) => detector.evaluation.digestingBefore(until, earliest),
      )
      const windowing = new Windowing(
        detector.windower,
        detector.cutter,
        { kind: 'replay', closedBefore: how.resumed ? this.#originBoundary() : firstOpen },
        observer,
      )
      const save = async (finished: boolean): Promise<void> => {
        const settled = { ...intake.position, ...read }
        if (this.#state === null) return
        const { sorted } = how
        const run = { positions: settled, files: {}, sorted, spilled: sorted, finished }
        await session.save(this.#state, sink, run)
      }
      if (how.sorted) await save(false)
      await run(
        {
          detector,
          intake,
          windowing,
          sink,
          clock: systemClock,
          permits: this.#pool.threads + 2,
          save: this.#state === null ? null : () => save(false),
          checkpointMs: this.#options.checkpointMs,
          done: (evaluated) => session.done(evaluated),
          until,
          live: null,
        },
        this.#stop,
      )
      const interrupted = this.#stop.aborted
      if (!interrupted) await session.archive?.flush()
      await save(!interrupted)
      if (!interrupted) remove()
      if (!interrupted) this.#state?.removeOrigin()
      await sink.close()
      return session.summary({ sorted: how.sorted, interrupted })
    } catch (error) {
      await sink.abandon()
      throw error
    } finally {
      await session.close()
    }
  }

  /** The first window that was open when the killed run began: a row before it is late, one behind unsorted. */
  #originBoundary(): number {
    const origin = this.#state!.loadOrigin()
    const boundary = origin === null ? null : documentOf(origin, null).firstOpen
    return boundary ?? Number.NEGATIVE_INFINITY
  }

  /** Where a run that turns out to be unsorted begins again. */
  async #saveOrigin(session: Session, sink: EventSink, sorted: boolean): Promise<void> {
    const pack = await session.pack(sink, {
      positions: session.start.positions,
      files: {},
      sorted,
      spilled: false,
      finished: false,
    })
    this.#state!.saveOrigin(pack)
    this.#state!.save(pack)
  }

  async #runs(
    inputs: readonly InputFile[],
    session: Session,
    how: AttemptOptions,
  ): Promise<Source> {
    const files = this.#fileRuns(inputs, session.context)
    const total = files.map(({ bytes }) => bytes)
    session.progress.totalBytes = total.includes(null)
      ? null
      : total.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0)
    if (!how.sorted) return { runs: files, observer: session.book, remove: () => {}, read: {} }
    const directory =
      this.#state === null
        ? mkdtempSync(join(tmpdir(), 'fleet-detect-'))
        : this.#state.folder('spill')
    const quiet: IntakeObserver = {
      chunk: () => {},
      late: (spilled, rows) => session.book.late(spilled, rows),
      refused: (rows) => session.book.refused(rows),
    }
    const remove = (): void => removeSpill(directory)
    const sorting = {
      context: session.context,
      windowMs: this.#options.windowMs,
      limit: this.#options.to ?? Number.POSITIVE_INFINITY,
    }
    const known = how.resumed && session.start.spilled
    const spilled = known ? reopenSpill(directory, files, sorting) : null
    if (spilled !== null) return { runs: spilled, observer: quiet, remove, read: {} }
    const origin = this.#state?.loadOrigin() ?? null
    const read = origin === null ? {} : { ...runDocumentOf(origin).positions }
    const unread = files.map((file) => tracked(file, read))
    const runs = await spillRuns(unread, directory, {
      ...sorting,
      pool: this.#pool,
      memoryBytes: SPILL_BYTES,
      observer: known ? quiet : session.book,
    })
    return { runs, observer: quiet, remove, read }
  }

  #files(): InputFile[] {
    const { inputs, format } = this.#options
    const paths = inputs.filter((path) => path !== STDIN)
    return inputFiles(paths, format, (message) => this.#reporter.warn(message))
  }

  #fileRuns(files: readonly InputFile[], context: DecodeContext): InputRun[] {
    const { inputs, format } = this.#options
    const runs = files.map((file) => fileRun(file, context))
    if (inputs.includes(STDIN)) runs.push(pipedRun(process.stdin, format))
    return runs
  }
}
