#!/usr/bin/env node
import { EXIT_FAILURE, EXIT_SUCCESS } from './command.ts'
import { type Io, isBrokenPipe, type Output } from './io.ts'
import { run } from './run.ts'
import { LINE_WIDTH } from './table.ts'

function outputTo(stream: NodeJS.WriteStream): Output {
  return {
    write: (data) =>
      new Promise((resolve, reject) => {
        stream.write(data, (error) => (error ? reject(error) : resolve()))
      }),
    isTerminal: stream.isTTY,
    // Windows are resized; some terminals say that they have no width.
    get columns() {
      return stream.columns > 0 ? stream.columns : LINE_WIDTH
    },
  }
}

function onStop(stop: () => void): () => void {
  let asked = false
  const heed = (): void => {
    if (asked) process.exit(EXIT_INTERRUPTED)
    asked = true
    stop()
  }
  for (const signal of STOP_SIGNALS) process.on(signal, heed)
  return () => {
    for (const signal of STOP_SIGNALS) process.off(signal, heed)
  }
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const
/** As shells report a process that SIGINT ended. */
const EXIT_INTERRUPTED = 130

const io: Io = {
  stdout: outputTo(process.stdout),
  stderr: outputTo(process.stderr),
  env: process.env,
  now: () => performance.now(),
  onStop,
}

// A pipeline writes on many paths; whichever meets the closed pipe first, the answer is the same.
process.stdout.on('error', (error) => {
  if (isBrokenPipe(error)) process.exit(EXIT_SUCCESS)
  process.stderr.write(`error: standard output: ${error.message}\n`)
  process.exit(EXIT_FAILURE)
})
process.stderr.on('error', () => {})

const code = await run(process.argv.slice(2), io)
// Not left to the event loop: a standard input nobody reads to its end would keep the process alive.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
