/**
 * The service over HTTP on loopback, as a process of its own: from the first byte posted to the alarm in the
 * store, latency while models are being built, memory of a large fleet, recovery from SIGKILL.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ML_METRICS } from '../src/domain/metric.ts'
import { DATA_START } from './data.ts'
import { openDatabase } from '../src/store/database.ts'
import { table } from './table.ts'

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url))
const WINDOW_MS = 300_000
const FAILURES = 'aws:num-authorization-failures'
const LIMIT = 1e6

export interface ServeResult {
  what: string
  value: string
  how: string
}

export async function benchServe(quick: boolean): Promise<ServeResult[]> {
  const results: ServeResult[] = []
  for (const model of ['quantile', 'full']) {
    results.push(...(await throughput(model, quick ? 60 : 300)))
  }
  results.push(...(await latency(quick ? 100 : 700)))
  results.push(await memory(quick ? 10_000 : 100_000))
  return results
}

export function serveTable(results: readonly ServeResult[]): string {
  return table(
    ['service', 'measured', 'how'],
    results.map(({ what, value, how }) => [what, value, how]),
  )
}

/** One client streams windows of 500 things in one request; then the process is killed and started again. */
async function throughput(model: string, windows: number): Promise<ServeResult[]> {
  const things = 500
  const serving = await Serving.start(['--model', model, '--checkpoint-interval', '1h'])
  try {
    await serving.prepare()
    const bodies: Buffer[] = []
    for (let window = 0; window < windows; window += 10) {
      const parts = Array.from({ length: 10 }, (_, i) => windowOf(window + i, things, -1))
      bodies.push(Buffer.concat(parts))
    }
    const rows = windows * things * ML_METRICS.length
    bodies.push(windowOf(windows, things, 0), windowOf(windows + 1, 1, -1))
    await serving.post(windowOf(-2, things, -1))
    const began = performance.now()
    console.error(`${model}: posting ${rows} rows`)
    await serving.stream(bodies)
    console.error(`posted in ${(performance.now() - began).toFixed(0)} ms`)
    await serving.alarm(windows)
    const took = performance.now() - began
    await serving.kill()
    const again = performance.now()
    await serving.restart()
    const recovered = performance.now() - again
    const mega = (ms: number): string => `${((rows / ms) * 1e-3).toFixed(2)} M rows/s`
    return [
      {
        what: `POST to stored alarm, ${model}`,
        value: mega(took),
        how: `${rows} rows of NDJSON in one request, 13 learned behaviors and a rule`,
      },
      {
        what: `SIGKILL to ready, ${model}`,
        value: `${(recovered / 1_000).toFixed(2)} s`,
        how: `all ${rows} rows read again from the log (${mega(recovered)}, start included)`,
      },
    ]
  } finally {
    await serving.remove()
  }
}

/** A window of 385 things every 100 ms is 50,000 rows a second; a day of event time passes every 29 s. */
async function latency(windows: number): Promise<ServeResult[]> {
  const things = 385
  const serving = await Serving.start([
    '--model=full',
    '--min-days=1',
    '--min-datapoints=1000',
    '--checkpoint-interval=20s',
  ])
  try {
    await serving.prepare()
    const posted: number[] = []
    const seen = serving.watchEvents()
    const began = performance.now()
    for (let window = 0; window <= windows; window++) {
      const due = began + window * 100
      const body = windowOf(window, things, window % things)
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
      posted.push(performance.now())
      // One after the other: rows of two connections would overtake each other.
      await serving.post(body)
    }
    console.error(`posted in ${(performance.now() - began).toFixed(0)} ms`)
    const rate = (windows * things * ML_METRICS.length) / (performance.now() - began)
    await serving.alarm(windows - 1)
    const times = seen()
    // A window is certain with the first row of the next one.
    const waits = [...times].flatMap(([window, at]) => {
      const cause = posted[window + 1]
      return cause === undefined ? [] : [at - cause]
    })
    waits.sort((a, b) => a - b)
    const at = (share: number): string =>
      `${waits[Math.min(waits.length - 1, Math.floor(waits.length * share))]!.toFixed(0)} ms`
    return [
      {
        what: `POST to stored alarm at ${rate.toFixed(0)} k rows/s`,
        value: `${at(0.5)} / ${at(0.99)} / ${at(0.999)}`,
        how: `p50 / p99 / p99.9 of ${waits.length} alarms, full, models built every 29 s, checkpoints every 20 s`,
      },
    ]
  } finally {
    await serving.remove()
  }
}

async function memory(things: number): Promise<ServeResult> {
  const serving = await Serving.start([
    `--max-things=${things}`,
    '--memory=2GB',
    '--checkpoint-interval=1h',
  ])
  try {
    await serving.prepare()
    for (let window = 0; window < 4; window++) {
      await serving.post(windowOf(window, things, window))
    }
    await serving.alarm(2)
    const bytes = serving.peakBytes()
    return {
      what: `memory, ${things} things x 13 metrics`,
      value: `${(bytes / 2 ** 20).toFixed(0)} MB`,
      how: `peak of the process, --memory 2GB, 4 windows of ${things * 13} rows`,
    }
  } finally {
    await serving.remove()
  }
}

