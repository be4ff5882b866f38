import type { Batch } from '../columnar/batch.ts'
import { PAGE, type PaneColumns, type PaneHandle, paneColumns } from '../columnar/pane-columns.ts'

/** Closed windows, and the pages of things whose datapoints are wanted. */
export interface GatherSource {
  panes: readonly PaneHandle[]
  /** Page numbers, in the order in which things are to come. */
  pages: Int32Array
  /** The metrics that are wanted, ascending. */
  metrics: readonly number[]
  /** All metrics that are sizes, ascending. */
  sizeMetrics: readonly number[]
}

/**
 * How many rows a metric can have at most, and some more: the copying writes one row ahead, and columns of
 * shared memory are copied by words only from one aligned place to another.
 */
export function roomPerMetric({ panes, pages }: GatherSource): number {
  return (panes.length * pages.length + 1) * PAGE
}

/**
 * Copies the datapoints into the batch: by metric, window and thing. The panes are read from front to
 * back, once, each metric's rows go to a stretch of the columns of its own.
 */
export function gatherRows(source: GatherSource, batch: Batch): void {
  const { metrics, sizeMetrics } = source
  const sized = sizeMetrics.map((metric) => metrics.indexOf(metric))
  const room = roomPerMetric(source)
  const next = Int32Array.from(metrics, (_, i) => i * room)
  batch.from.fill(0)
  batch.to.fill(0)
  for (const [i, metric] of metrics.entries()) batch.from[metric] = next[i]!
  for (const handle of source.panes) {
    const pane = paneColumns(handle)
    const firstSized = sized.map((i) => next[i] ?? 0)
    copyRows(pane.mark, pane.value, source.pages, handle, metrics, batch, next)
    for (const [ordinal, i] of sized.entries()) {
      if (i >= 0) copySizes(pane, handle.sizes, ordinal, batch, firstSized[ordinal]!, next[i]!)
    }
  }
  for (const [i, metric] of metrics.entries()) batch.to[metric] = next[i]!
}

/** As `gatherRows`, but only the values; returns where each wanted metric's end. */
export function gatherValues(source: GatherSource, out: Float64Array): Int32Array {
  const room = roomPerMetric(source)
  const next = Int32Array.from(source.metrics, (_, i) => i * room)
  for (const handle of source.panes) {
    const { mark, value } = paneColumns(handle)
    copyValues(mark, value, source.pages, handle, source.metrics, out, next)
  }
  return next
}

/** The first window that holds the metric; null if none does. */
export function firstWindow(source: GatherSource, metric: number): number | null {
  for (const handle of source.panes) {
    const { mark } = paneColumns(handle)
    for (const page of source.pages) {
      const first = (page * handle.metrics + metric) * PAGE
      for (let cell = first; cell < first + PAGE; cell++) {
        // Pages of things that came after the window lie behind its end.
        if ((mark[cell] ?? 0) !== 0) return handle.window
      }
    }
  }
  return null
}

function copyRows(
  mark: Uint32Array,
  value: Float64Array,
  pages: Int32Array,
  { seats, metrics: width, window }: PaneHandle,
  metrics: readonly number[],
  batch: Batch,
  next: Int32Array,
): void {
  const { thing: things, window: windows, value: values } = batch
  const wanted = metrics.length
  for (let i = 0; i < pages.length; i++) {
    const seat = pages[i]! * PAGE
    if (seat >= seats) continue
    for (let j = 0; j < wanted; j++) {
      const first = seat * width + metrics[j]! * PAGE
      let row = next[j]!
      for (let k = 0; k < PAGE; k++) {
        things[row] = seat + k
        windows[row] = window
        // Adding 0 makes a negative zero positive: which of the two came first must not matter.
        values[row] = value[first + k]! + 0
        row += mark[first + k] === 0 ? 0 : 1
      }
      next[j] = row
    }
  }
}

function copyValues(
  mark: Uint32Array,
  value: Float64Array,
  pages: Int32Array,
  { seats, metrics: width }: PaneHandle,
  metrics: readonly number[],
  out: Float64Array,
  next: Int32Array,
): void {
  const wanted = metrics.length
  for (let i = 0; i < pages.length; i++) {
    const seat = pages[i]! * PAGE
    if (seat >= seats) continue
    for (let j = 0; j < wanted; j++) {
      const first = seat * width + metrics[j]! * PAGE
      let row = next[j]!
      for (let cell = first; cell < first + PAGE; cell++) {
        out[row] = value[cell]! + 0
        row += mark[cell] === 0 ? 0 : 1
      }
      next[j] = row
    }
  }
}

function copySizes(
  pane: PaneColumns,
  sizes: number,
  ordinal: number,
  batch: Batch,
  from: number,
  to: number,
): void {
  const { thing, value, sizeMin, sizeSum, sizeCount } = batch
  for (let row = from; row < to; row++) {
    const at = thing[row]! * sizes + ordinal
    const count = pane.sizeCount[at]!
    sizeMin[row] = (count === 0 ? value[row]! : pane.sizeMin[at]!) + 0
    sizeSum[row] = (count === 0 ? value[row]! : pane.sizeSum[at]!) + 0
    sizeCount[row] = count === 0 ? 1 : count
  }
}
