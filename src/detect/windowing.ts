import type { Chunk } from '../columnar/chunk.ts'
import { DetectError } from '../domain/errors.ts'
import { DAY_MS, type EpochMs } from '../domain/time.ts'
import type { Stretch, StretchCutter } from '../window/stretch.ts'
import type { Windower } from '../window/windower.ts'
import type { Arrival } from './intake.ts'
import type { IntakeObserver } from './ports.ts'

/** How long windows stay open for rows out of order. */
export type Lateness =
  /** Live: so long behind the latest row; what comes later is counted as late. */
  | { kind: 'live'; allowedMs: number }
  /**
   * Replay: the input is in order. Windows stay open as long as memory allows (up to a day), which
   * absorbs disorder; a row that comes later still means that the input must be sorted first. Rows of
   * windows below `closedBefore`, which were closed before the run began, are late all the same; a
   * run that was killed and goes on began where its first process did.
   */
  | { kind: 'replay'; closedBefore?: number }

const SLACK_BYTES = 8 * 1024 * 1024

/** Chunks in, stretches of closed windows out: the stage between decoding and evaluation. */
export class Windowing {
  readonly #windower: Windower
  readonly #cutter: StretchCutter
  readonly #lateness: Lateness
  readonly #observer: IntakeObserver
  readonly #closedBefore: number

  constructor(
    windower: Windower,
    cutter: StretchCutter,
    lateness: Lateness,
    observer: IntakeObserver,
  ) {
    this.#windower = windower
    this.#cutter = cutter
    this.#lateness = lateness
    this.#observer = observer
    this.#closedBefore =
      (lateness.kind === 'replay' ? lateness.closedBefore : undefined) ?? windower.firstOpen
  }

  /** Windows one arrival and closes what has become certain. */
  take(arrival: Arrival, chunk: Chunk | null): Stretch[] {
    if (chunk !== null) this.#fill(arrival, chunk)
    return this.advance(arrival.taken(chunk))
  }

  /** Event time is certain up to `time`: closes the windows before it, less the allowed lateness. */
  advance(time: EpochMs): Stretch[] {
    if (!Number.isFinite(time)) return []
    const { windowMs } = this.#windower
    const boundary = Math.floor((time - this.#allowedMs()) / windowMs)
    const closed = this.#windower.close(boundary)
    return this.#cutter.advance(closed, this.#windower.firstOpen, this.#lateness.kind === 'live')
  }

  /** Hands over what waits for more company; nothing is closed by it. */
  flush(): Stretch[] {
    return this.#cutter.advance([], this.#windower.firstOpen, true)
  }

  /** The input has ended: closes everything. */
  finish(): Stretch[] {
    const last = this.#windower.openPanes.at(-1)
    const boundary = last === undefined ? this.#windower.firstOpen : last.window + 1
    return this.#cutter.advance(this.#windower.close(boundary), boundary, true)
  }

  #fill({ run, bytes }: Arrival, chunk: Chunk): void {
    const { late, lateTime, refused } = this.#windower.fill(chunk)
    this.#observer.chunk(run, chunk, bytes)
    if (refused > 0) this.#observer.refused(refused)
    if (late === 0) return
    const closedBefore = this.#closedBefore * this.#windower.windowMs
    if (this.#lateness.kind === 'replay' && !(lateTime < closedBefore)) {
      throw new DetectError(
        'unsorted',
        `${run.name} is not in time order: a row of ${new Date(lateTime).toISOString()} follows after its window was closed`,
      )
    }
    this.#observer.late(run, late)
  }

  #allowedMs(): number {
    if (this.#lateness.kind === 'live') return this.#lateness.allowedMs
    const { windowMs, paneBytes } = this.#windower
    const panes = Math.floor(SLACK_BYTES / Math.max(1, paneBytes))
    return Math.min(DAY_MS, panes * windowMs)
  }
}
