import { PAGE } from '../columnar/pane-columns.ts'

/** What the loop reads and writes; all columns but those of the pane are by row. */
export interface FillColumns {
  time: Float64Array
  thing: Int32Array
  metric: Int32Array
  value: Float64Array
  /** Where the cells of a thing (by the chunk's code) begin; negative where that is not known. */
  bases: Int32Array
  /** By metric: -1 where the time inside the window matters (the last value stays), else 0. */
  lastOnly: Int32Array
  /** By metric: 1 for sums. */
  sums: Uint8Array
  /** Out: how many cells were filled that had been empty. */
  fresh: Int32Array
}

/**
 * Puts rows `[from, to)` into one window's cells as long as they are simple: inside `[start, end)`, of a
 * known thing, the cell's first value or an exact addition to a sum. Returns the first row that is not.
 * Kept apart and small because nearly every row of every run passes here.
 */
export function fillRows(
  columns: FillColumns,
  from: number,
  to: number,
  start: number,
  end: number,
  values: Float64Array,
  marks: Uint32Array,
): number {
  const { time, thing, metric, value, bases, lastOnly, sums } = columns
  let fresh = 0
  let i = from
  for (; i < to; i++) {
    const t = time[i]!
    if (!(t >= start && t < end)) break
    const base = bases[thing[i]!]!
    if (base < 0) break
    const m = metric[i]!
    const cell = base + m * PAGE
    const x = value[i]!
    if (marks[cell] === 0) {
      marks[cell] = 1 + ((t - start) & lastOnly[m]!)
      values[cell] = x
      fresh++
      continue
    }
    if (sums[m] === 0) break
    const sum = values[cell]!
    const total = sum + x
    if (total - sum !== x || total - x !== sum) break
    values[cell] = total
  }
  columns.fresh[0] = fresh
  return i
}
