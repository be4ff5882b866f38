import type { ChunkBuilder } from '../columnar/chunk.ts'
import { MAX_THING_NAME_BYTES } from '../domain/reject.ts'
import { epochMs } from '../domain/time.ts'
import { DecimalReader } from './decimal.ts'
import { readDocument, splitJson } from './documents.ts'
import { numericMetrics } from './known-metrics.ts'
import { isBlank, lineText, NEWLINE, textStart } from './lines.ts'
import { byteMeanings, MetricReader, ThingReader } from './name-readers.ts'

const SPACE = 32
const QUOTE = 34
const COMMA = 44
const MINUS = 45
const BACKSLASH = 92
const CLOSE = 125
const CARRIAGE_RETURN = 13

/** Bytes of names in strings without escapes. */
const END_OF_NAME = 1
const NAME_BYTES = byteMeanings(END_OF_NAME, { [QUOTE]: END_OF_NAME, [BACKSLASH]: END_OF_NAME })

/**
 * Decodes newline-delimited JSON into the builder's columns. `bytes` holds whole lines; the last may
 * lack its newline. Datapoints `{"thing","metric","timestamp","value"}` as most programs write them
 * take a path over the bytes that makes no string and no object; every other line is left to
 * `readDocument`. Bad lines are counted in `builder.rejects`, their numbers 1-based within `bytes`.
 */
export function decodeNdjson(bytes: Uint8Array, builder: ChunkBuilder): void {
  const scanner = new LineScanner(bytes, builder)
  const stop = bytes.lastIndexOf(NEWLINE) + 1
  let at = textStart(bytes)
  let line = 0
  while (at < stop) {
    line++
    const next = scanner.datapoint(at)
    if (next > 0) {
      at = next
      continue
    }
    const end = bytes.indexOf(NEWLINE, at)
    readJsonLine(bytes, at, end, builder, line, true)
    at = end + 1
  }
  if (at < bytes.length) readJsonLine(bytes, at, bytes.length, builder, ++line, false)
  builder.lines += line
}

/**
 * Decodes the one line in `bytes[start, end)`, whatever documents it holds; several may follow one
 * another without a newline, as Firehose writes them. A line that is not JSON is malformed, or
 * truncated where the input ended before its newline.
 */
export function readJsonLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  builder: ChunkBuilder,
  line: number,
  terminated: boolean,
): void {
  if (isBlank(bytes, start, end)) return
  const text = lineText(bytes, start, end, builder, line)
  if (text === null) return
  const document = parse(text)
  if (document !== undefined) {
    readDocument(document, builder, line, text)
    return
  }
  const broken = terminated ? 'malformed' : 'truncated'
  const { values, rest } = splitJson(text)
  const documents = values.map((value) => (isClosed(value) ? parse(value) : undefined))
  // Garbage around one document makes its line bad; only of several is the good part worth having.
  const several = [...values, rest].filter(opensDocument).length > 1
  if (!several || !documents.some((document) => document !== undefined)) {
    builder.reject(line, broken, 'not JSON', text)
    return
  }
  for (const [i, document] of documents.entries()) {
    if (document === undefined) builder.reject(line, 'malformed', 'not JSON', values[i]!)
    else readDocument(document, builder, line, values[i]!)
  }
  if (rest !== '') builder.reject(line, broken, 'not JSON', rest)
}

function opensDocument(part: string): boolean {
  return part.startsWith('{') || part.startsWith('[')
}

/** Parsing in vain is slow, and a line may fall into very many parts. */
function isClosed(part: string): boolean {
  return opensDocument(part) && (part.endsWith('}') || part.endsWith(']'))
}

/** The JSON value in the text, or undefined (which JSON cannot say). */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The fast path, with what it remembers from line to line. */
class LineScanner {
  readonly #bytes: Uint8Array
  readonly #builder: ChunkBuilder
  readonly #thing: ThingReader
  readonly #metric: MetricReader
  readonly #decimal = new DecimalReader()

  constructor(bytes: Uint8Array, builder: ChunkBuilder) {
    this.#bytes = bytes
    this.#builder = builder
    this.#thing = new ThingReader(bytes, NAME_BYTES, builder.things)
    this.#metric = new MetricReader(bytes, NAME_BYTES, numericMetrics(builder.context))
  }

