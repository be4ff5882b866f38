/**
 * Columns on their way through evaluation: the datapoints of closed windows, ordered by metric, window
 * and thing, so that one metric's datapoints are a run of rows. All columns are in Arrow's memory layout,
 * as views over one shared buffer that is used again and again: what crosses to a thread is the
 * buffer's handle and a few numbers.
 */
export interface Batch {
  /** Index of the thing (its seat in the state arrays). */
  thing: Int32Array
  /** Number of the window: its start in units of the window length. */
  window: Int32Array
  value: Float64Array
  /** Scores, one column per behavior that shares a metric: see `scoreColumn`. */
  s: Float32Array
  s0: Float32Array
  /** What the scores rest on, in columns as theirs; empty where nothing is forecast. */
  mean: Float32Array
  median: Float32Array
  slow: Float32Array
  /** Each metric's run of rows: `[from[metric], to[metric])`. Between the runs there may be gaps. */
  from: Int32Array
  to: Int32Array
  /** Minimum, sum and count of the message size, at the rows of that metric; empty where there is none. */
  sizeMin: Float64Array
  sizeSum: Float64Array
  sizeCount: Float64Array
}

/** What a worker needs to see a batch. */
export interface BatchHandle {
  memory: SharedArrayBuffer
  /** Room for so many rows. */
  capacity: number
  scoreColumns: number
  metrics: number
  sized: boolean
  /** Whether there are forecasts beside the scores. */
  forecasts: boolean
}

export function newBatch(shape: Omit<BatchHandle, 'memory'>): BatchHandle {
  return { ...shape, memory: new SharedArrayBuffer(layout(shape).bytes) }
}

/** The columns behind a handle, on whichever thread. */
export function batchOf(handle: BatchHandle): Batch {
  const { memory, capacity, scoreColumns, metrics, sized, forecasts } = handle
  const at = layout(handle)
  const sizes = sized ? capacity : 0
  const forecast = forecasts ? capacity * scoreColumns : 0
  return {
    value: new Float64Array(memory, at.value, capacity),
    thing: new Int32Array(memory, at.thing, capacity),
    window: new Int32Array(memory, at.window, capacity),
    s: new Float32Array(memory, at.s, capacity * scoreColumns),
    s0: new Float32Array(memory, at.s0, capacity * scoreColumns),
    mean: new Float32Array(memory, at.mean, forecast),
    median: new Float32Array(memory, at.median, forecast),
    slow: new Float32Array(memory, at.slow, forecast),
    from: new Int32Array(memory, at.from, metrics),
    to: new Int32Array(memory, at.to, metrics),
    sizeMin: new Float64Array(memory, at.sizeMin, sizes),
    sizeSum: new Float64Array(memory, at.sizeSum, sizes),
    sizeCount: new Float64Array(memory, at.sizeCount, sizes),
  }
}

/** A behavior's column of scores or forecasts: the `ordinal`-th among the behaviors of its metric. */
export function scoreColumn(column: Float32Array, capacity: number, ordinal: number): Float32Array {
  return column.subarray(ordinal * capacity, (ordinal + 1) * capacity)
}

/** Byte offsets of the columns; each begins at a multiple of 64, as Arrow recommends. */
function layout({
  capacity,
  scoreColumns,
  metrics,
  sized,
  forecasts,
}: Omit<BatchHandle, 'memory'>) {
  let bytes = 0
  const take = (size: number): number => {
    const offset = bytes
    bytes = (bytes + size + 63) & ~63
    return offset
  }
  const sizes = sized ? capacity * 8 : 0
  const forecast = forecasts ? capacity * 4 * scoreColumns : 0
  return {
    value: take(capacity * 8),
    thing: take(capacity * 4),
    window: take(capacity * 4),
    s: take(capacity * 4 * scoreColumns),
    s0: take(capacity * 4 * scoreColumns),
    mean: take(forecast),
    median: take(forecast),
    slow: take(forecast),
    from: take(metrics * 4),
    to: take(metrics * 4),
    sizeMin: take(sizes),
    sizeSum: take(sizes),
    sizeCount: take(sizes),
    bytes,
  }
}
