import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ParquetColumn } from '../columnar/parquet-encode.ts'
import { type Names, namesAt } from '../columnar/name-table.ts'
import { writeParquet } from '../columnar/parquet-write.ts'

/** Datapoints of one metric and day on their way to a file; the columns hold `rows` values. */
export interface ArchiveColumns {
  rows: number
  /** Number of the thing in the archive. */
  thing: Int32Array
  /** Start of the window. */
  time: Float64Array
  value: Float64Array
  /** Beside the value, which is the maximum, for message sizes. */
  sizes: { min: Float64Array; sum: Float64Array; count: Float64Array } | null
  /** Beside the value, which is how many items there are, for lists: codes of their texts. */
  lists: { code: Int32Array; texts: Names } | null
}

/** Small, so that a replay can read many metrics of a day side by side. */
const ROW_GROUP_ROWS = 65_536

export interface ArchiveTask {
  path: string
  columns: ArchiveColumns
  metadata: Record<string, string>
}

/** Writes one file of the archive, in order of time. */
export async function runArchive({ path, columns, metadata }: ArchiveTask): Promise<void> {
  mkdirSync(dirname(path), { recursive: true })
  const { rows, thing, time, value, sizes, lists } = columns
  const order = timeOrder(time, rows)
  const sorted = (column: Float64Array): Float64Array => {
    const out = new Float64Array(rows)
    for (let i = 0; i < rows; i++) out[i] = column[order[i]!]!
    return out
  }
  const things = new Int32Array(rows)
  for (let i = 0; i < rows; i++) things[i] = thing[order[i]!]!
  const parquet: ParquetColumn[] = [
    { name: 'thing', type: 'INT32', values: things },
    { name: 'timestamp', type: 'INT64', values: sorted(time) },
    { name: 'value', type: 'DOUBLE', values: sorted(value) },
  ]
  if (sizes !== null) {
    parquet.push(
      { name: 'min', type: 'DOUBLE', values: sorted(sizes.min) },
      { name: 'sum', type: 'DOUBLE', values: sorted(sizes.sum) },
      { name: 'count', type: 'INT64', values: sorted(sizes.count) },
    )
  }
  if (lists !== null) {
    const codes = order.map((row) => lists.code[row]!)
    parquet.push({ name: 'list', type: 'UTF8', values: namesAt(lists.texts, codes) })
  }
  await writeParquet(path, parquet, { metadata, rowGroupRows: ROW_GROUP_ROWS })
}

/** Row numbers in order of time, rows of one time as they came (a counting sort: few times, many rows). */
function timeOrder(time: Float64Array, rows: number): Int32Array {
  const starts = new Map<number, number>()
  for (let i = 0; i < rows; i++) starts.set(time[i]!, (starts.get(time[i]!) ?? 0) + 1)
  let next = 0
  for (const at of [...starts.keys()].sort((a, b) => a - b)) {
    const count = starts.get(at)!
    starts.set(at, next)
    next += count
  }
  const order = new Int32Array(rows)
  for (let i = 0; i < rows; i++) {
    const place = starts.get(time[i]!)!
    order[place] = i
    starts.set(time[i]!, place + 1)
  }
  return order
}
