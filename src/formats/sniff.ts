import { firstCborItem } from './cbor-item.ts'
import { readCsvHeader } from './csv-header.ts'
import { scanValue, skipBlanks } from './json-scan.ts'
import { NEWLINE, textStart } from './lines.ts'

export type Format = 'ndjson' | 'csv' | 'json' | 'cbor' | 'parquet' | 'arrow-file' | 'arrow-stream'

/** The formats of input that `--format` names. Gzip around any of them is undone unasked. */
export const FORMATS: Readonly<Record<Format, string>> = {
  ndjson: 'a JSON document per line: datapoints, device reports, metrics exports, broker logs',
  csv: 'a table with a header that names its thing, metric, timestamp and value columns',
  json: 'the documents of ndjson spanning lines, following one another or in one list',
  cbor: 'the documents of ndjson in CBOR, following one another',
  parquet: 'a Parquet file',
  'arrow-file': 'an Arrow file (Feather version 2)',
  'arrow-stream': 'an Arrow stream',
}

/** How much of the input's start tells its format. */
export const SNIFF_BYTES = 65_536

const MAGIC: readonly (readonly [format: Format | 'gzip', bytes: readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['parquet', ascii('PAR1')],
  ['arrow-file', ascii('ARROW1')],
  // Each message of a stream starts with a continuation marker (Arrow columnar format 1.0).
  ['arrow-stream', [0xff, 0xff, 0xff, 0xff]],
]

/**
 * The format of an input that starts with these bytes: all of a short one, `SNIFF_BYTES` of a longer.
 * Null when they do not tell.
 */
export function sniffFormat(head: Uint8Array): { format: Format | 'gzip' } | null {
  for (const [format, magic] of MAGIC) {
    if (magic.every((byte, i) => head[i] === byte)) return { format }
  }
  const start = skipBlanks(head, textStart(head))
  if (start === head.length) return { format: 'ndjson' }
  if (opensJson(head[start])) return { format: jsonLayout(head, start) }
  if (startsWithCsvHeader(head, start)) return { format: 'csv' }
  return start === 0 && looksLikeCbor(head) ? { format: 'cbor' } : null
}

/** `json` unless the first line consists of whole values; broken ones are best refused line by line. */
function jsonLayout(head: Uint8Array, start: number): 'ndjson' | 'json' {
  const lineEnd = head.indexOf(NEWLINE, start)
  const end = lineEnd < 0 ? head.length : lineEnd
  let at = start
  while (at < end && opensJson(head[at])) {
    const value = scanValue(head, at)
    if (value.kind === 'incomplete' || (value.kind === 'value' && value.end > end)) return 'json'
    if (value.kind === 'broken') break
    at = skipBlanks(head, value.end)
  }
  // Documents that follow one another without newlines make up one line as long as the file.
  return lineEnd < 0 && head.length >= SNIFF_BYTES ? 'json' : 'ndjson'
}

function startsWithCsvHeader(head: Uint8Array, start: number): boolean {
  const lineEnd = head.indexOf(NEWLINE, start)
  const line = head.subarray(start, lineEnd < 0 ? head.length : lineEnd)
  return readCsvHeader(new TextDecoder().decode(line).trimEnd()) !== null
}

/** A list, map or tag that is CBOR as far as the head goes, and no text in another alphabet. */
function looksLikeCbor(head: Uint8Array): boolean {
  const first = head[0]!
  if (first < 0x80 || first > 0xdb || isText(head.subarray(0, 256))) return false
  return firstCborItem(head).kind !== 'invalid'
}

function isText(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}

function opensJson(byte: number | undefined): boolean {
  return byte === 0x7b || byte === 0x5b
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0))
}
