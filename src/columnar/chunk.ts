import type { ListKind } from '../domain/list-value.ts'
import type { EpochMs } from '../domain/time.ts'
import type { RejectedRow, RejectReason } from '../domain/reject.ts'
import { NameTable, type Names } from './name-table.ts'

/**
 * Columns on their way in: what a decoder makes of a stretch of input. Rows are never objects.
 * All columns hold `rows` values.
 */
export interface Chunk {
  rows: number
  /** Code of the thing in `things`. */
  thing: Int32Array
  /** Index into the run's table of known metrics (`DecodeContext.metrics`). */
  metric: Int32Array
  time: Float64Array
  value: Float64Array
  /** The names of this chunk's things by code, and among them the texts of its lists. */
  things: Names
  /** Whether there are rows of list metrics: their value is the code of the list's text in `things`. */
  lists: boolean
  /** Minimum, sum and count behind each value (its maximum), where the input is already aggregated. */
  sizes: SizeColumns | null
  /** Which rows are versions of one datapoint, where the input repeats datapoints. */
  versions: VersionColumns | null
  /** Earliest and latest time of the rows; +Infinity and -Infinity when there are none. */
  minTime: EpochMs
  maxTime: EpochMs
  /** How many lines (or documents, or rows of a table) were read, good and bad. */
  lines: number
  rejects: Rejects
}

export interface SizeColumns {
  min: Float64Array
  sum: Float64Array
  count: Float64Array
}

/**
 * Rows of one thing, metric and window with the same non-zero `identity` are versions of one
 * datapoint: the highest `version` wins, of equal versions the larger value. 0 means none.
 */
export interface VersionColumns {
  identity: Float64Array
  version: Float64Array
}

export interface Rejects {
  /** Refused rows per reason. */
  counts: Partial<Record<RejectReason, number>>
  /** The first of them, at most as many as the context asks for. */
  rows: RejectedRow[]
}

/** What a decoder is told about the run. Plain data: it crosses to the worker threads. */
export interface DecodeContext {
  /** Names of the known metrics, by index; any other is refused as unknown. */
  metrics: readonly string[]
  /** Which of them are counts and so refuse negative values; 1 or 0 by index. */
  counts: Uint8Array
  /** Which of them are lists, and of what. */
  lists: readonly (ListKind | null)[]
  /** The series that count what concerns some topics only. */
  dimensioned: readonly DimensionedSeries[]
  /** Rows dated later are refused (live streams); +Infinity for a replay. */
  notAfter: EpochMs
  /** Length of a window: an active device has an explicit 0 for each cloud-side counter in each. */
  windowMs: number
  /** How many refused rows to keep with their text, per chunk. */
  keepRejects: number
  /** The thing that documents without a name of their own belong to, if the user gave one. */
  thing: string | null
}

/** A metric narrowed to topics: what a broker's log line about a message may add to. */
export interface DimensionedSeries {
  /** Index among the known metrics, and the metric's own name. */
  metric: number
  of: string
  topicFilters: readonly string[]
  /** Whether topics count that match any of the filters, or those that match none. */
  operator: 'IN' | 'NOT_IN'
}

/** Two doubles and two 32-bit integers. */
const ROW_BYTES = 24

/** Collects rows into growing columns; a decoder's output. Columns lie in shared memory if asked. */
export class ChunkBuilder {
  rows = 0
  lines = 0
  thing!: Int32Array
  metric!: Int32Array
  time!: Float64Array
  value!: Float64Array
  lists = false
  sizes: SizeColumns | null = null
  versions: VersionColumns | null = null
  readonly things: NameTable = new NameTable(1_024)
  readonly rejects: Rejects = { counts: {}, rows: [] }
  readonly context: DecodeContext
  #capacity = 0

  /** `memory`, if given, is used for the columns as long as it has room. */
  constructor(context: DecodeContext, capacity = 65_536, memory: SharedArrayBuffer | null = null) {
    this.context = context
    if (memory !== null && memory.byteLength >= capacity * ROW_BYTES) this.#layOut(memory)
    else this.reserve(capacity)
  }

  get capacity(): number {
    return this.#capacity
  }

