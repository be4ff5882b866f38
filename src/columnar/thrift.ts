/**
 * Reads Thrift's compact protocol as far as Parquet uses it (parquet-format, parquet.thrift): structs
 * become maps from field id to value. The bytes are untrusted: every length is checked against what is
 * left, so that a corrupt header costs an error and never memory or time.
 */
export type ThriftValue = boolean | number | Uint8Array | ThriftValue[] | ThriftStruct
export type ThriftStruct = ReadonlyMap<number, ThriftValue>

/** Deeper nesting than any Parquet structure has. */
const MAX_DEPTH = 24

const TRUE = 1
const FALSE = 2
const I8 = 3
const I16 = 4
const I32 = 5
const I64 = 6
const DOUBLE = 7
const BINARY = 8
const LIST = 9
const SET = 10
const STRUCT = 12

export class ThriftReader {
  readonly bytes: Uint8Array
  position: number
  readonly end: number

  constructor(bytes: Uint8Array, position: number, end: number) {
    this.bytes = bytes
    this.position = position
    this.end = end
  }

  struct(depth = 0): ThriftStruct {
    if (depth > MAX_DEPTH) throw new RangeError('thrift structure nested too deep')
    const fields = new Map<number, ThriftValue>()
    let id = 0
    for (;;) {
      const header = this.#byte()
      if (header === 0) return fields
      const delta = header >> 4
      id = delta === 0 ? this.#zigzag() : id + delta
      const type = header & 15
      fields.set(id, type === TRUE ? true : type === FALSE ? false : this.#value(type, depth))
    }
  }

  #value(type: number, depth: number): ThriftValue {
    switch (type) {
      case TRUE:
      case FALSE:
        return this.#byte() === TRUE
      case I8:
        return (this.#byte() << 24) >> 24
      case I16:
      case I32:
      case I64:
        return this.#zigzag()
      case DOUBLE:
      case BINARY:
        return this.#take(type === DOUBLE ? 8 : this.#varint())
      case LIST:
      case SET:
        return this.#list(depth)
      case STRUCT:
        return this.struct(depth + 1)
      default:
        throw new RangeError(`thrift type ${type} is not one that Parquet uses`)
    }
  }

  #list(depth: number): ThriftValue[] {
    const header = this.#byte()
    const size = header >> 4 === 15 ? this.#varint() : header >> 4
    // Each element takes at least one byte.
    if (size > this.end - this.position) throw new RangeError('thrift list longer than its file')
    const values: ThriftValue[] = []
    for (let i = 0; i < size; i++) values.push(this.#value(header & 15, depth + 1))
    return values
  }

  #take(length: number): Uint8Array {
    const start = this.position
    if (length > this.end - start) throw new RangeError('thrift bytes end early')
    this.position = start + length
    return this.bytes.subarray(start, start + length)
  }

  #byte(): number {
    if (this.position >= this.end) throw new RangeError('thrift structure ends early')
    return this.bytes[this.position++]!
  }

  /** Up to ten bytes; exact below 2^53, which covers every size and offset of a real file. */
  #varint(): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
    throw new RangeError('thrift number too long')
  }

  #zigzag(): number {
    const coded = this.#varint()
    return coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2
  }
}

const decoder = new TextDecoder()

export function numberField(struct: ThriftStruct, id: number): number | undefined {
  const value = struct.get(id)
  return typeof value === 'number' ? value : undefined
}

/** A number that the format requires. */
export function requiredNumber(struct: ThriftStruct, id: number, what: string): number {
  const value = struct.get(id)
  if (typeof value !== 'number') throw new RangeError(`no ${what}`)
  return value
}

export function bytesField(struct: ThriftStruct, id: number): Uint8Array | undefined {
  const value = struct.get(id)
  return value instanceof Uint8Array ? value : undefined
}

export function textField(struct: ThriftStruct, id: number): string | undefined {
  const value = bytesField(struct, id)
  return value === undefined ? undefined : decoder.decode(value)
}

export function structField(struct: ThriftStruct, id: number): ThriftStruct | undefined {
  const value = struct.get(id)
  return value instanceof Map ? value : undefined
}

export function listField(struct: ThriftStruct, id: number): ThriftValue[] {
  const value = struct.get(id)
  return Array.isArray(value) ? value : []
}

/** The structs of a list of structs. */
export function structsField(struct: ThriftStruct, id: number): ThriftStruct[] {
  return listField(struct, id).filter((value): value is ThriftStruct => value instanceof Map)
}
