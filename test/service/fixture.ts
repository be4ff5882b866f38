import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { createApi } from '../../src/api/api.ts'
import { DEFAULT_LIMITS } from '../../src/api/limits.ts'
import { WorkerPool } from '../../src/detect/pool.ts'
import type { BatchAnswer } from '../../src/service/batch-answer.ts'
import { Service, type ServiceOptions, type ServiceParts } from '../../src/service/service.ts'
import { openStore, type Store } from '../../src/store/store.ts'

export const WINDOW_MS: number = 300_000

export interface Reading {
  thing: string
  metric: string
  time: number
  value: number
}

export function ndjson(readings: readonly Reading[]): string {
  return readings
    .map(({ thing, metric, time, value }) =>
      JSON.stringify({ thing, metric, timestamp: time, value }),
    )
    .join('\n')
}

type FixtureOptions = Partial<ServiceOptions> & {
  training?: Partial<ServiceOptions['settings']['training']>
}

/** A service in this process, with its HTTP server, on a directory of its own. */
export class Fixture {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'fleet-detect-service-'))
  readonly #pool: WorkerPool
  readonly #options: FixtureOptions
  readonly #responder: ServiceParts['responder']
  readonly #modelKind: string
  /** The arrival clock. */
  now: number = Date.UTC(2026, 0, 5)
  service!: Service
  store!: Store
  url = ''
  said: string[] = []
  #server: Server | null = null
  #running: Promise<void> = Promise.resolve()

  constructor(
    pool: WorkerPool,
    options: FixtureOptions = {},
    responder: ServiceParts['responder'] = { respond: () => {}, committed: () => {} },
    modelKind = 'quantile',
  ) {
    this.#pool = pool
    this.#options = options
    this.#modelKind = modelKind
    this.#responder = responder
  }

  async start(): Promise<void> {
    this.store = openStore(this.directory)
    this.service = new Service(
      {
        directory: this.directory,
        latenessMs: 0,
        idleMs: null,
        checkpointMs: 1e9,
        checkpointBytes: Number.POSITIVE_INFINITY,
        retainDays: 14,
        arrivalClock: 'event',
        backfill: false,
        ...this.#options,
        settings: {
          windowMs: WINDOW_MS,
          training: {
            modelKind: this.#modelKind,
            minDays: 1,
            minDatapoints: 100,
            quantiles: [0.99, 0.999, 0.9999],
            ...this.#options.training,
          },
          batchRows: 100_000,
          maxThings: 1_000,
          learnOnly: false,
          maintenance: [],
          ...this.#options.settings,
        },
      },
      {
        store: this.store,
        pool: this.#pool,
        clock: { now: () => this.now },
        responder: this.#responder,
        tell: (message) => this.said.push(message),
      },
    )
    const server = createApi({
      store: this.store,
      engine: this.service.engine,
      own: this.service.routes,
      identity: { region: 'eu-west-1', account: '123456789012' },
      keys: null,
      tls: null,
      clock: { now: () => this.now },
      uuid: () => '00000000-0000-4000-8000-000000000000',
      limits: DEFAULT_LIMITS,
      report: (error) => this.said.push(String(error)),
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await new Promise<void>((resolve, reject) => {
      this.#running = this.service.run(resolve)
      this.#running.catch(reject)
    })
  }

  /** What has been posted goes through; a checkpoint is written. */
  async stop(): Promise<void> {
    this.#server?.closeAllConnections()
    this.#server?.close()
    this.service.refuse()
    this.service.stop()
    await this.#running
    await this.service.close()
    this.store.close()
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  async remove(): Promise<void> {
    rmSync(this.directory, { recursive: true, force: true })
  }

  async send(body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}/datapoints`, { method: 'POST', body, headers })
  }

  async post(readings: readonly Reading[], key?: string): Promise<BatchAnswer> {
    const response = await this.send(
      ndjson(readings),
      key === undefined ? {} : { 'Idempotency-Key': key },
    )
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
    return (await response.json()) as BatchAnswer
  }

  /** Writes a profile and what it is attached to, as the API does. */
  putProfile(name: string, behaviors: readonly object[], targets: readonly string[]): void {
    const { database } = this.store
    database.transaction(() => {
      const put = database.prepare(
        `INSERT INTO security_profiles (name, version, behaviors_json, alert_targets_json,
           metrics_to_retain_json, metrics_to_retain_v2_json, created, modified)
         VALUES (?, 1, ?, '{}', '[]', '[]', ?, ?)
         ON CONFLICT (name) DO UPDATE SET behaviors_json = excluded.behaviors_json`,
      )
      put.run(name, JSON.stringify(behaviors), this.now, this.now)
      database.prepare('DELETE FROM profile_targets WHERE profile = ?').run(name)
      for (const target of targets) {
        database.prepare('INSERT INTO profile_targets VALUES (?, ?, ?)').run(name, target, this.now)
      }
    })
    this.service.engine.configurationChanged()
  }

  /** Puts things into a group, which is made when it is not there. */
  putMembers(group: string, things: readonly string[], parent: string | null = null): void {
    const { database } = this.store
    database.transaction(() => {
      database
        .prepare(
          `INSERT INTO thing_groups (name, id, version, parent, attributes_json, created)
           VALUES (?, ?, 1, ?, '{}', 0) ON CONFLICT DO NOTHING`,
        )
        .run(group, group, parent)
      database.prepare('DELETE FROM group_members WHERE group_name = ?').run(group)
      for (const thing of things) {
        this.putThing(thing)
        database.prepare('INSERT INTO group_members VALUES (?, ?, 0)').run(group, thing)
      }
    })
    this.service.engine.configurationChanged()
  }

  putThing(thing: string): void {
    this.store.database
      .prepare(
        `INSERT INTO things (name, id, version, attributes_json, created)
         VALUES (?, ?, 1, '{}', 0) ON CONFLICT DO NOTHING`,
      )
      .run(thing, thing)
    this.service.engine.configurationChanged()
  }

  sql(text: string, ...values: (string | number)[]): Record<string, unknown>[] {
    return this.store.database.prepare<Record<string, unknown>>(text).all(...values)
  }

  /** Events so far, in short. */
  events(): string[] {
    return this.sql(
      'SELECT * FROM violation_events ORDER BY time, profile, behavior, thing, id',
    ).map(
      ({ profile, behavior, thing, type, time }) =>
        `${String(profile)}/${String(behavior)} ${String(thing)} ${String(type)} ${Number(time)}`,
    )
  }
}

export function rule(name: string, metric: string, count: number, more: object = {}): object {
  return {
    name,
    metric,
    criteria: { comparisonOperator: 'less-than', value: { count }, durationSeconds: 300 },
    ...more,
  }
}

/** Gives each test of a file a running service of its own; they share the threads. */
export function serveEachTest(
  threads: number,
  given: (fixture: Fixture, pool: WorkerPool) => void,
): void {
  let pool: WorkerPool
  let fixture: Fixture
  beforeAll(() => {
    pool = new WorkerPool(threads)
  })
  afterAll(() => pool.close())
  beforeEach(async () => {
    fixture = new Fixture(pool)
    await fixture.start()
    given(fixture, pool)
  })
  afterEach(async () => {
    await fixture.stop()
    await fixture.remove()
  })
}
