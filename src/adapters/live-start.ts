import { firstCborItem } from '../formats/cbor-item.ts'
import { readCsvHeader } from '../formats/csv-header.ts'
import { scanValue, skipBlanks } from '../formats/json-scan.ts'
import { textStart } from '../formats/lines.ts'
import { type Format, SNIFF_BYTES, sniffFormat } from '../formats/sniff.ts'
import { DetectError } from '../domain/errors.ts'
import type { ByteFormat } from '../tasks/segment.ts'

const NEWLINE = 10
const OPEN_LIST = 91
const OPEN_OBJECT = 123

/** What the first bytes of a live stream tell. */
export type StreamStart =
  /** Too little as yet. */
  | { kind: 'wait' }
  /** `[0, end)` is whole, and the stream goes on as if it began behind: a document, or a line of no format. */
  | { kind: 'before'; end: number }
  /** From `from` on (behind a header) the stream is of this format. */
  | { kind: 'stream'; from: number; format: ByteFormat }

const WAIT: StreamStart = { kind: 'wait' }

/**
 * Tells a live stream's format from as much of its start as has come, as soon as it can be told.
 * `given` is the format the user named, if any; `ended` says that no more will come.
 */
export function streamStart(head: Uint8Array, given: Format | null, ended: boolean): StreamStart {
  if (given !== null && given !== 'csv')
    return { kind: 'stream', from: 0, format: byteFormat(given) }
  const start = skipBlanks(head, textStart(head))
  if (start === head.length) return ended ? stream('ndjson') : blankStart(head)
  const full = ended || head.length - start >= SNIFF_BYTES
  const line = head.indexOf(NEWLINE, start)
  const lineEnd = line < 0 ? head.length : line
  if (line < 0 && !full && given === 'csv') return WAIT
  const found = given ?? sniffFormat(head)?.format ?? null
  if (found === 'csv') return csvStart(head, start, line, lineEnd, full)
  if (found === 'json' || found === 'ndjson') return jsonStart(head, start, line, full, found)
  if (found === 'cbor') {
    // Many other bytes could be the start of an item, or a very short one: only a document is believed.
    const item = firstCborItem(head)
    if (item.kind === 'value' && isDocument(item.value)) return stream('cbor')
    if (item.kind === 'incomplete' && !full) return WAIT
  } else if (found !== null && found !== 'gzip') return stream(found)
  if (line < 0) return full ? stream('ndjson') : WAIT
  return { kind: 'before', end: line + 1 }
}

/** `head` is blank: it is held for a while, then its lines go, or all of it if it is one without an end. */
function blankStart(head: Uint8Array): StreamStart {
  if (head.length < SNIFF_BYTES) return WAIT
  const line = head.lastIndexOf(NEWLINE)
  return { kind: 'before', end: line < 0 ? head.length : line + 1 }
}

function csvStart(
  head: Uint8Array,
  start: number,
  line: number,
  lineEnd: number,
  full: boolean,
): StreamStart {
  if (line < 0 && !full) return WAIT
  const layout = readCsvHeader(new TextDecoder().decode(head.subarray(start, lineEnd)))
  if (layout === null) return { kind: 'before', end: line < 0 ? head.length : line + 1 }
  return {
    kind: 'stream',
    from: line < 0 ? head.length : line + 1,
    format: { name: 'csv', layout },
  }
}

/** Documents by the line need no more than their first line; the others may come without any. */
function jsonStart(
  head: Uint8Array,
  start: number,
  line: number,
  full: boolean,
  found: 'json' | 'ndjson',
): StreamStart {
  if (full) return stream(found)
  const value = scanValue(head, start)
  if (line >= 0) {
    const begunObject = value.kind === 'incomplete' && head[start] === OPEN_OBJECT
    return begunObject ? WAIT : stream(found)
  }
  if (value.kind !== 'value') return WAIT
  const next = skipBlanks(head, value.end)
  if (next === head.length) return { kind: 'before', end: head.length }
  return head[next] === OPEN_OBJECT || head[next] === OPEN_LIST ? stream('json') : WAIT
}

function isDocument(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isDocument)
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
}

function stream(format: Format): StreamStart {
  return { kind: 'stream', from: 0, format: byteFormat(format) }
}

function byteFormat(format: Format): ByteFormat {
  if (format === 'arrow-file' || format === 'arrow-stream') return { name: 'arrow' }
  if (format === 'parquet') {
    throw new DetectError(
      'input',
      'Parquet cannot be read as it comes, its index is at its end: give the file to replay',
    )
  }
  // A table without its header cannot be told apart; its lines are refused one by one.
  return { name: format === 'csv' ? 'ndjson' : format }
}
