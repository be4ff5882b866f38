import { type Names, NameTable, NO_NAMES } from '../columnar/name-table.ts'
import { listKind, type Metric } from '../domain/metric.ts'
import type { ArchiveColumns } from '../tasks/archive.ts'

/** What lies beside the values of a metric. */
export type PendingKind = 'plain' | 'sized' | 'listed'

export function pendingKind(metric: Metric): PendingKind {
  if (metric.aggregation === 'size') return 'sized'
  return listKind(metric) === null ? 'plain' : 'listed'
}

/** Whether saved rows are of a kind: a custom metric may have become another one meanwhile. */
export function isOfKind({ sizes, lists }: ArchiveColumns, kind: PendingKind): boolean {
  return kind === (sizes !== null ? 'sized' : lists !== null ? 'listed' : 'plain')
}

/** Columns that grow while a file's rows come together, in shared memory. */
export class PendingColumns {
  columns: ArchiveColumns
  /** Bytes of the rows' lists as they will be written, one by one. */
  listBytes = 0
  readonly #kind: PendingKind
  #texts: NameTable = new NameTable(64)

  constructor(kind: PendingKind) {
    this.#kind = kind
    this.columns = newColumns(4_096, kind)
  }

  static of(saved: ArchiveColumns, kind: PendingKind): PendingColumns {
    const pending = new PendingColumns(kind)
    pending.extend(saved.rows)
    pending.#copy(saved)
    if (saved.lists !== null) {
      for (let row = 0; row < saved.rows; row++) {
        pending.setList(row, saved.lists.texts, saved.lists.code[row]!)
      }
    }
    return pending
  }

  /** Room for more rows; returns where they begin. */
  extend(rows: number): number {
    const start = this.columns.rows
    if (start + rows > this.columns.thing.length) {
      const before = this.columns
      this.columns = newColumns(Math.max(start + rows, before.thing.length * 2), this.#kind)
      this.#copy(before)
      this.columns.lists?.code.set(before.lists!.code)
    }
    this.columns.rows = start + rows
    return start
  }

  /** Notes a row's list, given by its text among some names. */
  setList(row: number, { bytes, offsets }: Names, code: number): void {
    const [start, end] = [offsets[code]!, offsets[code + 1]!]
    this.columns.lists!.code[row] = this.#texts.codeOf(bytes, start, end)
    this.listBytes += end - start
  }

  /** The rows as they leave for a file. */
  sealed(): ArchiveColumns {
    const { lists } = this.columns
    if (lists === null) return this.columns
    return { ...this.columns, lists: { ...lists, texts: this.#texts.snapshot() } }
  }

  /** Empty, for other rows. */
  clear(): void {
    this.columns.rows = 0
    this.listBytes = 0
    this.#texts = new NameTable(64)
  }

  /** Takes over the rows, not the room behind them. */
  #copy({ rows, thing, time, value, sizes }: ArchiveColumns): void {
    const { columns } = this
    columns.thing.set(thing.subarray(0, rows))
    columns.time.set(time.subarray(0, rows))
    columns.value.set(value.subarray(0, rows))
    if (columns.sizes === null || sizes === null) return
    columns.sizes.min.set(sizes.min.subarray(0, rows))
    columns.sizes.sum.set(sizes.sum.subarray(0, rows))
    columns.sizes.count.set(sizes.count.subarray(0, rows))
  }
}

function newColumns(capacity: number, kind: PendingKind): ArchiveColumns {
  const doubles = (): Float64Array => new Float64Array(new SharedArrayBuffer(capacity * 8))
  const codes = (): Int32Array => new Int32Array(new SharedArrayBuffer(capacity * 4))
  return {
    rows: 0,
    thing: codes(),
    time: doubles(),
    value: doubles(),
    sizes: kind === 'sized' ? { min: doubles(), sum: doubles(), count: doubles() } : null,
    lists: kind === 'listed' ? { code: codes(), texts: NO_NAMES } : null,
  }
}
