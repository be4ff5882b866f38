import { createHash } from 'node:crypto'
import { DetectError } from '../domain/errors.ts'

/**
 * A document of JSON and named columns in one run of bytes: magic, header length, header (JSON: the
 * document and where each column lies), the columns at multiples of 8, and the SHA-256 of it all.
 */
export interface Pack {
  document: unknown
  columns: Record<string, PackColumn>
}

export type PackColumn = Uint8Array | Int32Array | Uint32Array | Float64Array

/**
 * A column that is never in memory as a whole: its values, part after part, whenever it is written. A
 * part need only last until the next one is asked for.
 */
export interface ColumnParts {
  type: TypeName
  length: number
  parts(): Iterable<PackColumn>
}

/** What can be written as a pack. */
export interface PackSource {
  document: unknown
  columns: Record<string, PackColumn | ColumnParts>
}

/** The same in memory as a whole. */
export function packInMemory({ document, columns }: PackSource): Pack {
  const whole = Object.entries(columns).map(([name, column]): [string, PackColumn] => {
    if (!('parts' in column)) return [name, column]
    const joined = new TYPES[column.type](column.length)
    let end = 0
    for (const part of column.parts()) {
      joined.set(part, end)
      end += part.length
    }
    return [name, joined]
  })
  return { document, columns: Object.fromEntries(whole) }
}

/** Bytes to be read from where they lie. */
export interface ByteSource {
  size: number
  /** Fills all of `into` with the bytes from `at` on. */
  read(into: Uint8Array, at: number): void
}

const MAGIC = 'FLEETDP1'
const PREFIX_BYTES = 16
const DIGEST_BYTES = 32
const CHUNK_BYTES: number = 2 ** 22

type TypeName = 'u8' | 'i32' | 'u32' | 'f64'
const TYPES = { u8: Uint8Array, i32: Int32Array, u32: Uint32Array, f64: Float64Array } as const

interface Header {
  document: unknown
  columns: { name: string; type: TypeName; length: number; offset: number }[]
}

/** The bytes of a pack, piece by piece; columns come as views of their own memory. */
export function* packBytes({ document, columns }: PackSource): Generator<Uint8Array> {
  const hash = createHash('sha256')
  for (const piece of contents(document, columns)) {
    hash.update(piece)
    yield piece
  }
  yield hash.digest()
}

function* contents(document: unknown, columns: PackSource['columns']): Generator<Uint8Array> {
  let offset = 0
  const entries = Object.entries(columns).map(([name, column]) => {
    const entry = { name, type: typeOf(column), length: column.length, offset }
    offset += aligned(bytesIn(entry))
    return entry
  })
  const header = Buffer.from(JSON.stringify({ document, columns: entries } satisfies Header))
  const prefix = new Uint8Array(PREFIX_BYTES)
  prefix.set(Buffer.from(MAGIC))
  new DataView(prefix.buffer).setUint32(8, header.length, true)
  yield prefix
  yield header
  yield padding(header.length)
  for (const entry of entries) {
    const column = columns[entry.name]!
    let written = 0
    for (const { buffer, byteOffset, byteLength } of isParts(column) ? column.parts() : [column]) {
      written += byteLength
      yield new Uint8Array(buffer, byteOffset, byteLength)
    }
    if (written !== bytesIn(entry)) {
      throw new RangeError(`column ${entry.name}: ${written} bytes, not ${bytesIn(entry)}`)
    }
    yield padding(written)
  }
}

/** Reads what `packBytes` gave. `place` names the bytes in errors. */
export function readPack(source: ByteSource, place: string): Pack {
  if (!isIntact(source)) throw new DetectError('state', `${place} is damaged or not a state file`)
  const prefix = bytesOf(source, 0, PREFIX_BYTES)
  const length = new DataView(prefix.buffer).getUint32(8, true)
  const text = Buffer.from(bytesOf(source, PREFIX_BYTES, length)).toString()
  const header = JSON.parse(text) as Header
  const start = PREFIX_BYTES + aligned(length)
  const columns: Record<string, PackColumn> = {}
  for (const entry of header.columns) {
    const { buffer } = bytesOf(source, start + entry.offset, bytesIn(entry))
    columns[entry.name] = new TYPES[entry.type](buffer)
  }
  return { document: header.document, columns }
}

function isIntact(source: ByteSource): boolean {
  const end = source.size - DIGEST_BYTES
  if (end < PREFIX_BYTES) return false
  if (Buffer.from(bytesOf(source, 0, MAGIC.length)).toString('latin1') !== MAGIC) return false
  const hash = createHash('sha256')
  const chunk = new Uint8Array(CHUNK_BYTES)
  for (let at = 0; at < end; at += CHUNK_BYTES) {
    const piece = chunk.subarray(0, Math.min(CHUNK_BYTES, end - at))
    source.read(piece, at)
    hash.update(piece)
  }
  return hash.digest().equals(bytesOf(source, end, DIGEST_BYTES))
}

function bytesOf(source: ByteSource, at: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  source.read(bytes, at)
  return bytes
}

function isParts(column: PackColumn | ColumnParts): column is ColumnParts {
  return 'parts' in column
}

function typeOf(column: PackColumn | ColumnParts): TypeName {
  if (isParts(column)) return column.type
  if (column instanceof Float64Array) return 'f64'
  if (column instanceof Int32Array) return 'i32'
  return column instanceof Uint32Array ? 'u32' : 'u8'
}

function bytesIn({ type, length }: { type: TypeName; length: number }): number {
  return length * TYPES[type].BYTES_PER_ELEMENT
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}

function padding(bytes: number): Uint8Array {
  return new Uint8Array(aligned(bytes) - bytes)
}
