/**
 * `npm run bench:api -- [--things N] [--events N] [--calls N]`: how long each kind of call takes over HTTP on
 * loopback, signatures checked, one call after the other on one connection, while that much is stored.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createApi } from '../../src/api/api.ts'
import { DEFAULT_LIMITS } from '../../src/api/limits.ts'
import { openStore } from '../../src/store/store.ts'
import { table } from '../table.ts'
import { kindsOf } from './calls.ts'
import { type SignedCall, signCalls } from './signed-calls.ts'
import { storeFleet } from './stored-fleet.ts'

const KEY = {
  accessKeyId: 'AKIABENCH',
  secretAccessKey: 'the-secret-of-the-bench',
  access: 'admin',
} as const
const WARM_UP = 50

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      things: { type: 'string', default: '100000' },
      events: { type: 'string', default: '1000000' },
      calls: { type: 'string', default: '1000' },
    },
  })
  const fleet = {
    things: Number(values.things),
    events: Number(values.events),
    profiles: 20,
    groups: 50,
  }
  const directory = mkdtempSync(join(tmpdir(), 'fleet-detect-api-'))
  const store = openStore(directory)
  const server = createApi({
    store,
    engine: {
      configurationChanged() {},
      trainingSummaries: () => [],
      metricValues: () => Promise.resolve([]),
    },
    own: [],
    identity: { region: 'eu-west-1', account: '123456789012' },
    keys: [KEY],
    tls: null,
    clock: { now: () => Date.now() },
    uuid: () => crypto.randomUUID(),
    limits: { ...DEFAULT_LIMITS, rate: { perSecond: 1e9, burst: 1e9 } },
    report: (error) => console.error(error),
  })
  try {
    const began = performance.now()
    storeFleet(store.database, fleet)
    const megabytes = Math.round(statSync(join(directory, 'store.db')).size / 1e6)
    const seconds = ((performance.now() - began) / 1_000).toFixed(0)
    console.error(`stored in ${seconds} s, ${megabytes} MB`)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const rows: string[][] = []
    for (const kind of kindsOf(fleet)) {
      const count = Number(values.calls) + WARM_UP
      const commands = Array.from({ length: count }, (_, i) => kind.command(i))
      const calls = await signCalls(commands, endpoint, KEY)
      await times(calls.slice(0, WARM_UP), endpoint)
      const before = process.cpuUsage()
      const taken = await times(calls.slice(WARM_UP), endpoint)
      const { user, system } = process.cpuUsage(before)
      rows.push(figures(kind.name, taken, (user + system) / 1_000 / taken.length))
      console.error(kind.name)
    }
    const resident = Math.round(process.memoryUsage.rss() / 1e6)
    console.log(table(['', 'CPU ms', 'p50 ms', 'p99 ms', 'p99.9 ms', ''], rows))
    console.log(`${resident} MB resident, the client and the calls it signed ahead included`)
  } finally {
    server.closeAllConnections()
    server.close()
    store.close()
    rmSync(directory, { recursive: true })
  }
}

/** Milliseconds of each call, from its first byte to its answer's last. */
async function times(calls: readonly SignedCall[], endpoint: string): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const taken: number[] = []
  for (const { method, path, headers, body } of calls) {
    const began = performance.now()
    const asked = request(endpoint + path, { method, headers, agent })
    asked.end(body)
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    answer.resume()
    await once(answer, 'end')
    taken.push(performance.now() - began)
    if (answer.statusCode !== 200) throw new Error(`${method} ${path}: ${answer.statusCode}`)
  }
  agent.destroy()
  return taken
}

/** The processor's time is the server's and its client's together. */
function figures(name: string, taken: readonly number[], cpu: number): string[] {
  const sorted = [...taken].sort((a, b) => a - b)
  const at = (share: number): string =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(2)
  return [name, cpu.toFixed(2), at(0.5), at(0.99), at(0.999), '']
}

await main()
