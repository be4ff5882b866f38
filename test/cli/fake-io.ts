import type { Io, Output } from '../../src/cli/io.ts'
import { run } from '../../src/cli/run.ts'

export interface FakeOutput extends Output {
  text: string
}

export interface FakeIo extends Io {
  stdout: FakeOutput
  stderr: FakeOutput
  /** Moves the clock. */
  pass(ms: number): void
  /** What SIGINT would do; fails if nobody listens. */
  interrupt(): void
  listening: boolean
}

export function fakeOutput(terminal: boolean, columns = 80): FakeOutput {
  const output: FakeOutput = {
    text: '',
    isTerminal: terminal,
    columns,
    write: async (data) => {
      output.text += typeof data === 'string' ? data : Buffer.from(data).toString()
    },
  }
  return output
}

export function fakeIo(
  settings: { terminal?: boolean; columns?: number; env?: Record<string, string> } = {},
): FakeIo {
  const { terminal = false, columns = 80, env = {} } = settings
  let time = 1_000
  let stop: (() => void) | null = null
  return {
    stdout: fakeOutput(terminal, columns),
    stderr: fakeOutput(terminal, columns),
    env,
    now: () => time,
    onStop(handler) {
      stop = handler
      return () => {
        stop = null
      }
    },
    pass(ms) {
      time += ms
    },
    interrupt() {
      if (stop === null) throw new Error('nobody listens for a signal')
      stop()
    },
    get listening() {
      return stop !== null
    },
  }
}

/** Runs a command line; what it printed and how it ended. */
export async function cli(
  ...argv: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const io = fakeIo()
  const code = await run(argv, io)
  return { code, stdout: io.stdout.text, stderr: io.stderr.text }
}

/** The objects of newline-delimited JSON. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
