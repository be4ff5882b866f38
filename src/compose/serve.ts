import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createSecureContext } from 'node:tls'
import { followRun, stdinRun } from '../adapters/live.ts'
import { type AccessKey, loadAccessKeys } from '../api/access-keys.ts'
import { createApi } from '../api/api.ts'
import { DEFAULT_LIMITS, type Limits } from '../api/limits.ts'
import { WorkerPool } from '../detect/pool.ts'
import type { InputRun } from '../detect/ports.ts'
import type { Identity } from '../domain/arn.ts'
import { DetectError } from '../domain/errors.ts'
import type { Format } from '../formats/sniff.ts'
import { Service, type ServiceOptions } from '../service/service.ts'
import type { ModelName } from '../stats/model-kinds.ts'
import { openStore } from '../store/store.ts'
import { keepTraining } from './kept-training.ts'
import type { Reporter } from './options.ts'
import {
  type Responding,
  responding,
  type RespondingReporter,
  type RespondingSettings,
} from './responding.ts'
import { BATCH_ROWS, QUANTILES, systemClock } from './session.ts'

export interface ServeOptions {
  /** The data directory. */
  data: string
  host: string
  /** 0: any that is free. */
  port: number
  identity: Identity
  /** Whoever reaches it is an admin. */
  open: boolean
  tls: { cert: string; key: string } | null
  /** What one client of the API may take; default: DEFAULT_LIMITS. */
  limits?: Limits
  windowMs: number
  latenessMs: number
  idleMs: number | null
  checkpointMs: number
  retainDays: number
  arrivalClock: ServiceOptions['arrivalClock']
  backfill: boolean
  model: ModelName
  minDays: number
  minDatapoints: number
  maxThings: number
  threads: number
  /** Files to follow, `-` for standard input, beside what is posted. */
  inputs: readonly string[]
  format: Format | null
  responding: RespondingSettings
  batchRows?: number
}

/** What a start has to say. */
export interface ServeStart {
  /** Keys just made, to be shown this once: before anything else can fail. */
  made: (key: AccessKey) => Promise<void>
  listening: (url: string) => void
}

/** Requests under way may take so long to come to their end when the service stops. */
const GRACE_MS = 10_000
/** Of the ingest log, between two checkpoints. */
const CHECKPOINT_BYTES: number = 2 * 1024 ** 3

/**
 * The service: listens at once, recovers, evaluates, until `stop` is raised. Then nobody new is let in, what is under
 * way is finished, and a checkpoint written.
 */
export async function serve(
  options: ServeOptions,
  reporter: RespondingReporter,
  stop: AbortSignal,
  start: ServeStart,
): Promise<void> {
  const { data, settings } = { ...options, settings: settingsOf(options) }
  const tls = options.tls === null ? null : readTls(options.tls)
  const store = openStore(data)
  keepTraining(store.database, options)
  const pool = new WorkerPool(options.threads, 1)
  let service: Service | null = null
  let responses: Responding | null = null
  try {
    responses = await responding(store, options.responding, () => service!, reporter)
    const tell = (message: string): void => reporter.note(message)
    service = new Service(
      { ...options, directory: data, settings, checkpointBytes: CHECKPOINT_BYTES },
      { store, pool, clock: systemClock, responder: responses.responder, tell },
    )
    const { keys, made } = options.open
      ? { keys: null, made: null }
      : loadAccessKeys(data, (size) => randomBytes(size))
    if (made !== null) await start.made(made)
    const server = createApi({
      store,
      engine: service.engine,
      own: [...service.routes, ...responses.routes],
      identity: options.identity,
      keys,
      clock: systemClock,
      uuid: () => randomUUID(),
      limits: options.limits ?? DEFAULT_LIMITS,
      tls,
      report: (error, requestId) => {
        reporter.warn(`request ${requestId} failed: ${(error as Error).stack ?? String(error)}`)
      },
    })
    server.listen(options.port, options.host)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    start.listening(`${tls === null ? 'http' : 'https'}://${hostOf(options.host)}:${port}`)
    const running = service
    const answering = responses
    const evaluated = running.run(() => {
      reporter.note('ready: recovered and evaluating')
      answering.start()
      for (const run of inputRuns(options, running, stop, reporter)) {
        running.follow(run).catch((error: unknown) => {
          reporter.warn(`${run.name} is read no further: ${(error as Error).message}`)
        })
      }
    })
    const stopping = new Promise<void>((resolve) => {
      stop.addEventListener('abort', () => resolve())
      if (stop.aborted) resolve()
    })
    // Evaluation that fails ends it all, at once.
    await Promise.race([stopping, evaluated])
    running.refuse()
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeIdleConnections()
    const grace = setTimeout(() => server.closeAllConnections(), GRACE_MS)
    await closed
    clearTimeout(grace)
    running.stop()
    await evaluated
  } finally {
    await responses?.stop()
    await service?.close()
    await pool.close()
    store.close()
  }
}

function settingsOf(options: ServeOptions): ServiceOptions['settings'] {
  return {
    windowMs: options.windowMs,
    training: {
      modelKind: options.model,
      minDays: options.minDays,
      minDatapoints: options.minDatapoints,
      quantiles: QUANTILES,
    },
    batchRows: options.batchRows ?? BATCH_ROWS,
    maxThings: options.maxThings,
    learnOnly: false,
    maintenance: [],
  }
}

/** Files go on from where they were read to; what comes through a pipe is new each time. */
function inputRuns(
  { inputs, format }: ServeOptions,
  service: Service,
  stop: AbortSignal,
  reporter: Reporter,
): InputRun[] {
  const note = (message: string): void => reporter.note(message)
  return inputs.map((input) =>
    input === '-'
      ? stdinRun(format, { stop, note })
      : followRun(input, format, service.followed(input), stop, note),
  )
}

/** A certificate and its key, which are known to fit. */
function readTls(paths: { cert: string; key: string }): { cert: Buffer; key: Buffer } {
  const read = (option: string, path: string, context: (text: Buffer) => object): Buffer => {
    try {
      const text = readFileSync(path)
      createSecureContext(context(text))
      return text
    } catch (error) {
      const { message } = error as Error
      throw new DetectError('usage', `${option} ${path}: ${message}`, { cause: error })
    }
  }
  const cert = read('--tls-cert', paths.cert, (text) => ({ cert: text }))
  return { cert, key: read('--tls-key', paths.key, (text) => ({ cert, key: text })) }
}

function hostOf(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
