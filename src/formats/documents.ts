import type { ChunkBuilder } from '../columnar/chunk.ts'
import { readBrokerLine } from './broker-log.ts'
import { readDatapoint } from './datapoint.ts'
import { isDeviceReport, readDeviceReport } from './device-report.ts'
import {
  describe,
  isFields,
  refuse,
  type DocumentSource,
  type Fields,
  type Origin,
} from './document-fields.ts'
import { openMessage, openPayload, originOf } from './envelope.ts'
import { skipBlanks, stretchAt, type Stretch } from './json-scan.ts'
import { isLifecycleEvent, readLifecycleEvent } from './lifecycle.ts'
import { textStart } from './lines.ts'
import { isMetricsExport, readMetricsExport } from './metrics-export.ts'

export { splitJson } from './json-scan.ts'

/** Lists in lists, payloads in messages: nothing real goes deeper. */
const MAX_ENVELOPES = 16

const NOWHERE: Origin = { thing: undefined, time: undefined }

/**
 * Adds the rows of one parsed JSON or CBOR value, told by its members: a datapoint, a device's report,
 * a metrics export, a broker's log line or lifecycle event, a wrapper around one of these, or a list
 * of them. Anything else is refused, and so are malformed parts, leaving the rest. `line` and `text`
 * are the value's, for refusals. Lines are the caller's to count.
 */
export function readDocument(
  document: unknown,
  builder: ChunkBuilder,
  line: number,
  text: string,
): void {
  readAt(document, NOWHERE, 0, { builder, line, text })
}

function readAt(document: unknown, outer: Origin, depth: number, source: DocumentSource): void {
  if (depth > MAX_ENVELOPES) {
    refuse(source, 'malformed', `nested ${depth} deep`)
  } else if (Array.isArray(document)) {
    for (const element of document) readAt(element, outer, depth + 1, source)
  } else if (!isFields(document)) {
    refuse(source, 'malformed', describe(document))
  } else if ('metric' in document) {
    readDatapoint(document, source)
  } else if (typeof document.eventType === 'string') {
    if (isLifecycleEvent(document)) readLifecycleEvent(document, source)
    else readBrokerLine(document, source)
  } else if (isMetricsExport(document)) {
    readMetricsExport(document.metrics, source)
  } else if (isDeviceReport(document)) {
    readDeviceReport(document, originOf(document, outer), source)
  } else if (!readEnvelope(document, outer, depth, source)) {
    if ('value' in document) readDatapoint(document, source)
    else refuse(source, 'malformed', describe(document))
  }
}

/** Reads what a wrapper holds; false when the document is none. */
function readEnvelope(
  document: Fields,
  outer: Origin,
  depth: number,
  source: DocumentSource,
): boolean {
  const { payload, logEvents, message } = document
  if (payload !== undefined) {
    const opened = openPayload(payload)
    if (opened === null) refuse(source, 'malformed', `payload ${describe(payload)}`)
    else readAt(opened.document, originOf(document, outer), depth + 1, source)
    return true
  }
  if (Array.isArray(logEvents)) {
    // CloudWatch's probes of a subscription carry a text where log lines stand.
    if (document.messageType === 'CONTROL_MESSAGE') return true
    for (let i = 0; i < logEvents.length; i++) {
      const event: unknown = logEvents[i]
      const held = isFields(event) ? event.message : undefined
      readMessage(held, `logEvents[${i}].message`, depth, source)
    }
    return true
  }
  if (message === undefined) return false
  readMessage(message, 'message', depth, source)
  return true
}

function readMessage(message: unknown, path: string, depth: number, source: DocumentSource): void {
  const opened = openMessage(message)
  if (opened === null || opened.document === undefined) {
    refuse(source, 'malformed', `${path} ${describe(message)}`)
  } else readAt(opened.document, NOWHERE, depth + 1, source)
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lenient = new TextDecoder('utf-8', { ignoreBOM: true })

/** A reject keeps 200 characters; UTF-8 takes at most 4 bytes for one. */
const EXCERPT_BYTES = 800

const NEWLINE = 10
const COMMA = 44
const OPEN_LIST = 91
const CLOSE_LIST = 93

/**
 * Decodes JSON documents that span lines, follow one another or make up a list, into the builder's
 * columns; each counts as a line, and is refused by the line it starts in. What is no JSON is refused
 * up to where the next document plausibly starts.
 */
export function decodeJsonValues(bytes: Uint8Array, builder: ChunkBuilder): void {
  let at = textStart(bytes)
  let line = 1
  let openLists = 0
  let cut = false
  for (;;) {
    const from = at
    at = skipBlanks(bytes, at)
    line += newlines(bytes, from, at)
    if (at === bytes.length) break
    const byte = bytes[at]
    if (byte === OPEN_LIST || byte === COMMA || (byte === CLOSE_LIST && openLists > 0)) {
      if (byte !== COMMA) openLists += byte === OPEN_LIST ? 1 : -1
      at++
      continue
    }
    const stretch = stretchAt(bytes, at, openLists > 0)
    readStretch(bytes, stretch, builder, line)
    builder.lines++
    cut = stretch.kind !== 'value'
    line += newlines(bytes, at, stretch.end)
    at = stretch.end
  }
  if (openLists > 0 && !cut) builder.reject(line, 'truncated', 'list without its end', '')
}

function readStretch(
  bytes: Uint8Array,
  { kind, start, end }: Stretch,
  builder: ChunkBuilder,
  line: number,
): void {
  if (kind !== 'value') {
    const text = lenient.decode(bytes.subarray(start, Math.min(end, start + EXCERPT_BYTES)))
    builder.reject(line, kind === 'broken' ? 'malformed' : 'truncated', 'not JSON', text)
    return
  }
  let text: string
  try {
    text = strict.decode(bytes.subarray(start, end))
  } catch {
    const damaged = lenient.decode(bytes.subarray(start, end))
    builder.reject(line, 'not-utf8', `character ${damaged.indexOf('\ufffd') + 1}`, damaged)
    return
  }
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    builder.reject(line, 'malformed', 'not JSON', text)
    return
  }
  readDocument(document, builder, line, text)
}

function newlines(bytes: Uint8Array, start: number, end: number): number {
  let count = 0
  for (let at = start; at < end; at++) if (bytes[at] === NEWLINE) count++
  return count
}
