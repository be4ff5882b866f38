import type { ChunkBuilder } from '../columnar/chunk.ts'

export const NEWLINE = 10
const CARRIAGE_RETURN = 13
const SPACE = 32
const TAB = 9

/** A longer line is refused unread: nothing a device sends comes near it. */
export const MAX_LINE_BYTES: number = 64 * 1024 * 1024

/** A reject keeps 200 characters; UTF-8 takes at most 4 bytes for one. */
const EXCERPT_BYTES = 800

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lenient = new TextDecoder('utf-8', { ignoreBOM: true })

/** Where the text starts: behind the UTF-8 byte order mark, if there is one. */
export function textStart(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
}

/** Whether `bytes[start, end)` holds nothing but white space. */
export function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i]
    if (byte !== SPACE && byte !== CARRIAGE_RETURN && byte !== TAB) return false
  }
  return true
}

/** The line in `bytes[start, end)` as text; null when it had to be refused as too long or not UTF-8. */
export function lineText(
  bytes: Uint8Array,
  start: number,
  end: number,
  builder: ChunkBuilder,
  line: number,
): string | null {
  if (end - start > MAX_LINE_BYTES) {
    const detail = `line of ${end - start} bytes`
    builder.reject(line, 'oversized', detail, excerpt(bytes, start, end))
    return null
  }
  try {
    return strict.decode(bytes.subarray(start, end))
  } catch {
    const text = lenient.decode(bytes.subarray(start, end))
    builder.reject(line, 'not-utf8', `character ${text.indexOf('\ufffd') + 1}`, text)
    return null
  }
}

function excerpt(bytes: Uint8Array, start: number, end: number): string {
  return lenient.decode(bytes.subarray(start, Math.min(end, start + EXCERPT_BYTES)))
}
