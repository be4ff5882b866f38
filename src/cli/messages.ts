import type { Reporter } from '../compose.ts'
import type { Progress } from '../detect/progress.ts'
import { formatProblem, type Problem } from '../domain/problem.ts'
import type { Io } from './io.ts'
import { formatProgress, Pace, timeLeft } from './progress-line.ts'
import { shortened } from './table.ts'

export interface MessageSettings {
  quiet: boolean
  logFormat: 'text' | 'json'
}

type Level = 'info' | 'warning' | 'error'

/** Where stderr is no terminal, progress is a line each so many milliseconds. */
const PLAIN_PROGRESS_MS = 10_000
const CLEAR_LINE = '\r\u001b[K'

/**
 * All that is said to people, on stderr: lines of text with a progress line that stays in place on a
 * terminal, or an object of JSON per line.
 */
export class Messages implements Reporter {
  readonly #io: Io
  readonly #settings: MessageSettings
  readonly #started: number
  readonly #pace: Pace = new Pace()
  /** Whether the cursor stands behind a progress line. */
  #inLine = false
  #lastProgress: number
  #lineAllowed = true

  constructor(io: Io, settings: MessageSettings) {
    this.#io = io
    this.#settings = settings
    this.#started = io.now()
    this.#lastProgress = this.#started
  }

  get quiet(): boolean {
    return this.#settings.quiet
  }

  /** No progress line on a terminal that shows results line by line. */
  stdoutCarriesLines(): void {
    if (this.#io.stdout.isTerminal) this.#lineAllowed = false
  }

  progress(progress: Progress): void {
    const elapsedMs = this.#io.now() - this.#started
    const rowsPerSecond = this.#pace.mark(elapsedMs, progress.rows)
    const fields = { ...progress, rowsPerSecond, elapsedMs, leftMs: timeLeft(progress, elapsedMs) }
    this.#show(formatProgress(progress, rowsPerSecond, elapsedMs), fields)
  }

  /** Progress of work that is not a run. */
  status(text: string, fields: Readonly<Record<string, unknown>>): void {
    this.#show(text, fields)
  }

  note(message: string): void {
    if (this.#settings.quiet) return
    this.#line('info', 'note', message, { message })
  }

  warn(message: string): void {
    this.#line('warning', 'warning', `warning: ${message}`, { message })
  }

  /** `more` follows on lines of its own. */
  error(message: string, more: Readonly<Record<string, string>> = {}): void {
    const text = [`error: ${message}`, ...Object.values(more)].join('\n')
    this.#line('error', 'error', text, { message, ...more })
  }

  problem(problem: Problem): void {
    const { severity, ...fields } = problem
    this.#line(severity, 'problem', formatProblem(problem), fields)
  }

  /** What was asked for by name is said, quiet or not. */
  alarm(message: string, fields: Readonly<Record<string, unknown>>): void {
    this.#line('info', 'alarm', message, { message, ...fields })
  }

  /** The result of the whole, at its end: as lines, or as one object. */
  summary(lines: readonly string[], fields: Readonly<Record<string, unknown>>): void {
    if (this.#settings.quiet) return
    this.#line('info', 'summary', lines.join('\n'), fields)
  }

  /** Takes a progress line off the screen. */
  clear(): void {
    if (!this.#inLine) return
    this.#write(CLEAR_LINE)
    this.#inLine = false
  }

  #show(text: string, fields: Readonly<Record<string, unknown>>): void {
    const { quiet, logFormat } = this.#settings
    const { stderr } = this.#io
    if (quiet) return
    if (stderr.isTerminal && logFormat === 'text' && this.#lineAllowed) {
      this.#write(`${CLEAR_LINE}${shortened(text, stderr.columns - 1)}`)
      this.#inLine = true
      return
    }
    const now = this.#io.now()
    if (now - this.#lastProgress < PLAIN_PROGRESS_MS) return
    this.#lastProgress = now
    this.#line('info', 'progress', text, fields)
  }

  #line(level: Level, kind: string, text: string, fields: Readonly<Record<string, unknown>>): void {
    this.clear()
    const json = this.#settings.logFormat === 'json'
    this.#write(`${json ? JSON.stringify({ level, kind, ...fields }) : text}\n`)
  }

  /** Nobody listening is no failure. */
  #write(text: string): void {
    this.#io.stderr.write(text).catch(() => {})
  }
}
