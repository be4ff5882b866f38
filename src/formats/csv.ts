import type { ChunkBuilder } from '../columnar/chunk.ts'
import { dimensionedName } from '../domain/metric.ts'
import { MAX_THING_NAME_BYTES } from '../domain/reject.ts'
import { epochMs, parseTime, type EpochMs } from '../domain/time.ts'
import { type CsvLayout, splitCsvLine } from './csv-header.ts'
import { DecimalReader } from './decimal.ts'
import { metricOf, thingOf } from './document-fields.ts'
import { readIsoTime } from './iso-time.ts'
import { numericMetrics } from './known-metrics.ts'
import { isBlank, lineText, NEWLINE, textStart } from './lines.ts'
import { addValue, type FoundValue, openValue } from './metric-value.ts'
import { byteMeanings, MetricReader, PLAIN, ThingReader } from './name-readers.ts'

const QUOTE = 34
const MINUS = 45
const CARRIAGE_RETURN = 13

/** What the bytes that are not plain mean to the fast path. */
const DELIMITER = 1
const LINE_END = 2
const OTHER = 3

/** What a column holds. */
const THING = 0
const METRIC = 1
const TIMESTAMP = 2
const VALUE = 3
const IGNORED = 4
/** A column that sends a line to the closer look unless it is empty. */
const DIMENSION = 5

/**
 * Decodes lines of a table into the builder's columns. `bytes` holds whole lines without the header
 * (any stretch of a file; `readCsvHeader` made the layout of its first line); the last may lack its
 * newline. A quoted field must not contain a newline: where a stretch begins could not be told then,
 * so such a row is malformed. Bad rows are counted in `builder.rejects`, their numbers 1-based within
 * `bytes`; lines of white space are skipped. Missing columns make a row malformed, further ones are
 * ignored.
 */
export function decodeCsv(bytes: Uint8Array, builder: ChunkBuilder, layout: CsvLayout): void {
  const scanner = new RowScanner(bytes, builder, layout)
  const stop = bytes.lastIndexOf(NEWLINE) + 1
  let at = textStart(bytes)
  let line = 0
  while (at < stop) {
    line++
    const next = scanner.row(at)
    if (next > 0) {
      at = next
      continue
    }
    const end = bytes.indexOf(NEWLINE, at)
    readCsvLine(bytes, at, end, builder, layout, line, true)
    at = end + 1
  }
  if (at < bytes.length) readCsvLine(bytes, at, bytes.length, builder, layout, ++line, false)
  builder.lines += line
}

/** Decodes the line in `bytes[start, end)` whatever its quoting, or says what is wrong with it. */
function readCsvLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  builder: ChunkBuilder,
  layout: CsvLayout,
  line: number,
  terminated: boolean,
): void {
  if (isBlank(bytes, start, end)) return
  const stop = bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end
  const text = lineText(bytes, start, stop, builder, line)
  if (text === null) return
  const fields = splitCsvLine(text, String.fromCharCode(layout.delimiter))
  const thing = fields?.[layout.thing]
  const metric = fields?.[layout.metric]
  const timestamp = fields?.[layout.timestamp]
  const value = fields?.[layout.value]
  if (
    thing === undefined ||
    metric === undefined ||
    timestamp === undefined ||
    value === undefined
  ) {
    const detail = fields === null ? 'quote that is not closed' : `${fields.length} fields`
    builder.reject(line, terminated ? 'malformed' : 'truncated', detail, text)
    return
  }
  const source = { builder, line, text }
  const code = thingOf(source, thing)
  if (code < 0) return
  const series = seriesIn(metric, fields?.[layout.dimension]?.trim() ?? '')
  const index = metricOf(source, series)
  const time = parseTime(timestamp)
  const said = { metric: series, time: timestamp, timePath: 'timestamp' }
  addValue(valueIn(value), { metric: index, thing: code, time }, said, source)
}

/** The series of a metric, narrowed by what the column of dimensions says. */
function seriesIn(metric: string, dimension: string): string {
  if (dimension === '') return metric
  const [name, operator] = dimension.split(' ')
  return dimensionedName(metric, name!, operator ?? 'IN')
}

