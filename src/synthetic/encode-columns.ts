import { RecordBatchMaker } from '../columnar/arrow-batch.ts'
import { ArrowStreamWriter } from '../columnar/arrow-write.ts'
import { type Names, NameTable } from '../columnar/name-table.ts'
import { type ParquetColumn, ParquetEncoder } from '../columnar/parquet-encode.ts'
import type { FleetEncoder } from './encoder.ts'
import type { FleetChunk } from './fleet-chunk.ts'

/** Apart from the other formats, since their libraries take long to load. */
export type ColumnFormat = 'parquet' | 'arrow'

/** Files with the columns thing, metric, timestamp (epoch ms) and value. */
export function columnEncoderFor(format: ColumnFormat): FleetEncoder {
  return format === 'arrow' ? new ArrowEncoder() : new ParquetFleetEncoder()
}

/** An IPC stream: names as dictionaries, a record batch per chunk. */
class ArrowEncoder implements FleetEncoder {
  readonly #maker = new RecordBatchMaker()
  readonly #writer = new ArrowStreamWriter()
  #metrics: Names | null = null

  encode(chunk: FleetChunk): Uint8Array {
    this.#metrics ??= namesOf(chunk.metrics)
    const time = new BigInt64Array(chunk.rows)
    wholeNumbers(chunk.time, chunk.rows, time, 0)
    const batch = this.#maker.datapoints({ ...chunk, metrics: this.#metrics, time })
    return this.#writer.write(batch)
  }

  end(): Uint8Array {
    return this.#writer.end()
  }
}

const ROW_GROUP_ROWS = 131_072

/** Names as strings: chunks are collected into row groups, the names of a row group written out. */
class ParquetFleetEncoder implements FleetEncoder {
  readonly #thing = new Int32Array(ROW_GROUP_ROWS)
  readonly #metric = new Int32Array(ROW_GROUP_ROWS)
  readonly #time = new BigInt64Array(ROW_GROUP_ROWS)
  readonly #value = new Float64Array(ROW_GROUP_ROWS)
  #rows = 0
  #things: Names = namesOf([])
  #metrics: Names | null = null
  #encoder: ParquetEncoder | null = null

  encode(chunk: FleetChunk): Uint8Array {
    const piece = this.#rows + chunk.rows > ROW_GROUP_ROWS ? this.#rowGroup() : new Uint8Array(0)
    this.#things = chunk.things
    this.#metrics ??= namesOf(chunk.metrics)
    this.#thing.set(chunk.thing, this.#rows)
    this.#metric.set(chunk.metric, this.#rows)
    this.#value.set(chunk.value, this.#rows)
    wholeNumbers(chunk.time, chunk.rows, this.#time, this.#rows)
    this.#rows += chunk.rows
    return piece
  }

  end(): Uint8Array {
    const piece = this.#rowGroup()
    return Buffer.concat([piece, ...(this.#encoder?.end() ?? [])])
  }

  #rowGroup(): Uint8Array {
    const rows = this.#rows
    this.#rows = 0
    const columns: ParquetColumn[] = [
      { name: 'thing', type: 'UTF8', values: namesByRow(this.#thing, rows, this.#things) },
      {
        name: 'metric',
        type: 'UTF8',
        values: namesByRow(this.#metric, rows, this.#metrics ?? this.#things),
      },
      { name: 'timestamp', type: 'INT64', values: this.#time.subarray(0, rows) },
      { name: 'value', type: 'DOUBLE', values: this.#value.subarray(0, rows) },
    ]
    this.#encoder ??= new ParquetEncoder(columns, { rowGroupRows: ROW_GROUP_ROWS })
    return Buffer.concat(this.#encoder.encode(columns))
  }
}

function namesOf(names: readonly string[]): Names {
  const table = new NameTable(names.length)
  for (const name of names) table.codeOfString(name)
  return table.snapshot()
}

/** A name per row, one after the other. */
function namesByRow(codes: Int32Array, rows: number, names: Names): Names {
  const offsets = new Int32Array(rows + 1)
  for (let row = 0; row < rows; row++) {
    const code = codes[row]!
    offsets[row + 1] = offsets[row]! + names.offsets[code + 1]! - names.offsets[code]!
  }
  const bytes = new Uint8Array(offsets[rows]!)
  for (let row = 0; row < rows; row++) {
    let from = names.offsets[codes[row]!]!
    const end = offsets[row + 1]!
    for (let at = offsets[row]!; at < end; at++) bytes[at] = names.bytes[from++]!
  }
  return { count: rows, bytes, offsets }
}

const TWO_32 = 4_294_967_296

/** Whole numbers below 2^53 as 64-bit integers, through their halves: no BigInt is made. */
function wholeNumbers(source: Float64Array, count: number, into: BigInt64Array, at: number): void {
  const halves = new Int32Array(into.buffer, into.byteOffset + at * 8, count * 2)
  for (let i = 0; i < count; i++) {
    const high = Math.floor(source[i]! / TWO_32)
    halves[2 * i] = source[i]! - high * TWO_32
    halves[2 * i + 1] = high
  }
}
