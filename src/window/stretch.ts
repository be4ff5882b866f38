import { DAY_MS, dayOf, type EpochMs, nextCut } from '../domain/time.ts'
import type { Digest } from '../tasks/digest.ts'
import type { Pane } from './pane.ts'

/** Closed windows that are evaluated together, and how far event time has got with them. */
export interface Stretch {
  /** In order; may be empty where only time passed. */
  panes: Pane[]
  /** Windows that came summarised, in place of panes; null as a rule. */
  digested: Digested | null
  rows: number
  /** Everything up to here is certain: an event time, the end of a window. */
  until: EpochMs
  /** The UTC day that ends exactly at `until`, if one does: its summaries close here. */
  endsDay: number | null
}

/** A digest, and the indexes of the things it holds: in its order, and by the codes in its blocks. */
export interface Digested {
  digest: Digest
  things: Int32Array
  indexes: Int32Array
}

/** Small fleets fill their windows thinly: so much memory of closed windows waits at most. */
const STRETCH_BYTES = 16 * 1024 * 1024

/**
 * Cuts the sequence of closed windows into stretches: of about `targetRows` rows, never across
 * midnight UTC (a day's training ends there) nor across 01:00 (a refreshed model comes into force).
 * Where else the cuts fall changes nothing in the results.
 */
export class StretchCutter {
  readonly #windowMs: number
  readonly #targetRows: number
  #panes: Pane[] = []
  #rows = 0
  #bytes = 0
  /** The number of the first window behind the next cut; null before the first window. */
  #nextCut: number | null
  #sealed = Number.NEGATIVE_INFINITY

  constructor(windowMs: number, targetRows: number, resumeAt: number | null = null) {
    this.#windowMs = windowMs
    this.#targetRows = targetRows
    this.#nextCut = resumeAt === null ? null : nextCut(resumeAt, windowMs)
  }

  /**
   * Takes newly closed windows, in order, and the boundary below which all windows are closed.
   * With `flush`, nothing is held back for a larger stretch.
   */
  advance(closed: readonly Pane[], boundary: number, flush: boolean): Stretch[] {
    const stretches: Stretch[] = []
    for (const pane of closed) {
      this.#nextCut ??= nextCut(pane.window, this.#windowMs)
      this.#cutBelow(pane.window, stretches)
      this.#panes.push(pane)
      this.#rows += pane.filled
      this.#bytes += pane.bytes
      if (this.#rows >= this.#targetRows || this.#bytes >= STRETCH_BYTES)
        this.#seal(pane.window + 1, stretches)
    }
    if (this.#nextCut === null || !Number.isFinite(boundary)) return stretches
    this.#cutBelow(boundary, stretches)
    if (flush) this.#seal(boundary, stretches)
    return stretches
  }

  /** Takes windows that came summarised; all windows before them have been closed. */
  advanceDigested(digested: Digested): Stretch[] {
    const { firstWindow, endWindow, rows } = digested.digest
    const stretches = this.advance([], firstWindow, true)
    this.#nextCut ??= nextCut(firstWindow, this.#windowMs)
    this.#push(endWindow, { panes: [], digested, rows }, stretches)
    return stretches
  }

  #cutBelow(window: number, stretches: Stretch[]): void {
    while (this.#nextCut! <= window) this.#seal(this.#nextCut!, stretches)
  }

  #seal(boundary: number, stretches: Stretch[]): void {
    if (this.#panes.length === 0 && boundary === this.#sealed) return
    this.#push(boundary, { panes: this.#panes, digested: null, rows: this.#rows }, stretches)
    this.#panes = []
    this.#rows = 0
    this.#bytes = 0
  }

  #push(
    boundary: number,
    what: Pick<Stretch, 'panes' | 'digested' | 'rows'>,
    stretches: Stretch[],
  ): void {
    const until = boundary * this.#windowMs
    const atCut = boundary === this.#nextCut
    const endsDay = atCut && until % DAY_MS === 0 ? dayOf(until) - 1 : null
    stretches.push({ ...what, until, endsDay })
    this.#sealed = boundary
    if (atCut) this.#nextCut = nextCut(boundary, this.#windowMs)
  }
}
