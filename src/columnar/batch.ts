/**
 * Columns on their way to a worker: closed windows' datapoints, ordered by metric, shard, window and
 * thing, so that one metric's datapoints of neighbouring shards are one run of rows. All columns are in Arrow's memory
 * layout, as views over one shared buffer that is used again and again: what crosses to a thread is
 * the buffer's handle and a few numbers.
 */
export interface Batch {
  rows: number
  /** Index of the thing (its seat in the state arrays). */
  thing: Int32Array
  /** Number of the window: its start in units of the window length. */
  window: Int32Array
  value: Float64Array
  /** Scores, one column per behavior that shares a metric: see `scoreColumn`. */
  s: Float32Array
  s0: Float32Array
  /** Where the run of (metric, shard) begins: `runs[metric * shards + shard]`, up to the next one. */
  runs: Int32Array
  /** The shards this batch holds, `[from, to)`; runs of others are empty. */
  shardFrom: number
  shardTo: number
  /** Minimum, sum and count of the message size, at the rows of that metric. Not shared. */
  sizeMin: Float64Array
  sizeSum: Float64Array
  sizeCount: Float64Array
}

/** What a worker needs to see a batch. */
export interface BatchHandle {
  memory: SharedArrayBuffer
  capacity: number
  scoreColumns: number
  shards: number
  metrics: number
  rows: number
}

/** One pooled buffer: room for `capacity` rows. */
export class BatchSlot {
  readonly handle: BatchHandle
  readonly batch: Batch
  /** Things in the batch that start anew: they are new, or come back after having been forgotten. */
  readonly returned: Set<number> = new Set()

  constructor(capacity: number, scoreColumns: number, shards: number, metrics: number) {
    const bytes = layout(capacity, scoreColumns, shards, metrics).bytes
    const memory = new SharedArrayBuffer(bytes)
    this.handle = { memory, capacity, scoreColumns, shards, metrics, rows: 0 }
    this.batch = batchOf(this.handle)
  }

  get capacity(): number {
    return this.handle.capacity
  }

  /** Room for the message sizes, made when there are any. */
  reserveSizes(): void {
    if (this.batch.sizeMin.length > 0) return
    this.batch.sizeMin = new Float64Array(this.capacity)
    this.batch.sizeSum = new Float64Array(this.capacity)
    this.batch.sizeCount = new Float64Array(this.capacity)
  }
}

/** The columns behind a handle, on whichever thread. */
export function batchOf(handle: BatchHandle): Batch {
  const { memory, capacity, scoreColumns, shards, metrics, rows } = handle
  const at = layout(capacity, scoreColumns, shards, metrics)
  return {
    rows,
    value: new Float64Array(memory, at.value, capacity),
    thing: new Int32Array(memory, at.thing, capacity),
    window: new Int32Array(memory, at.window, capacity),
    s: new Float32Array(memory, at.s, capacity * scoreColumns),
    s0: new Float32Array(memory, at.s0, capacity * scoreColumns),
    runs: new Int32Array(memory, at.runs, shards * metrics + 1),
    shardFrom: 0,
    shardTo: shards,
    sizeMin: new Float64Array(0),
    sizeSum: new Float64Array(0),
    sizeCount: new Float64Array(0),
  }
}

/** A behavior's score column: the `ordinal`-th among the behaviors of its metric. */
export function scoreColumn(column: Float32Array, capacity: number, ordinal: number): Float32Array {
  return column.subarray(ordinal * capacity, (ordinal + 1) * capacity)
}

/** Byte offsets of the columns; each begins at a multiple of 64, as Arrow recommends. */
function layout(capacity: number, scoreColumns: number, shards: number, metrics: number) {
  let bytes = 0
  const take = (size: number): number => {
    const offset = bytes
    bytes = (bytes + size + 63) & ~63
    return offset
  }
  const value = take(capacity * 8)
  const thing = take(capacity * 4)
  const window = take(capacity * 4)
  const s = take(capacity * 4 * scoreColumns)
  const s0 = take(capacity * 4 * scoreColumns)
  const runs = take((shards * metrics + 1) * 4)
  return { value, thing, window, s, s0, runs, bytes }
}
