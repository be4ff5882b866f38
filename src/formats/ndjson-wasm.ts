import type { ChunkBuilder, DecodeContext } from '../columnar/chunk.ts'
import { compileModule, createMemory, instantiate, PAGE_BYTES } from '../wasm.ts'
import { numericMetrics } from './known-metrics.ts'
import { NEWLINE, textStart } from './lines.ts'
import { readJsonLine } from './ndjson.ts'
import { WASM_BASE64 } from './ndjson.wasm.ts'

/** The exports of ndjson.as.ts; numbers are addresses unless they say otherwise. */
interface Exports {
  setColumns(thing: number, metric: number, time: number, value: number, rows: number): void
  setThings(slots: number, entries: number): void
  setMetrics(slots: number, mask: number, entries: number, counts: number): void
  addMetric(start: number, length: number): void
  setNotAfter(time: number): void
  rows(): number
  things(): number
  scan(at: number, stop: number): number
}

/** Rows per call into the module: their columns stay in the cache until they are copied. */
const BATCH_ROWS = 8_192

/** The module's constants lie below. */
const THING_COLUMN = PAGE_BYTES
const METRIC_COLUMN: number = THING_COLUMN + BATCH_ROWS * 4
const TIME_COLUMN: number = METRIC_COLUMN + BATCH_ROWS * 4
const VALUE_COLUMN: number = TIME_COLUMN + BATCH_ROWS * 8
const INPUT: number = VALUE_COLUMN + BATCH_ROWS * 8

/** The module reads up to so many bytes past the last newline. */
const PADDING = 64

/** No line of the layout that the module accepts is shorter, so that its table of things has room. */
const MIN_LINE_BYTES = 48
const ENTRY_BYTES = 16
/** Slots double when half of them are taken: at most four per thing, four bytes each. */
const SLOT_BYTES_PER_THING = 16
const FIRST_SLOTS_BYTES = 4_096

/** WebAssembly addresses end at 4 GiB; the table of things takes up to two thirds of the input's size. */
const MAX_INPUT_BYTES: number = 2 * 1024 * 1024 * 1024

let module: object | null = null

/**
 * `decodeNdjson` in WebAssembly, three to four times as fast and with the same results. The input
 * lies in the scanner's own memory, so that a file can be read straight into it:
 *
 *     const region = scanner.input(1 << 20)
 *     scanner.decode(readSync(file, region), builder)
 */
export class NdjsonScanner {
  readonly #memory = createMemory()
  readonly #exports: Exports
  #inputBytes = 0
  /** Behind the input: entries of things, their slots, then the known metrics. */
  #entries = 0
  #slots = 0
  #metrics = 0
  /** Whose metrics the module knows. */
  #context: DecodeContext | null = null
  /** The builder's codes of the things the module has met in this input. */
  #codes = new Int32Array(1_024)
  #mapped = 0

  constructor() {
    module ??= compileModule(WASM_BASE64)
    this.#exports = instantiate(module, this.#memory) as Exports
    this.#exports.setColumns(THING_COLUMN, METRIC_COLUMN, TIME_COLUMN, VALUE_COLUMN, BATCH_ROWS)
    this.input(PAGE_BYTES)
  }

