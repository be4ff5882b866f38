import { createHash } from 'node:crypto'
import type { InputFile } from './inputs.ts'

/** What a file began with when it was read: while that stands it is the same file, perhaps appended to. */
export interface Beginning {
  /** How many of its first (unpacked) bytes are known, at most `SNIFF_BYTES`. */
  bytes: number
  hash: string
  /** The length of a file that is read whole, since one cannot go on in its middle; null of others. */
  size: number | null
}

export function beginningOf({ head, format, size }: InputFile): Beginning {
  const grows = format === 'ndjson' || format === 'csv' || format === 'parquet'
  return { bytes: head.length, hash: hashOf(head), size: grows ? null : size }
}

export function beginsWith(file: InputFile, { bytes, hash, size }: Beginning): boolean {
  if (size !== null && size !== file.size) return false
  return file.head.length >= bytes && hashOf(file.head.subarray(0, bytes)) === hash
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
}
