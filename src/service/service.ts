import { join } from 'node:path'
import { type ArchivePosition, ParquetArchive } from '../adapters/parquet-archive.ts'
import { StateDirectory } from '../adapters/state-directory.ts'
import type { Engine } from '../api/engine.ts'
import { ApiError } from '../api/errors.ts'
import type { OwnRoute } from '../api/own-routes.ts'
import type { Detector } from '../detect/detector.ts'
import type { WorkerPool } from '../detect/pool.ts'
import type { FileIdentity, InputRun } from '../detect/ports.ts'
import { DetectError } from '../domain/errors.ts'
import { type Clock, DAY_MS, type EpochMs, MINUTE_MS } from '../domain/time.ts'
import { evaluatedRows } from '../store/evaluated.ts'
import { forgetBatchAnswers } from '../store/ingest-batches.ts'
import { configurationVersion, type Store } from '../store/store.ts'
import { backtest, type BacktestQuery, type BacktestReport } from './backtest.ts'
import { backtestRoute } from './backtest-route.ts'
import { Backfilling } from './backfilling.ts'
import { Batches } from './batches.ts'
import { openBatches, packState, restoreState, type ServiceSettings } from './checkpoint.ts'
import { datapointsRoute } from './datapoints-route.ts'
import { Effects, type Responder } from './effects.ts'
import { Feed, Replayed } from './feed.ts'
import { followInput } from './follow-input.ts'
import { healthRoutes } from './health-routes.ts'
import { Ingest } from './ingest.ts'
import { IngestLog } from './ingest-log.ts'
import { LiveEvaluation } from './live-evaluation.ts'
import { metricValues } from './metric-values.ts'
import { trainingSummaries } from './training-summaries.ts'

/** A row dated later than this ahead of the arrival clock is refused: it would close everyone's windows. */
const FUTURE_MS: number = 5 * MINUTE_MS
/** How often the service looks at its clock and its configuration. */
const LOOK_MS = 250
/** An answer to a batch is known for so long. */
const ANSWERS_KEPT_MS: number = 2 * DAY_MS

export interface ServiceOptions {
  /** Where everything lies. */
  directory: string
  settings: ServiceSettings
  latenessMs: number
  /** After so long without datapoints event time goes on with the clock; null: never. */
  idleMs: number | null
  checkpointMs: number
  /** A checkpoint is also written after so many bytes of datapoints. */
  checkpointBytes: number
  /**
   * Days of datapoints to answer for. One more is kept: a behavior's first datapoint may come late on its day, and a
   * model wants whole days from there on.
   */
  retainDays: number
  /** `event`: arrivals are not held against the clock, time goes on with the datapoints alone. */
  arrivalClock: 'system' | 'event'
  /** New behaviors learn from the archive, and are judged by it at once. */
  backfill: boolean
}

export interface ServiceParts {
  store: Store
  pool: WorkerPool
  clock: Clock
  responder: Responder
  tell: (message: string) => void
}

/**
 * The live service: what comes in is logged, evaluated in the order of the log, and its effects are stored. Made by
 * `start`, which recovers what a process before it left.
 */
export class Service {
  readonly #options: ServiceOptions
  readonly #parts: ServiceParts
  readonly #state: StateDirectory
  readonly #log: IngestLog
  readonly #batches: Batches
  readonly #effects: Effects
  readonly #feed: Feed
  readonly #backfilling: Backfilling
  readonly #ingest: Ingest
  readonly #live: LiveEvaluation
  #phase: 'recovering' | 'evaluating' | 'stopping' | 'failed' = 'recovering'
  #fail: () => void = () => {}
  #timer: NodeJS.Timeout | null = null
  #lastArrival: EpochMs
  #configurationVersion = -1
  #configuration: string
  #closedBefore = Number.NEGATIVE_INFINITY

