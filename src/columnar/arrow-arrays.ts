/** Arrow's arrays, plain or through dictionaries, to columns of codes and numbers. */
import { type Data, DataType, TimeUnit, Type } from 'apache-arrow'
import { type Meaning, Physical, type ValueType } from './parquet-format.ts'
import { type PageValues, readNumbers, readTimes } from './plain-values.ts'

/** Where a column's values go: `out[at, at + count)`. */
interface Destination<A extends Int32Array | Float64Array> {
  out: A
  at: number
  count: number
  /** What a row without a value gets; the call-back counts rows from the batch's first. */
  missing: number
  onMissing: (row: number) => void
}

/** Reads the first `count` values of an array that is no dictionary. */
type ReadArray<A> = (data: Data, count: number, into: A, at: number) => void

/** Reads columns of one kind of values, plain or through dictionaries. */
export class ArrayReader<A extends Int32Array | Float64Array> {
  readonly #read: ReadArray<A>
  /** The values of the parts of dictionaries: later batches bring the same parts again. */
  readonly #parts = new Map<Data, A>()

  constructor(read: ReadArray<A>) {
    this.#read = read
  }

  column(data: Data, destination: Destination<A>, allocate: (length: number) => A): void {
    const { out, at, count, missing, onMissing } = destination
    if (data.length < count) throw new RangeError('column shorter than its batch')
    if (DataType.isNull(data.type)) {
      out.fill(missing, at, at + count)
      for (let i = 0; i < count; i++) onMissing(i)
      return
    }
    if (DataType.isDictionary(data.type)) this.#dictionary(data, out, at, count, allocate)
    else this.#read(data, count, out, at)
    if (data.nullCount === 0) return
    for (let i = 0; i < count; i++) {
      if (data.getValid(i)) continue
      out[at + i] = missing
      onMissing(i)
    }
  }

  #dictionary(
    data: Data,
    out: A,
    at: number,
    count: number,
    allocate: (length: number) => A,
  ): void {
    const parts = (data.dictionary?.data ?? []).map((part) => this.#part(part, allocate))
    const table = allocate(parts.reduce((sum, part) => sum + part.length, 0))
    let filled = 0
    for (const part of parts) {
      table.set(part, filled)
      filled += part.length
    }
    const indices = data.values as ArrayLike<number | bigint>
    if (indices.length < count) throw new RangeError('indices end early')
    const hasNulls = data.nullCount > 0
    for (let i = 0; i < count; i++) {
      const index = Number(indices[i])
      if (index >= 0 && index < filled) out[at + i] = table[index]!
      else if (!hasNulls || data.getValid(i))
        throw new RangeError('index outside of the dictionary')
    }
  }

  #part(part: Data, allocate: (length: number) => A): A {
    let values = this.#parts.get(part)
    if (values === undefined) {
      values = allocate(part.length)
      this.#read(part, part.length, values, 0)
      this.#parts.set(part, values)
    }
    return values
  }
}

export function nameArrays(
  codeOf: (bytes: Uint8Array, start: number, end: number) => number,
): ReadArray<Int32Array> {
  return (data, count, into, at) => {
    if (!isText(data.type)) {
      throw new RangeError(`column of ${Type[data.typeId]} where names should be`)
    }
    eachText(data, count, (bytes, start, end, i) => {
      into[at + i] = codeOf(bytes, start, end)
    })
  }
}

function isText(type: DataType): boolean {
  return DataType.isUtf8(type) || DataType.isLargeUtf8(type)
}

function eachText(
  data: Data,
  count: number,
  visit: (bytes: Uint8Array, start: number, end: number, i: number) => void,
): void {
  const bytes = data.values as Uint8Array
  const offsets = data.valueOffsets as ArrayLike<number | bigint>
  if (count > 0 && offsets.length <= count) throw new RangeError('offsets end early')
  for (let i = 0; i < count; i++) {
    const start = Number(offsets[i])
    const end = Number(offsets[i + 1])
    if (!(start >= 0 && start <= end && end <= bytes.length)) throw new RangeError('offset astray')
    visit(bytes, start, end, i)
  }
}

export function readNumberArray(data: Data, count: number, into: Float64Array, at: number): void {
  const type = numberType(data.type)
  if (type !== null) readNumbers(bytesOf(data), type, count, into, at)
  else widen(data, count, into, at)
}

export function readTimeArray(data: Data, count: number, into: Float64Array, at: number): void {
  if (isText(data.type)) {
    readTimes(prefixed(data, count), valueType(Physical.BYTE_ARRAY), count, into, at)
    return
  }
  const type = timeType(data.type) ?? numberType(data.type)
  if (type === null) throw new RangeError(`column of ${Type[data.typeId]} where times should be`)
  readTimes(bytesOf(data), type, count, into, at)
}

/** Texts with their lengths before them, which is how times are read from Parquet. */
function prefixed(data: Data, count: number): PageValues {
  const pieces: Uint8Array[] = []
  eachText(data, count, (bytes, start, end) => {
    pieces.push(new Uint8Array(Uint32Array.of(end - start).buffer), bytes.subarray(start, end))
  })
  const bytes = Buffer.concat(pieces)
  return { bytes, start: 0, end: bytes.length }
}

function bytesOf(data: Data): PageValues {
  const { buffer, byteOffset, byteLength } = data.values as Uint8Array
  return { bytes: new Uint8Array(buffer, byteOffset, byteLength), start: 0, end: byteLength }
}

function valueType(type: number, meaning: Meaning = { kind: 'plain' }): ValueType {
  return { type, typeLength: 0, meaning }
}

/** The Parquet type that lies in memory like this Arrow type; null when there is none. */
function numberType(type: DataType): ValueType | null {
  if (DataType.isFloat(type)) {
    const width = type.ArrayType.BYTES_PER_ELEMENT
    if (width === 8) return valueType(Physical.DOUBLE)
    return width === 4 ? valueType(Physical.FLOAT) : null
  }
  if (!DataType.isInt(type) || type.bitWidth < 32) return null
  const meaning: Meaning = { kind: type.isSigned ? 'plain' : 'unsigned' }
  return valueType(type.bitWidth === 64 ? Physical.INT64 : Physical.INT32, meaning)
}

function timeType(type: DataType): ValueType | null {
  if (DataType.isDate(type)) {
    const isDay = type.ArrayType.BYTES_PER_ELEMENT === 4
    return isDay
      ? valueType(Physical.INT32, { kind: 'time', unit: 'day' })
      : valueType(Physical.INT64, { kind: 'time', unit: 'ms' })
  }
  if (!DataType.isTimestamp(type)) return null
  // Seconds are told from milliseconds by their size, like any number.
  if (type.unit === TimeUnit.SECOND) return valueType(Physical.INT64)
  const unit = { [TimeUnit.MILLISECOND]: 'ms', [TimeUnit.MICROSECOND]: 'us' }[type.unit as 1 | 2]
  return valueType(Physical.INT64, { kind: 'time', unit: (unit ?? 'ns') as 'ms' | 'us' | 'ns' })
}

/** Integers of 8 and 16 bits. */
function widen(data: Data, count: number, into: Float64Array, at: number): void {
  if (!DataType.isInt(data.type)) {
    throw new RangeError(`column of ${Type[data.typeId]} where numbers should be`)
  }
  const values = data.values as Int16Array
  if (values.length < count) throw new RangeError('values end early')
  for (let i = 0; i < count; i++) into[at + i] = values[i]!
}
