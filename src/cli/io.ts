/** A stream to write to, as commands see it. */
export interface Output {
  /** Resolves when the bytes may be used again. */
  write(data: string | Uint8Array): Promise<void>
  isTerminal: boolean
  /** Width of the terminal; some readable width where there is none. */
  columns: number
}

/** All that the command line touches of the process, so that tests can stand in for it. */
export interface Io {
  stdout: Output
  stderr: Output
  env: Readonly<Record<string, string | undefined>>
  /** Milliseconds from any fixed moment: for rates and the time left, never for results. */
  now(): number
  /** Calls back on SIGINT and SIGTERM; returns how to end that. A second signal ends the process. */
  onStop(stop: () => void): () => void
}

/** Whether writing failed because the reader went away, as `head` does. */
export function isBrokenPipe(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (error as NodeJS.ErrnoException).code === 'EPIPE' || isBrokenPipe(error.cause)
}
