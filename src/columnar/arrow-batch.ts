/** Columns as Arrow record batches: views, nothing is copied, also over shared memory. */
import {
  type Data,
  Dictionary,
  Field,
  Float32,
  Float64,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  TimestampMillisecond,
  Uint8,
  Utf8,
  Vector,
} from 'apache-arrow'
import { type Names, NameTable } from './name-table.ts'

/** Datapoints by column; each array holds at least `rows` values. */
export interface DatapointColumns {
  rows: number
  /** Codes, and the names behind them; the same names may only grow from batch to batch. */
  thing: Int32Array
  things: Names
  metric: Int32Array
  metrics: Names
  /** Epoch milliseconds: numbers become Arrow's float64, BigInts its timestamp[ms]. */
  time: Float64Array | BigInt64Array
  value: Float64Array
}

/** Datapoints with what a behavior's model says of them. */
export interface ScoredColumns extends DatapointColumns {
  behavior: Int32Array
  behaviors: Names
  /** Scores as -log10 of a tail probability: after and before habituation. */
  score: Float32Array | Float64Array
  score0: Float32Array | Float64Array
  /** The highest level the score reaches: an index into `ALARM_LEVELS`. */
  level: Uint8Array
}

export const ALARM_LEVELS = ['NONE', 'LOW', 'MEDIUM', 'HIGH'] as const

/**
 * Makes record batches of one schema. Names travel as Arrow dictionaries; where a table of names has
 * grown, the dictionary gets a further part, so that a stream repeats no name.
 */
export class RecordBatchMaker {
  readonly #things = new GrowingDictionary()
  readonly #metrics = new GrowingDictionary()
  readonly #behaviors = new GrowingDictionary()
  readonly #levels = new GrowingDictionary()
  readonly #levelNames: Names = namesOf(ALARM_LEVELS)
  #schema: Schema | null = null

  datapoints(columns: DatapointColumns): RecordBatch {
    return this.#batch(columns.rows, this.#datapointColumns(columns))
  }

  scored(columns: ScoredColumns): RecordBatch {
    const { rows, behavior, behaviors, score, score0, level } = columns
    return this.#batch(rows, [
      ...this.#datapointColumns(columns),
      ['behavior', this.#behaviors.data(behavior, behaviors, rows)],
      ['score', numbers(score, rows)],
      ['score0', numbers(score0, rows)],
      ['level', this.#levels.data(level, this.#levelNames, rows)],
    ])
  }

  #datapointColumns(columns: DatapointColumns): [string, Data][] {
    const { rows, thing, things, metric, metrics, time, value } = columns
    return [
      ['thing', this.#things.data(thing, things, rows)],
      ['metric', this.#metrics.data(metric, metrics, rows)],
      ['timestamp', numbers(time, rows)],
      ['value', numbers(value, rows)],
    ]
  }

  #batch(rows: number, columns: [string, Data][]): RecordBatch {
    this.#schema ??= new Schema(columns.map(([name, { type }]) => new Field(name, type, false)))
    const children = columns.map(([, data]) => data)
    const type = new Struct(this.#schema.fields)
    const data = makeData({ type, length: rows, nullCount: 0, children })
    return new RecordBatch(this.#schema, data)
  }
}

/** One batch of datapoints as it is, for readers in this process. */
export function recordBatchOf(columns: DatapointColumns): RecordBatch {
  return new RecordBatchMaker().datapoints(columns)
}

export function namesOf(names: readonly string[]): Names {
  const table = new NameTable(Math.max(1, names.length))
  for (const name of names) table.codeOfString(name)
  return table.snapshot()
}

function numbers(values: Float32Array | Float64Array | BigInt64Array, rows: number): Data {
  const length = rows
  if (values instanceof Float64Array) {
    return makeData({ type: new Float64(), length, nullCount: 0, data: values.subarray(0, rows) })
  }
  if (values instanceof Float32Array) {
    return makeData({ type: new Float32(), length, nullCount: 0, data: values.subarray(0, rows) })
  }
  const type = new TimestampMillisecond()
  return makeData({ type, length, nullCount: 0, data: values.subarray(0, rows) })
}

/** An Arrow dictionary that follows a growing table of names. */
class GrowingDictionary {
  #count = 0
  #parts: Data<Utf8>[] = []
  #vector: Vector<Utf8> = new Vector([utf8(new Uint8Array(0), Int32Array.of(0))])
  #type: Dictionary<Utf8, Int32 | Uint8> | null = null

  /** The column of the codes `codes[0, rows)`. */
  data(codes: Int32Array | Uint8Array, names: Names, rows: number): Data {
    this.#follow(names)
    const index = codes instanceof Int32Array ? new Int32() : new Uint8()
    this.#type ??= new Dictionary(new Utf8(), index)
    return makeData({
      type: this.#type as Dictionary<Utf8, Int32>,
      length: rows,
      nullCount: 0,
      data: codes.subarray(0, rows) as Int32Array,
      dictionary: this.#vector,
    })
  }

  #follow(names: Names): void {
    if (names.count === this.#count) return
    // A table with fewer names than before is another one.
    const from = names.count < this.#count ? 0 : this.#count
    const { bytes, offsets } = names
    const start = offsets[from]!
    const own = offsets.slice(from, names.count + 1).map((offset) => offset - start)
    const part = utf8(bytes.slice(start, offsets[names.count]), own)
    this.#parts = from === 0 ? [part] : [...this.#parts, part]
    this.#vector = new Vector(this.#parts)
    this.#count = names.count
  }
}

function utf8(bytes: Uint8Array, offsets: Int32Array): Data<Utf8> {
  const length = offsets.length - 1
  return makeData({ type: new Utf8(), length, nullCount: 0, valueOffsets: offsets, data: bytes })
}
