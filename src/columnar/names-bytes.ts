import type { Names } from './name-table.ts'

/**
 * Names as bytes: their count and the length of all together (two 32-bit words), the offsets, the
 * names. Byte order is the machine's.
 */
export function encodeNames({ count, bytes, offsets }: Names): Uint8Array {
  const length = offsets[count]!
  const encoded = new Uint8Array(8 + (count + 1) * 4 + length)
  new Uint32Array(encoded.buffer, 0, 2).set([count, length])
  new Int32Array(encoded.buffer, 8, count + 1).set(offsets.subarray(0, count + 1))
  encoded.set(bytes.subarray(0, length), 8 + (count + 1) * 4)
  return encoded
}

/** Views of the bytes, which must begin where eight bytes begin. Null when they are no encoded names. */
export function decodeNames(encoded: Uint8Array): Names | null {
  if (encoded.length < 12) return null
  const [count, length] = new Uint32Array(encoded.buffer, encoded.byteOffset, 2) as unknown as [
    number,
    number,
  ]
  const start = 8 + (count + 1) * 4
  if (encoded.length !== start + length) return null
  const offsets = new Int32Array(encoded.buffer, encoded.byteOffset + 8, count + 1)
  return { count, bytes: encoded.subarray(start), offsets }
}
