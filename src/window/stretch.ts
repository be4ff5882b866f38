import { DAY_MS, dayOf, type EpochMs, HOUR_MS } from '../domain/time.ts'
import type { Pane } from './pane.ts'

/** Closed windows that are evaluated together, and how far event time has got with them. */
export interface Stretch {
  /** In order; may be empty where only time passed. */
  panes: Pane[]
  rows: number
  /** Everything up to here is certain: an event time, the end of a window. */
  until: EpochMs
  /** The UTC day that ends exactly at `until`, if one does: its summaries close here. */
  endsDay: number | null
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
    this.#nextCut = resumeAt === null ? null : this.#cutAfter(resumeAt)
  }

  /**
   * Takes newly closed windows, in order, and the boundary below which all windows are closed.
   * With `flush`, nothing is held back for a larger stretch.
   */
  advance(closed: readonly Pane[], boundary: number, flush: boolean): Stretch[] {
    const stretches: Stretch[] = []
    for (const pane of closed) {
      this.#nextCut ??= this.#cutAfter(pane.window)
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

  #cutBelow(window: number, stretches: Stretch[]): void {
    while (this.#nextCut! <= window) this.#seal(this.#nextCut!, stretches)
  }

  #seal(boundary: number, stretches: Stretch[]): void {
    if (this.#panes.length === 0 && boundary === this.#sealed) return
    const until = boundary * this.#windowMs
    const atCut = boundary === this.#nextCut
    stretches.push({
      panes: this.#panes,
      rows: this.#rows,
      until,
      endsDay: atCut && until % DAY_MS === 0 ? dayOf(until) - 1 : null,
    })
    this.#panes = []
    this.#rows = 0
    this.#bytes = 0
    this.#sealed = boundary
    if (atCut) this.#nextCut = this.#cutAfter(boundary)
  }

  /** The first cut behind a window: the next midnight, or the first window that starts at 01:00 or later. */
  #cutAfter(window: number): number {
    const day = dayOf(window * this.#windowMs)
    const one = Math.ceil((day * DAY_MS + HOUR_MS) / this.#windowMs)
    return one > window ? one : ((day + 1) * DAY_MS) / this.#windowMs
  }
}