  /**
   * A region of at least `bytes` bytes to put input in. What earlier regions held stays in it. The
   * region is good until the next call of `input` or `decode`: ask again before each read.
   */
  input(bytes: number): Uint8Array<ArrayBuffer> {
    if (bytes > this.#inputBytes) this.#layOut(bytes)
    return new Uint8Array(this.#memory.buffer, INPUT, this.#inputBytes)
  }

  /** Decodes the first `length` bytes of the input exactly as `decodeNdjson` does. */
  decode(length: number, builder: ChunkBuilder): void {
    if (!(length >= 0 && length <= this.#inputBytes)) {
      throw new RangeError(`${length} bytes of an input of ${this.#inputBytes}`)
    }
    this.#begin(builder.context)
    const bytes = new Uint8Array(this.#memory.buffer, INPUT, length)
    const stop = bytes.lastIndexOf(NEWLINE) + 1
    let at = textStart(bytes)
    let line = 0
    while (at < stop) {
      at = (this.#exports.scan(INPUT + at, INPUT + stop) >>> 0) - INPUT
      const rows = this.#exports.rows()
      line += rows
      if (rows > 0) this.#takeRows(rows, builder)
      if (at < stop && rows < BATCH_ROWS) {
        const end = bytes.indexOf(NEWLINE, at)
        readJsonLine(bytes, at, end, builder, ++line, true)
        at = end + 1
      }
    }
    if (at < length) readJsonLine(bytes, at, length, builder, ++line, false)
    builder.lines += line
  }

  /** Makes room for input and, behind it, for as many things as that many bytes can name. */
  #layOut(bytes: number): void {
    if (bytes > MAX_INPUT_BYTES) throw new RangeError(`input of ${bytes} bytes`)
    const size = Math.ceil((bytes + PADDING) / PAGE_BYTES) * PAGE_BYTES
    const things = Math.ceil(size / MIN_LINE_BYTES)
    this.#inputBytes = size - PADDING
    this.#entries = INPUT + size
    this.#slots = align(this.#entries + things * ENTRY_BYTES)
    this.#metrics = align(this.#slots + Math.max(FIRST_SLOTS_BYTES, things * SLOT_BYTES_PER_THING))
    this.#context = null
    this.#growTo(this.#metrics)
  }

  #begin(context: DecodeContext): void {
    if (context !== this.#context) this.#learnMetrics(context)
    this.#exports.setNotAfter(context.notAfter)
    this.#exports.setThings(this.#slots, this.#entries)
    this.#mapped = 0
  }

  #learnMetrics(context: DecodeContext): void {
    const { count, offsets, bytes } = numericMetrics(context)
    const names = bytes.subarray(0, offsets[count])
    let slots = 16
    while (slots < count * 2) slots *= 2
    const entriesAt = this.#metrics + slots * 4
    const countsAt = entriesAt + count * ENTRY_BYTES
    const namesAt = align(countsAt + count)
    this.#growTo(namesAt + names.length + PADDING)
    const memory = new Uint8Array(this.#memory.buffer)
    memory.fill(0, countsAt, namesAt)
    memory.set(context.counts.subarray(0, count), countsAt)
    memory.set(names, namesAt)
    this.#exports.setMetrics(this.#metrics, slots - 1, entriesAt, countsAt)
    for (let code = 0; code < count; code++) {
      const start = offsets[code]!
      this.#exports.addMetric(namesAt + start, offsets[code + 1]! - start)
    }
    this.#context = context
  }

  #growTo(end: number): void {
    const missing = end - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES))
  }

  /** Copies the rows of the last scan to the builder, with its own codes for the things. */
  #takeRows(rows: number, builder: ChunkBuilder): void {
    this.#mapThings(builder)
    const { buffer } = this.#memory
    const first = builder.rows
    builder.reserve(first + rows)
    builder.metric.set(new Int32Array(buffer, METRIC_COLUMN, rows), first)
    builder.time.set(new Float64Array(buffer, TIME_COLUMN, rows), first)
    builder.value.set(new Float64Array(buffer, VALUE_COLUMN, rows), first)
    const things = new Int32Array(buffer, THING_COLUMN, rows)
    const codes = this.#codes
    const column = builder.thing
    for (let i = 0; i < rows; i++) column[first + i] = codes[things[i]!]!
    builder.rows = first + rows
  }

  /** Names that the module met since the last call enter the builder's table in the order they came. */
  #mapThings(builder: ChunkBuilder): void {
    const count = this.#exports.things()
    if (count === this.#mapped) return
    if (count > this.#codes.length) {
      const codes = new Int32Array(Math.max(count, this.#codes.length * 2))
      codes.set(this.#codes)
      this.#codes = codes
    }
    const { buffer } = this.#memory
    const memory = new Uint8Array(buffer)
    const entries = new Uint32Array(buffer, this.#entries, count * (ENTRY_BYTES / 4))
    for (let code = this.#mapped; code < count; code++) {
      const start = entries[code * 4]!
      this.#codes[code] = builder.things.codeOf(memory, start, start + entries[code * 4 + 1]!)
    }
    this.#mapped = count
  }
}

function align(address: number): number {
  return Math.ceil(address / 64) * 64
}
