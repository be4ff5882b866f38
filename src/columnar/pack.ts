import { createHash } from 'node:crypto'
import { DetectError } from '../domain/errors.ts'

/**
 * A document of JSON and named columns in one block of bytes: magic, header length, header (JSON: the
 * document and where each column lies), the columns at multiples of 8, and the SHA-256 of it all.
 */
export interface Pack {
  document: unknown
  columns: Record<string, PackColumn>
}

export type PackColumn = Uint8Array | Int32Array | Uint32Array | Float64Array

const MAGIC = 'FLEETDP1'
const PREFIX_BYTES = 16
const DIGEST_BYTES = 32

const TYPES = { u8: Uint8Array, i32: Int32Array, u32: Uint32Array, f64: Float64Array } as const
type TypeName = keyof typeof TYPES

interface Header {
  document: unknown
  columns: { name: string; type: TypeName; length: number; offset: number }[]
}

export function encodePack({ document, columns }: Pack): Uint8Array {
  let offset = 0
  const entries = Object.entries(columns).map(([name, column]) => {
    const entry = { name, type: typeOf(column), length: column.length, offset }
    offset += aligned(column.byteLength)
    return entry
  })
  const header = Buffer.from(JSON.stringify({ document, columns: entries } satisfies Header))
  const start = PREFIX_BYTES + aligned(header.length)
  const bytes = new Uint8Array(start + offset + DIGEST_BYTES)
  bytes.set(Buffer.from(MAGIC))
  new DataView(bytes.buffer).setUint32(8, header.length, true)
  bytes.set(header, PREFIX_BYTES)
  for (const { name, offset: at } of entries) {
    const column = columns[name]!
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), start + at)
  }
  bytes.set(digest(bytes), bytes.length - DIGEST_BYTES)
  return bytes
}

/** Reads what `encodePack` wrote; columns are copies. `place` names the bytes in errors. */
export function decodePack(bytes: Uint8Array, place: string): Pack {
  const intact =
    bytes.length >= PREFIX_BYTES + DIGEST_BYTES &&
    Buffer.from(bytes.subarray(0, 8)).toString('latin1') === MAGIC &&
    digest(bytes).equals(bytes.subarray(bytes.length - DIGEST_BYTES))
  if (!intact) throw new DetectError('state', `${place} is damaged or not a state file`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = view.getUint32(8, true)
  const text = Buffer.from(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + length)).toString()
  const header = JSON.parse(text) as Header
  const start = PREFIX_BYTES + aligned(length)
  const columns: Record<string, PackColumn> = {}
  for (const { name, type, length: values, offset } of header.columns) {
    const from = start + offset
    const size = values * TYPES[type].BYTES_PER_ELEMENT
    columns[name] = new TYPES[type](new Uint8Array(bytes.subarray(from, from + size)).buffer)
  }
  return { document: header.document, columns }
}

function typeOf(column: PackColumn): TypeName {
  if (column instanceof Float64Array) return 'f64'
  if (column instanceof Int32Array) return 'i32'
  return column instanceof Uint32Array ? 'u32' : 'u8'
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}

function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256')
    .update(bytes.subarray(0, bytes.length - DIGEST_BYTES))
    .digest()
}
