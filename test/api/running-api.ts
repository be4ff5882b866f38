import type { AddressInfo } from 'node:net'
import { IoTClient } from '@aws-sdk/client-iot'
import type { AccessKey } from '../../src/api/access-keys.ts'
import { type ApiParts, createApi } from '../../src/api/api.ts'
import type { Engine } from '../../src/api/engine.ts'
import { DEFAULT_LIMITS } from '../../src/api/limits.ts'
import { openMemoryStore, type Store } from '../../src/store/store.ts'

export const ADMIN: AccessKey = {
  accessKeyId: 'AKIATESTADMIN',
  secretAccessKey: 'secret-of-the-admin-key',
  access: 'admin',
}
export const READER: AccessKey = {
  accessKeyId: 'AKIATESTREADER',
  secretAccessKey: 'secret-of-the-reader-key',
  access: 'read-only',
}
export const IDENTITY = { region: 'eu-west-1', account: '123456789012' }

export interface RunningApi {
  store: Store
  port: number
  endpoint: string
  /** The SDK's client, signing with a key. */
  client(key?: AccessKey): IoTClient
  /** Errors that were the server's own fault. */
  faults: unknown[]
  /** How often evaluation was told that something changed. */
  changes(): number
  close(): Promise<void>
}

/** An evaluation that knows nothing. */
export const IDLE_ENGINE: Engine = {
  configurationChanged() {},
  trainingSummaries: () => [],
  metricValues: () => Promise.resolve([]),
}

/** The API over real HTTP on loopback, with a store in memory and, unless given, the real clock. */
export async function runApi(parts: Partial<ApiParts> = {}): Promise<RunningApi> {
  const store = parts.store ?? openMemoryStore()
  const faults: unknown[] = []
  let changes = 0
  let ids = 0
  const engine = parts.engine ?? IDLE_ENGINE
  const server = createApi({
    own: [],
    identity: IDENTITY,
    keys: [ADMIN, READER],
    tls: null,
    clock: { now: () => Date.now() },
    uuid: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
    limits: DEFAULT_LIMITS,
    report: (error) => faults.push(error),
    ...parts,
    store,
    engine: {
      ...engine,
      configurationChanged() {
        changes++
        engine.configurationChanged()
      },
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const endpoint = `http://127.0.0.1:${port}`
  const clients: IoTClient[] = []
  return {
    store,
    port,
    endpoint,
    faults,
    changes: () => changes,
    client(key = ADMIN) {
      const { accessKeyId, secretAccessKey } = key
      const client = new IoTClient({
        endpoint,
        region: IDENTITY.region,
        credentials: { accessKeyId, secretAccessKey },
        maxAttempts: 1,
      })
      clients.push(client)
      return client
    },
    async close() {
      for (const client of clients) client.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      store.close()
    },
  }
}
