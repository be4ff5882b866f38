import type { ChunkBuilder } from '../columnar/chunk.ts'
import { firstCborItem } from './cbor-item.ts'
import { readDocument } from './documents.ts'

/** Of an item, a reject shows its first bytes in hexadecimal. */
const SHOWN_BYTES = 64

/**
 * Decodes CBOR items that follow one another (RFC 8742) into the builder's columns; an item counts as
 * a line. Nothing marks where the next item starts, so bytes that are no CBOR end the decoding.
 */
export function decodeCbor(bytes: Uint8Array, builder: ChunkBuilder): void {
  let rest = bytes
  let line = 0
  while (rest.length > 0) {
    line++
    builder.lines++
    const item = firstCborItem(rest)
    if (item.kind === 'incomplete') {
      builder.reject(line, 'truncated', `item of which ${rest.length} bytes are there`, hex(rest))
      return
    }
    if (item.kind === 'invalid') {
      builder.reject(line, 'malformed', item.detail, hex(rest))
      return
    }
    readDocument(item.value, builder, line, hex(rest.subarray(0, -item.rest.length || undefined)))
    rest = item.rest
  }
}

function hex(bytes: Uint8Array): string {
  const { buffer, byteOffset, length } = bytes
  return Buffer.from(buffer, byteOffset, Math.min(length, SHOWN_BYTES)).toString('hex')
}
