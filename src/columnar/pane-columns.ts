/** Things sit in pages of eight seats: see `Things`. */
export const PAGE_BITS = 3
export const PAGE: number = 1 << PAGE_BITS

/**
 * The columns of one window: an aggregate per (seat of a thing, metric). Cells lie page by page, within
 * a page metric by metric: `cellBase(seat, metrics) + metric * PAGE`. All of it is one shared memory, so
 * that a worker thread can read a closed window where it lies.
 */
export interface PaneColumns {
  /** The sum, the last value or the maximum, by cell. */
  value: Float64Array
  /** 0 where nothing came; for last values 1 + their milliseconds into the window, else at least 1. */
  mark: Uint32Array
  /**
   * Beside the maximum of a message size, at `seat * sizes + ordinal` of the size metric: minimum, sum and
   * count. A count of 0 says that one value came, and that it is all three. Empty where no metric is a size.
   */
  sizeMin: Float64Array
  sizeSum: Float64Array
  sizeCount: Float64Array
}

/** What another thread needs to see a pane. */
export interface PaneHandle {
  memory: SharedArrayBuffer
  seats: number
  metrics: number
  /** How many of the metrics are sizes. */
  sizes: number
  window: number
}

export function newPaneMemory(seats: number, metrics: number, sizes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(seats * metrics * 12 + seats * sizes * 24)
}

export function paneColumns({
  memory,
  seats,
  metrics,
  sizes: sizeMetrics,
}: Omit<PaneHandle, 'window'>): PaneColumns {
  const cells = seats * metrics
  const sizes = seats * sizeMetrics
  const at = cells * 8
  return {
    value: new Float64Array(memory, 0, cells),
    sizeMin: new Float64Array(memory, at, sizes),
    sizeSum: new Float64Array(memory, at + sizes * 8, sizes),
    sizeCount: new Float64Array(memory, at + sizes * 16, sizes),
    mark: new Uint32Array(memory, at + sizes * 24, cells),
  }
}

/** Where a seat's cells begin: add `metric * PAGE`. */
export function cellBase(seat: number, metrics: number): number {
  return (seat >> PAGE_BITS) * PAGE * metrics + (seat & (PAGE - 1))
}