/** All metrics of all things in one window; one thing fails too often. */
function windowOf(window: number, things: number, odd: number): Buffer {
  const time = DATA_START + window * WINDOW_MS
  let text = ''
  for (let thing = 0; thing < things; thing++) {
    for (const [m, { name }] of ML_METRICS.entries()) {
      const noise = ((thing * 7_919 + window * 104_729 + m * 1_299_709) % 9_973) / 9_973
      const value =
        name === FAILURES && thing === odd ? LIMIT : Math.floor(Math.exp(1 + 3 * noise + m / 4))
      text += `{"thing":"device-${String(thing).padStart(6, '0')}","metric":"${name}","timestamp":${time + thing},"value":${value}}\n`
    }
  }
  return Buffer.from(text)
}

class Serving {
  readonly #directory: string
  readonly #argv: readonly string[]
  #child: ChildProcess | null = null
  #url = ''
  #said = ''

  private constructor(argv: readonly string[]) {
    this.#directory = mkdtempSync(join(tmpdir(), 'fleet-detect-bench-serve-'))
    this.#argv = argv
  }

  static async start(argv: readonly string[]): Promise<Serving> {
    const serving = new Serving(argv)
    await serving.restart()
    return serving
  }

  async restart(): Promise<void> {
    this.#said = ''
    const child = spawn(process.execPath, [
      MAIN,
      'serve',
      `--data=${join(this.#directory, 'data')}`,
      '--port=0',
      '--no-auth',
      '--clock=event',
      '--lateness=0s',
      '--max-things=100000',
      ...this.#argv,
    ])
    this.#child = child
    child.stderr.on('data', (text: Buffer) => (this.#said += text.toString()))
    while (!this.#said.includes('ready: recovered')) {
      if (child.exitCode !== null) throw new Error(this.#said)
      await Promise.race([once(child.stderr, 'data'), once(child, 'close')])
    }
    this.#url = /listening on (\S+)/.exec(this.#said)![1]!
  }

  /** A profile that learns everything, and a rule. */
  async prepare(): Promise<void> {
    const learned = ML_METRICS.map(({ name }) => ({
      name: name.slice(4),
      metric: name,
      criteria: { mlDetectionConfig: { confidenceLevel: 'HIGH' } },
    }))
    const rule = {
      name: 'limit',
      metric: FAILURES,
      criteria: { comparisonOperator: 'less-than', value: { count: LIMIT }, durationSeconds: 300 },
    }
    await this.#call('POST', '/security-profiles/bench', { behaviors: [...learned, rule] })
    const target = encodeURIComponent('arn:aws:iot:us-east-1:000000000000:all/things')
    const path = `/security-profiles/bench/targets?securityProfileTargetArn=${target}`
    await this.#call('PUT', path, null)
  }

  async post(body: Buffer): Promise<void> {
    const response = await fetch(`${this.#url}/datapoints`, {
      method: 'POST',
      body: new Uint8Array(body),
      headers: { 'content-type': 'application/x-ndjson' },
    })

    const text = await response.text()
    if (!response.ok || !text.includes('"total":0')) throw new Error(text)
  }

  /** All in one request. */
  async stream(pieces: readonly Buffer[]): Promise<void> {
    const sending = request(`${this.#url}/datapoints?format=ndjson`, { method: 'POST' })
    const answered = once(sending, 'response')
    for (const piece of pieces) if (!sending.write(piece)) await once(sending, 'drain')
    sending.end()
    const [response] = (await answered) as [IncomingMessage]
    const text = (await response.toArray()).join('')
    if (!text.includes('"total":0')) throw new Error(text)
  }

  /** Waits until the alarm of the rule in a window is stored. */
  async alarm(window: number): Promise<void> {
    const database = openDatabase(join(this.#directory, 'data', 'store.db'))
    const time = DATA_START + (window + 1) * WINDOW_MS
    const find = database.prepare(
      "SELECT id FROM violation_events WHERE behavior = 'limit' AND type = 'in-alarm' AND time = ?",
    )
    while (find.get(time) === undefined) await new Promise((resolve) => setTimeout(resolve, 2))
    database.close()
  }

  /** Notes when each window's alarm appears in the store; asked, it stops and tells, by window. */
  watchEvents(): () => Map<number, number> {
    const database = openDatabase(join(this.#directory, 'data', 'store.db'))
    const find = database.prepare<{ id: number; time: number }>(
      "SELECT id, time FROM violation_events WHERE id > ? AND behavior = 'limit' AND type = 'in-alarm'",
    )
    const seen = new Map<number, number>()
    let last = 0
    const look = (): void => {
      for (const { id, time } of find.all(last)) {
        last = Math.max(last, id)
        seen.set(Math.round((time - DATA_START) / WINDOW_MS) - 1, performance.now())
      }
    }
    const timer = setInterval(look, 2)
    return () => {
      look()
      clearInterval(timer)
      database.close()
      return seen
    }
  }

  peakBytes(): number {
    const status = readFileSync(`/proc/${this.#child!.pid}/status`, 'utf8')
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]) * 1_024
  }

  async kill(): Promise<void> {
    const child = this.#child!
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'close')
  }

  async remove(): Promise<void> {
    await this.kill()
    rmSync(this.#directory, { recursive: true, force: true })
  }

  async #call(method: string, path: string, body: object | null): Promise<void> {
    const response = await fetch(this.#url + path, {
      method,
      body: body === null ? null : JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
  }
}
