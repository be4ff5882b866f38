import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
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

/** What the first start has to say. */
export interface ServeStart {
  url: string
  /** Keys just made, to be shown once. */
  made: AccessKey | null
}

/** Requests under way may take so long to come to their end when the service stops. */
const GRACE_MS = 10_000

/**
 * The service: listens at once, recovers, evaluates, until `stop` is raised. Then nobody new is let in, what is under
 * way is finished, and a checkpoint written.
 */
export async function serve(
  options: ServeOptions,
  reporter: RespondingReporter,
  stop: AbortSignal,
  started: (start: ServeStart) => Promise<void>,
): Promise<void> {
  const { data, tls, settings } = { ...options, settings: settingsOf(options) }
  const store = openStore(data)
  const pool = new WorkerPool(options.threads, 1)
  let service: Service | null = null
  let responses: Responding | null = null
  try {
    responses = await responding(store, options.responding, () => service!, reporter)
    const tell = (message: string): void => reporter.note(message)
    service = new Service(
      { ...options, directory: data, settings },
      { store, pool, clock: systemClock, responder: responses.responder, tell },
    )
    const { keys, made } = options.open
      ? { keys: null, made: null }
      : loadAccessKeys(data, (size) => randomBytes(size))
    const server = createApi({
      store,
      engine: service.engine,
      own: [...service.routes, ...responses.routes],
      identity: options.identity,
      keys,
      clock: systemClock,
      uuid: () => randomUUID(),
      limits: options.limits ?? DEFAULT_LIMITS,
      tls: tls === null ? null : { cert: readTls(tls.cert), key: readTls(tls.key) },
      report: (error, requestId) => {
        reporter.warn(`request ${requestId} failed: ${(error as Error).stack ?? String(error)}`)
      },
    })
    server.listen(options.port, options.host)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await started({
      url: `${tls === null ? 'http' : 'https'}://${hostOf(options.host)}:${port}`,
      made,
    })
    const running = service
    const answering = responses
    const evaluated = running.run(() => {
      reporter.note('ready: recovered and evaluating')
      answering.start()
      for (const run of inputRuns(options, stop, reporter)) {
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

function inputRuns(options: ServeOptions, stop: AbortSignal, reporter: Reporter): InputRun[] {
  const { inputs, format } = options
  const note = (message: string): void => reporter.note(message)
  return inputs.map((input) =>
    input === '-' ? stdinRun(format, { stop, note }) : followRun(input, format, stop, note),
  )
}

function readTls(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new DetectError('usage', `${path}: ${(error as Error).message}`, { cause: error })
  }
}

function hostOf(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