  constructor(options: ServiceOptions, parts: ServiceParts) {
    this.#options = options
    this.#parts = parts
    const { directory, settings } = options
    const { store, pool, clock, responder, tell } = parts
    this.#state = new StateDirectory(join(directory, 'state'))
    const pack = this.#state.load()
    this.#log = new IngestLog(join(directory, 'log'))
    if (this.#log.cutBytes > 0) tell(`ingest log: ${this.#log.cutBytes} torn bytes cut off`)
    this.#batches = new Batches(store.database, openBatches(pack))
    this.#effects = new Effects(store.database, this.#batches, responder, clock)
    const archive = ({ metrics, things }: Detector, position: ArchivePosition): ParquetArchive =>
      new ParquetArchive(
        this.archiveDirectory,
        { metrics, things, windowMs: settings.windowMs, pool },
        options.retainDays + 1,
        position,
      )
    this.#feed = new Feed(this.#log)
    this.#backfilling = new Backfilling({
      directory: join(directory, 'backfill'),
      archiveDirectory: this.archiveDirectory,
      log: this.#log,
      feed: this.#feed,
      clock,
      evaluating: () => this.#phase === 'evaluating',
      tell,
    })
    const state = restoreState(pack, settings, pool, archive, tell)
    if (this.#log.first > state.sequence + 1) {
      throw new DetectError(
        'state',
        `${directory}: the ingest log begins at record ${this.#log.first}, but the checkpoint ends at ${state.sequence}`,
      )
    }
    this.#live = new LiveEvaluation(
      {
        pool,
        log: this.#log,
        batches: this.#batches,
        effects: this.#effects,
        archive,
        clock,
        latenessMs: options.latenessMs,
        checkpointMs: options.checkpointMs,
        checkpointBytes: options.checkpointBytes,
        save: () => this.#save(),
        flushes: options.backfill,
        learned: (file, detector) => this.#backfilling.learned(file, detector, pool),
        tell,
      },
      state,
    )
    const failure = new Promise<never>((_resolve, reject) => {
      this.#fail = () => reject(new ApiError('ServiceUnavailable', 'evaluation has failed'))
    })
    failure.catch(() => {})
    this.#lastArrival = clock.now()
    this.#configuration = ''
    this.#ingest = new Ingest({
      feed: this.#feed,
      log: this.#log,
      batches: this.#batches,
      now: () => clock.now(),
      failure,
      notAfter: () => this.#notAfter(),
    })
  }

  get archiveDirectory(): string {
    return join(this.#options.directory, 'archive')
  }

  /** Why datapoints are not taken and alarms not to be relied on; null when all is well. */
  get notReady(): string | null {
    if (this.#phase === 'recovering') return 'recovering: reading the ingest log again'
    if (this.#phase === 'stopping') return 'stopping'
    if (this.#phase === 'failed') return 'evaluation has failed'
    return this.#log.problem
  }

  get live(): LiveEvaluation {
    return this.#live
  }

  /** What the API asks. */
  get engine(): Engine {
    return {
      configurationChanged: () => this.#lookAtConfiguration(),
      trainingSummaries: (profile) => trainingSummaries(this.#live.state.detector, profile),
      metricValues: (query) => metricValues(query, this.#live.state, this.archiveDirectory),
    }
  }

  get routes(): OwnRoute[] {
    const notReady = (): string | null => this.notReady
    return [
      datapointsRoute(this.#ingest, notReady),
      backtestRoute(
        () => evaluatedRows(this.#parts.store.database),
        (query) => this.#backtest(query),
      ),
      ...healthRoutes(notReady),
    ]
  }

  #backtest(query: BacktestQuery): Promise<BacktestReport> {
    const { settings } = this.#live.state.detector
    // A short archive is to say something too: a model is tried from one day on.
    const training = { ...settings.training, minDays: Math.min(1, settings.training.minDays) }
    const { pool, clock } = this.#parts
    return backtest(this.archiveDirectory, query, { ...settings, training }, pool, clock)
  }

  /** Recovers, then evaluates until `stop`; rejects when evaluation fails. */
  async run(recovered: () => void): Promise<void> {
    try {
      const { state } = this.#live
      if (this.#log.next > state.sequence + 1) {
        this.#parts.tell(
          `recovering: ${this.#log.next - 1 - state.sequence} records of the ingest log`,
        )
      }
      await this.#live.run(new Replayed(this.#log.read(state.sequence + 1)))
      this.#configuration = JSON.stringify(state.configuration)
      if (this.#phase === 'recovering') this.#phase = 'evaluating'
      this.#lookAtConfiguration()
      this.#lastArrival = this.#parts.clock.now()
      this.#timer = setInterval(() => this.#look(), LOOK_MS)
      recovered()
      await this.#live.run(this.#feed)
      await this.#save()
    } catch (error) {
      this.#phase = 'failed'
      this.#fail()
      throw error
    } finally {
      if (this.#timer !== null) clearInterval(this.#timer)
    }
  }

  /** The file that was last read under this path; null where there is none to go on with. */
  followed(path: string): FileIdentity | null {
    return this.#live.state.origins[path]?.file ?? null
  }

  /** Reads a file or a pipe beside what is posted, until it ends or `stop` is raised. */
  follow(run: InputRun): Promise<void> {
    const from = this.#live.state.origins[run.name]?.mark ?? 0
    return followInput(run, from, this.#feed, () => {
      this.#lastArrival = this.#parts.clock.now()
      return this.#notAfter()
    })
  }

  /** Nobody new is let in; who is in may finish. */
  refuse(): void {
    if (this.#phase !== 'failed') this.#phase = 'stopping'
  }

  /** What has been taken in goes through; then `run` ends. */
  stop(): void {
    this.#feed.end()
  }

  async close(): Promise<void> {
    await this.#log.close()
    this.#state.close()
  }

  /** Writes a checkpoint; what it holds is needed in the log no more. */
  async #save(): Promise<void> {
    const { state } = this.#live
    await this.#log.durable(state.sequence)
    this.#effects.settle(state.sequence)
    this.#state.save(await packState(state, this.#batches))
    this.#log.trim(state.sequence + 1)
    this.#backfilling.trim(state.sequence)
    forgetBatchAnswers(this.#parts.store.database, this.#parts.clock.now() - ANSWERS_KEPT_MS)
  }

  #notAfter(): EpochMs | null {
    if (this.#options.arrivalClock === 'event') return null
    this.#lastArrival = this.#parts.clock.now()
    return this.#lastArrival + FUTURE_MS
  }

  #look(): void {
    this.#lookAtConfiguration()
    this.#lookForUnfilled()
    this.#lookAtClock()
  }

  /** A change goes into the log, so that it takes effect at one place for ever. */
  #lookAtConfiguration(): void {
    if (this.#phase !== 'evaluating') return
    const { database } = this.#parts.store
    const version = configurationVersion(database)
    if (version === this.#configurationVersion) return
    this.#configurationVersion = version
    const configuration = evaluatedRows(database)
    const text = JSON.stringify(configuration)
    if (text === this.#configuration) return
    this.#configuration = text
    this.#backfilling.changed(configuration)
    this.#feed.add({ kind: 'configuration', configuration })
  }

  #lookForUnfilled(): void {
    if (!this.#options.backfill || this.#phase !== 'evaluating' || this.#feed.length > 0) return
    this.#backfilling.look(this.#live.state)
  }

  /** Without datapoints event time goes on with the clock, window by window. */
  #lookAtClock(): void {
    const { idleMs, latenessMs, settings, arrivalClock } = this.#options
    const { latest } = this.#live.state
    const idle = this.#parts.clock.now() - this.#lastArrival
    if (this.#phase !== 'evaluating' || arrivalClock === 'event' || idleMs === null) return
    if (idle < idleMs || !Number.isFinite(latest)) return
    const before = Math.floor((latest + idle - latenessMs) / settings.windowMs)
    if (before <= this.#closedBefore || before <= this.#live.state.detector.windower.firstOpen)
      return
    this.#closedBefore = before
    this.#feed.add({ kind: 'watermark', time: latest + idle })
  }
}
