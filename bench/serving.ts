import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ML_METRICS } from '../src/domain/metric.ts'
import { openDatabase } from '../src/store/database.ts'
import { DATA_START } from './days.ts'

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url))
const WINDOW_MS = 300_000
const FAILURES = 'aws:num-authorization-failures'
const LIMIT = 1e6

/** All metrics of all things in one window; one thing fails too often. */
export function windowOf(window: number, things: number, odd: number): Buffer {
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

/** A service as a process of its own, in a directory that goes with it. */
export class Serving {
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
    await this.#call('POST', '/security-profiles/bench', { behaviors: behaviors() })
    const target = encodeURIComponent('arn:aws:iot:us-east-1:000000000000:all/things')
    const path = `/security-profiles/bench/targets?securityProfileTargetArn=${target}`
    await this.#call('PUT', path, null)
  }

  /** The same profile, with a second rule or without it again. */
  async change(more: boolean): Promise<void> {
    await this.#call('PATCH', '/security-profiles/bench', { behaviors: behaviors(more) })
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

function behaviors(more = false): object[] {
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
  return [...learned, rule, ...(more ? [{ ...rule, name: 'second' }] : [])]
}
