import type { EpochMs } from '../domain/time.ts'

/**
 * The watermark of several runs of input read side by side: nothing earlier than `time` is expected
 * any more. A run promises its start before it is read, and then whatever it has got to.
 */
export class Frontier {
  readonly #waiting: { run: number; start: EpochMs }[]
  readonly #reading: Map<number, EpochMs> = new Map()

  /** `starts[run]` is the earliest time a run holds. */
  constructor(starts: readonly EpochMs[]) {
    this.#waiting = starts
      .map((start, run) => ({ run, start }))
      .sort((a, b) => b.start - a.start || b.run - a.run)
  }

  /** Takes the next run in order of its start out of waiting. */
  begin(): number | null {
    const next = this.#waiting.pop()
    if (next === undefined) return null
    this.#reading.set(next.run, next.start)
    return next.run
  }

  get nextStart(): EpochMs {
    return this.#waiting.at(-1)?.start ?? Number.POSITIVE_INFINITY
  }

  get reading(): ReadonlyMap<number, EpochMs> {
    return this.#reading
  }

  /** A run in time order has got to `time`. */
  advance(run: number, time: EpochMs): void {
    const known = this.#reading.get(run)
    if (known !== undefined && time > known) this.#reading.set(run, time)
  }

  finish(run: number): void {
    this.#reading.delete(run)
  }

  /** +Infinity when all runs are finished. */
  get time(): EpochMs {
    let least = this.nextStart
    for (const time of this.#reading.values()) if (time < least) least = time
    return least
  }
}
