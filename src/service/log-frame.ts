import { crc32 } from 'node:zlib'

/**
 * How a record lies in a segment of the ingest log: length of the rest behind the checksum, checksum of
 * all behind it, length of the header, the header (JSON), the body. Numbers are 32 bits, little-endian.
 */
export interface Frame {
  header: unknown
  body: Uint8Array
}

const PREFIX_BYTES = 12
/** What the length counts besides header and body: its own field of the header's length. */
const INNER_BYTES = 4

/** The bytes of a frame in two pieces; the second is the body itself. */
export function frameBytes({ header, body }: Frame): [Uint8Array, Uint8Array] {
  const text = Buffer.from(JSON.stringify(header))
  const head = Buffer.allocUnsafe(PREFIX_BYTES + text.length)
  head.writeUInt32LE(INNER_BYTES + text.length + body.length, 0)
  head.writeUInt32LE(text.length, 8)
  text.copy(head, PREFIX_BYTES)
  head.writeUInt32LE(crc32(body, crc32(head.subarray(8))), 4)
  return [head, body]
}

/** The frame that begins at `at` and where it ends; null where no whole, intact frame lies. */
export function frameAt(bytes: Buffer, at: number): { frame: Frame; end: number } | null {
  if (bytes.length - at < PREFIX_BYTES) return null
  const length = bytes.readUInt32LE(at)
  const end = at + 8 + length
  if (length < INNER_BYTES || end > bytes.length) return null
  const inner = bytes.subarray(at + 8, end)
  if (crc32(inner) !== bytes.readUInt32LE(at + 4)) return null
  const headerLength = inner.readUInt32LE(0)
  if (INNER_BYTES + headerLength > length) return null
  const body = inner.subarray(INNER_BYTES + headerLength)
  const header = JSON.parse(inner.toString('utf8', INNER_BYTES, INNER_BYTES + headerLength))
  return { frame: { header: header as unknown, body }, end }
}