/** A number, or a list as JSON. */
function valueIn(text: string): FoundValue {
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isNaN(number)) return { kind: 'number', value: number, path: 'value' }
  try {
    if (text.startsWith('[')) return openValue(JSON.parse(text), 'value')
  } catch {
    // It is said below what stands there.
  }
  return { kind: 'number', value: text, path: 'value' }
}

/** The fast path for lines of plain ASCII without quotes, with what it remembers between lines. */
class RowScanner {
  readonly #bytes: Uint8Array
  readonly #builder: ChunkBuilder
  readonly #meanings: Uint8Array
  /** What each column up to the last needed one holds. */
  readonly #roles: Uint8Array
  readonly #thing: ThingReader
  readonly #metric: MetricReader
  readonly #decimal = new DecimalReader()
  #thingBytes = 0
  #time = Number.NaN
  #value = Number.NaN

  constructor(bytes: Uint8Array, builder: ChunkBuilder, layout: CsvLayout) {
    this.#bytes = bytes
    this.#builder = builder
    this.#meanings = byteMeanings(OTHER, {
      [QUOTE]: OTHER,
      [CARRIAGE_RETURN]: LINE_END,
      [NEWLINE]: LINE_END,
      [layout.delimiter]: DELIMITER,
    })
    this.#roles = columnRoles(layout)
    this.#thing = new ThingReader(bytes, this.#meanings, builder.things)
    this.#metric = new MetricReader(bytes, this.#meanings, numericMetrics(builder.context))
  }

  /**
   * Adds the row of the line at `start` and returns where the next line starts. Returns 0, and has
   * done nothing, for a line that needs a closer look. No read goes past the newline that must follow.
   */
  row(start: number): number {
    const bytes = this.#bytes
    const roles = this.#roles
    let at = start
    for (let column = 0; ; column++) {
      at = column < roles.length ? this.#field(roles[column]!, at) : this.#skip(at)
      const what = this.#meanings[bytes[at]!]!
      if (what === DELIMITER) at++
      else if (what === LINE_END && column >= roles.length - 1) break
      else return 0
    }
    if (bytes[at] === CARRIAGE_RETURN) at++
    if (bytes[at] !== NEWLINE) return 0
    const thingBytes = this.#thingBytes
    if (thingBytes < 1 || thingBytes > MAX_THING_NAME_BYTES) return 0
    const metric = this.#metric.code
    if (this.#builder.refusal(metric, this.#time, this.#value) !== null) return 0
    this.#builder.push(this.#thing.code(), metric, this.#time, this.#value)
    return at + 1
  }

  /** Reads the field at `start`; returns its end, or a byte inside that no field of its kind holds. */
  #field(role: number, start: number): number {
    const decimal = this.#decimal
    let end = 0
    switch (role) {
      case THING:
        end = this.#thing.read(start)
        this.#thingBytes = end - start
        return end
      case METRIC:
        return this.#metric.read(start)
      case TIMESTAMP:
        end = this.#skip(start)
        this.#time = this.#timeOf(start, end)
        return end
      case VALUE:
        this.#value = decimal.read(this.#bytes, start)
        return Number.isNaN(this.#value) ? start : decimal.end
      case DIMENSION:
        return start
      default:
        return this.#skip(start)
    }
  }

  #skip(start: number): number {
    const bytes = this.#bytes
    const meanings = this.#meanings
    let at = start
    while (meanings[bytes[at]!] === PLAIN) at++
    return at
  }

  #timeOf(start: number, end: number): EpochMs {
    const bytes = this.#bytes
    if (bytes[start] === MINUS) return Number.NaN
    const number = this.#decimal.read(bytes, start)
    if (!Number.isNaN(number) && this.#decimal.end === end) return epochMs(number)
    return readIsoTime(bytes, start, end)
  }
}

function columnRoles(layout: CsvLayout): Uint8Array {
  const { thing, metric, timestamp, value, dimension } = layout
  const last = Math.max(thing, metric, timestamp, value, dimension)
  const roles = new Uint8Array(last + 1).fill(IGNORED)
  roles[thing] = THING
  roles[metric] = METRIC
  roles[timestamp] = TIMESTAMP
  roles[value] = VALUE
  if (dimension >= 0) roles[dimension] = DIMENSION
  return roles
}
