/** Rows of whole windows in shared memory, ordered by metric and, within one, by window. */
export interface RowBlock {
  /** The rows of a metric are `[from[metric], from[metric + 1])`. */
  from: Int32Array
  /** Codes of the chunk's things. */
  thing: Int32Array
  /** Numbers of windows. */
  window: Int32Array
  value: Float64Array
}

/** Room for so many rows of each metric. */
export function newBlock(counts: Int32Array): RowBlock {
  const rows = counts.reduce((sum, count) => sum + count, 0)
  const memory = new SharedArrayBuffer(rows * 16 + (counts.length + 1) * 4)
  const from = new Int32Array(memory, rows * 16)
  for (let i = 0; i < counts.length; i++) from[i + 1] = from[i]! + counts[i]!
  return {
    from,
    thing: new Int32Array(memory, rows * 8, rows),
    window: new Int32Array(memory, rows * 12, rows),
    value: new Float64Array(memory, 0, rows),
  }
}