  /**
   * Adds the row of the datapoint line at `start` and returns where the next line starts. Returns 0,
   * and has done nothing, for a line in another layout or with a value that may not enter. No read
   * goes past the newline that must follow: no key, name or number contains one.
   */
  datapoint(start: number): number {
    const bytes = this.#bytes
    const decimal = this.#decimal
    if (!isThingKey(bytes, start)) return 0
    let at = skipSpace(bytes, start + 9)
    if (bytes[at++] !== QUOTE) return 0
    const thingEnd = this.#thing.read(at)
    const thingBytes = thingEnd - at
    if (bytes[thingEnd] !== QUOTE || thingBytes < 1 || thingBytes > MAX_THING_NAME_BYTES) return 0

    at = skipComma(bytes, thingEnd + 1)
    if (at < 0 || !isMetricKey(bytes, at)) return 0
    at = skipSpace(bytes, at + 9)
    if (bytes[at++] !== QUOTE) return 0
    at = this.#metric.read(at)
    if (bytes[at] !== QUOTE) return 0

    at = skipComma(bytes, at + 1)
    if (at < 0 || !isTimestampKey(bytes, at)) return 0
    at = skipSpace(bytes, at + 12)
    const time = bytes[at] === MINUS ? Number.NaN : epochMs(decimal.read(bytes, at))
    if (Number.isNaN(time)) return 0

    at = skipComma(bytes, decimal.end)
    if (at < 0 || !isValueKey(bytes, at)) return 0
    const value = decimal.read(bytes, skipSpace(bytes, at + 8))
    if (Number.isNaN(value)) return 0
    const next = lineEnd(bytes, decimal.end)
    if (next === 0) return 0

    const metric = this.#metric.code
    if (this.#builder.refusal(metric, time, value) !== null) return 0
    this.#builder.push(this.#thing.code(), metric, time, value)
    return next
  }
}

function skipSpace(bytes: Uint8Array, at: number): number {
  return bytes[at] === SPACE ? at + 1 : at
}

/** The byte behind the comma (and one space) at `at`; -1 when there is none. */
function skipComma(bytes: Uint8Array, at: number): number {
  return bytes[at] === COMMA ? skipSpace(bytes, at + 1) : -1
}

/** The start of the next line behind the closing brace at `at`; 0 when anything else stands there. */
function lineEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== CLOSE) return 0
  const end = bytes[at + 1] === CARRIAGE_RETURN ? at + 2 : at + 1
  return bytes[end] === NEWLINE ? end + 1 : 0
}

// Spelled out byte by byte: a loop over the key's bytes takes twice as long.

/** `{"thing":` */
function isThingKey(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === 123 &&
    bytes[at + 1] === 34 &&
    bytes[at + 2] === 116 &&
    bytes[at + 3] === 104 &&
    bytes[at + 4] === 105 &&
    bytes[at + 5] === 110 &&
    bytes[at + 6] === 103 &&
    bytes[at + 7] === 34 &&
    bytes[at + 8] === 58
  )
}

/** `"metric":` */
function isMetricKey(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === 34 &&
    bytes[at + 1] === 109 &&
    bytes[at + 2] === 101 &&
    bytes[at + 3] === 116 &&
    bytes[at + 4] === 114 &&
    bytes[at + 5] === 105 &&
    bytes[at + 6] === 99 &&
    bytes[at + 7] === 34 &&
    bytes[at + 8] === 58
  )
}

/** `"timestamp":` */
function isTimestampKey(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === 34 &&
    bytes[at + 1] === 116 &&
    bytes[at + 2] === 105 &&
    bytes[at + 3] === 109 &&
    bytes[at + 4] === 101 &&
    bytes[at + 5] === 115 &&
    bytes[at + 6] === 116 &&
    bytes[at + 7] === 97 &&
    bytes[at + 8] === 109 &&
    bytes[at + 9] === 112 &&
    bytes[at + 10] === 34 &&
    bytes[at + 11] === 58
  )
}

/** `"value":` */
function isValueKey(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === 34 &&
    bytes[at + 1] === 118 &&
    bytes[at + 2] === 97 &&
    bytes[at + 3] === 108 &&
    bytes[at + 4] === 117 &&
    bytes[at + 5] === 101 &&
    bytes[at + 6] === 34 &&
    bytes[at + 7] === 58
  )
}
