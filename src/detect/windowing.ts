import { DetectError } from '../domain/errors.ts'
import { DAY_MS, type EpochMs } from '../domain/time.ts'
import type { Stretch, StretchCutter } from '../window/stretch.ts'
import type { Decoded } from '../tasks/segment.ts'
import type { Windower } from '../window/windower.ts'
import type { Arrival } from './intake.ts'
import type { InputRun, IntakeObserver } from './ports.ts'

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

  /** Whether what came as digests can stand as it is; else it must be decoded into rows. */
  accepts({ chunk, digests }: Decoded): boolean {
    if (digests.length === 0) return true
    const { windowMs, limit, things } = this.#windower
    const first = digests[0]!.firstWindow
    const end = digests.at(-1)!.endWindow
    return (
      this.#windower.firstOpen <= first &&
      this.#windower.openPanes.every((pane) => pane.window < first) &&
      end * windowMs <= limit &&
      things.hasRoom(chunk.things.count)
    )
  }

  /** Windows one arrival and closes what has become certain. */
  take(arrival: Arrival, decoded: Decoded | null): Stretch[] {
    if (decoded === null) return this.advance(arrival.taken(null))
    const stretches = [...this.#fill(arrival, decoded)]
    return [...stretches, ...this.advance(arrival.taken(decoded))]
  }

  /**
   * Event time is certain up to `time`: closes the windows before it, less the allowed lateness. Behind the
   * limit of the run time does not go on: what was read ahead must not pass for silence.
   */
  advance(time: EpochMs): Stretch[] {
    if (!Number.isFinite(time)) return []
    const { windowMs, limit } = this.#windower
    const boundary = Math.floor((Math.min(time, limit) - this.#allowedMs()) / windowMs)
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

  /** The rows go into their windows; those before a digest close, and it follows them. */
  #fill({ run, bytes }: Arrival, { chunk, digests }: Decoded): Stretch[] {
    const { late, lateTime, refused } = this.#windower.fill(chunk)
    const digested = digests.reduce((sum, { rows }) => sum + rows, 0)
    this.#observer.chunk(run, chunk, bytes, digested)
    if (refused > 0) this.#observer.refused(refused)
    if (late > 0) this.#noteLate(run, late, lateTime)
    return digests.flatMap((digest) => {
      const closed = this.#windower.close(digest.firstWindow)
      const digested = this.#windower.pass(digest, chunk)
      return [
        ...this.#cutter.advance(closed, digest.firstWindow, false),
        ...this.#cutter.advanceDigested(digested),
      ]
    })
  }

  #noteLate(run: InputRun, late: number, lateTime: EpochMs): void {
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