  /** Makes room for `rows` rows in all. The column arrays are new ones afterwards. */
  reserve(rows: number): void {
    if (rows <= this.#capacity) return
    const { time, value, thing, metric } = this
    const filled = this.rows > 0
    this.#layOut(new SharedArrayBuffer(Math.max(rows, this.#capacity * 2) * ROW_BYTES))
    if (filled) {
      this.time.set(time.subarray(0, this.rows))
      this.value.set(value.subarray(0, this.rows))
      this.thing.set(thing.subarray(0, this.rows))
      this.metric.set(metric.subarray(0, this.rows))
    }
    if (this.sizes !== null) this.sizes = growAll(this.sizes, this.#capacity)
    if (this.versions !== null) this.versions = growAll(this.versions, this.#capacity)
  }

  #layOut(memory: SharedArrayBuffer): void {
    const capacity = Math.floor(memory.byteLength / ROW_BYTES)
    this.time = new Float64Array(memory, 0, capacity)
    this.value = new Float64Array(memory, capacity * 8, capacity)
    this.thing = new Int32Array(memory, capacity * 16, capacity)
    this.metric = new Int32Array(memory, capacity * 20, capacity)
    this.#capacity = capacity
  }

  /** Adds one row. Value and time must have been checked. */
  push(thing: number, metric: number, time: EpochMs, value: number): void {
    if (this.rows === this.#capacity) this.reserve(this.rows + 1)
    const row = this.rows++
    this.thing[row] = thing
    this.metric[row] = metric
    this.time[row] = time
    this.value[row] = value
  }

  /** Adds one row whose value is a list, written as `listText` does; an identity of 0 means none. */
  pushList(
    thing: number,
    metric: number,
    time: EpochMs,
    text: string,
    identity: number,
    version: number,
  ): void {
    this.lists = true
    const code = this.things.codeOfString(text)
    if (identity === 0) this.push(thing, metric, time, code)
    else this.pushVersion(thing, metric, time, code, identity, version)
  }

  /** Adds one row that may repeat: see `VersionColumns`. */
  pushVersion(
    thing: number,
    metric: number,
    time: EpochMs,
    value: number,
    identity: number,
    version: number,
  ): void {
    this.versions ??= {
      identity: new Float64Array(this.#capacity),
      version: new Float64Array(this.#capacity),
    }
    this.push(thing, metric, time, value)
    this.versions.identity[this.rows - 1] = identity
    this.versions.version[this.rows - 1] = version
  }

  reject(line: number, reason: RejectReason, detail: string, text: string): void {
    this.rejects.counts[reason] = (this.rejects.counts[reason] ?? 0) + 1
    if (this.rejects.rows.length < this.context.keepRejects) {
      this.rejects.rows.push({ line, reason, detail, text: text.slice(0, 200) })
    }
  }

  /** Why a row with this metric index, time and value may not enter, or null. -1 is an unknown metric. */
  refusal(metric: number, time: EpochMs, value: number): RejectReason | null {
    if (metric < 0) return 'unknown-metric'
    if (Number.isNaN(time)) return 'bad-timestamp'
    if (time > this.context.notAfter) return 'future-dated'
    if (!Number.isFinite(value)) return 'not-a-number'
    if (value < 0 && this.context.counts[metric] === 1) return 'negative-count'
    return null
  }

  /** The rows so far; `range`, if known, is their earliest and latest time. */
  chunk(range: TimeRange = timeRange(this.time, this.rows)): Chunk {
    const { rows } = this
    const { minTime, maxTime } = range
    return {
      rows,
      thing: this.thing.subarray(0, rows),
      metric: this.metric.subarray(0, rows),
      time: this.time.subarray(0, rows),
      value: this.value.subarray(0, rows),
      things: this.things.snapshot(),
      lists: this.lists,
      sizes: this.sizes,
      versions: this.versions,
      minTime,
      maxTime,
      lines: this.lines,
      rejects: this.rejects,
    }
  }
}

export interface TimeRange {
  minTime: EpochMs
  maxTime: EpochMs
}

function timeRange(time: Float64Array, rows: number): TimeRange {
  let minTime = Number.POSITIVE_INFINITY
  let maxTime = Number.NEGATIVE_INFINITY
  for (let i = 0; i < rows; i++) {
    const t = time[i]!
    if (t < minTime) minTime = t
    if (t > maxTime) maxTime = t
  }
  return { minTime, maxTime }
}

function growAll<T extends object>(columns: T, capacity: number): T {
  const grown = Object.entries(columns as Record<string, Float64Array>).map(([name, column]) => {
    const larger = new Float64Array(capacity)
    larger.set(column)
    return [name, larger]
  })
  return Object.fromEntries(grown) as T
}
