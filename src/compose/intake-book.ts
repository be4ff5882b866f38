import { OutputFile } from '../adapters/output-file.ts'
import type { Chunk } from '../columnar/chunk.ts'
import type { InputRun, IntakeObserver } from '../detect/ports.ts'
import type { Progress } from '../detect/progress.ts'
import type { RejectReason } from '../domain/reject.ts'
import type { Reporter, ShownReject } from './options.ts'

/** Refused rows shown in the summary. */
const SHOWN = 5

/** Keeps the books of what comes in: rows, bytes, refused rows and where they stood. */
export class IntakeBook implements IntakeObserver {
  readonly shown: ShownReject[] = []
  readonly #progress: Progress
  readonly #reporter: Reporter
  readonly #file: OutputFile | null
  /** Lines read so far, by run. */
  readonly lines: Record<string, number>
  #warnedOfRefusal = false

  constructor(
    progress: Progress,
    reporter: Reporter,
    rejects: { path: string; length: number } | null,
    lines: Record<string, number>,
  ) {
    this.#progress = progress
    this.#reporter = reporter
    this.#file = rejects === null ? null : new OutputFile(rejects.path, rejects.length)
    this.lines = lines
  }

  chunk(run: InputRun, chunk: Chunk, bytes: number, digested: number): void {
    this.#progress.rows += chunk.rows + digested
    this.#progress.bytes += bytes
    const before = this.lines[run.name] ?? run.skippedLines
    this.lines[run.name] = before + chunk.lines
    const { rejected } = this.#progress
    for (const [reason, count] of Object.entries(chunk.rejects.counts)) {
      const key = reason as RejectReason
      rejected[key] = (rejected[key] ?? 0) + count
    }
    for (const { line, reason, detail, text } of chunk.rejects.rows) {
      const row = { run: run.name, line: before + line, reason, detail, text }
      if (this.shown.length < SHOWN) this.shown.push(row)
      this.#file?.append(
        Buffer.from(`${JSON.stringify({ file: row.run, ...row, run: undefined })}\n`),
      )
    }
  }

  late(_run: InputRun, rows: number): void {
    this.#progress.late += rows
  }

  refused(rows: number): void {
    this.#progress.refused += rows
    if (this.#warnedOfRefusal) return
    this.#warnedOfRefusal = true
    this.#reporter.warn(
      'the fleet has more things than there is room for (--max-things, --memory, or a smaller --model): rows of further things are refused',
    )
  }

  flush(): number {
    return this.#file?.flush() ?? 0
  }

  close(): void {
    this.#file?.close()
  }
}
