import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type { Program } from './program.ts'

/** A `serve` process that listens on a port of its own choice. */
export class ServeProcess {
  readonly url: string
  readonly #child: ChildProcessWithoutNullStreams
  readonly #output: () => { stdout: string; stderr: string }

  private constructor(
    child: ChildProcessWithoutNullStreams,
    url: string,
    output: () => { stdout: string; stderr: string },
  ) {
    this.#child = child
    this.url = url
    this.#output = output
  }

  /** Resolves when it listens; it may still be recovering. */
  static async start(program: Program, argv: readonly string[]): Promise<ServeProcess> {
    const child = program.start(['serve', '--port', '0', ...argv])
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    for (;;) {
      const [, url] = /listening on (https?:\/\/[^\s"]+)/.exec(stderr) ?? []
      if (url !== undefined) return new ServeProcess(child, url, () => ({ stdout, stderr }))
      if (hasEnded(child)) {
        throw new Error(`serve ended with ${child.exitCode ?? child.signalCode}: ${stderr}`)
      }
      await Promise.race([once(child.stderr, 'data'), once(child, 'close')])
    }
  }

  get stdin(): Writable {
    return this.#child.stdin
  }

  get stdout(): string {
    return this.#output().stdout
  }

  get stderr(): string {
    return this.#output().stderr
  }

  /** Resolves when it evaluates what it is sent. */
  async ready(): Promise<void> {
    while (!/ready: recovered/.test(this.stderr)) {
      if (hasEnded(this.#child)) throw new Error(`serve ended: ${this.stderr}`)
      await Promise.race([once(this.#child.stderr, 'data'), once(this.#child, 'close')])
    }
  }

  async post(body: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}/datapoints`, { method: 'POST', body, headers })
  }

  /** One of AWS's operations. */
  async call(method: string, path: string, body: object | null = null): Promise<unknown> {
    const response = await fetch(this.url + path, {
      method,
      ...(body === null
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? {} : (JSON.parse(text) as unknown)
  }

  /** Ends it, and waits until it has: SIGTERM lets it finish. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const closed = once(this.#child, 'close')
    if (hasEnded(this.#child)) return this.#child.exitCode
    this.#child.kill(signal)
    const [code] = (await closed) as [number | null]
    return code
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcessWithoutNullStreams): boolean {
  return exitCode !== null || signalCode !== null
}
