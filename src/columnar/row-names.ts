import { isUtf8 } from 'node:buffer'
import { MAX_THING_NAME_BYTES, type RejectReason } from '../domain/reject.ts'
import type { ChunkBuilder, DecodeContext } from './chunk.ts'
import { NameTable } from './name-table.ts'

/** Why the rows that carry a name cannot enter. */
export interface Refusal {
  reason: RejectReason
  /** With the offending name. */
  detail: string
}

/** The codes of rows whose thing or metric is null. */
export const NULL_THING = -1
export const NULL_METRIC = -2

const MAX_SHOWN = 80
const decoder = new TextDecoder()

/**
 * The names in the columns of a table: to codes of the builder's things and to indices of known
 * metrics, looked up once per entry of a dictionary. What is no legal or no known name gets a negative
 * code, `-1 - i`, that stands for `refused[i]`; so no string is made for a row.
 */
export class RowNames {
  readonly refused: Refusal[] = [
    { reason: 'malformed', detail: 'thing null' },
    { reason: 'malformed', detail: 'metric null' },
  ]
  /** Whether any row may carry a negative code. */
  flawed = false
  readonly #things: NameTable
  readonly #metrics: NameTable
  readonly #badThings = new NameTable(8)
  readonly #badMetrics = new NameTable(8)
  /** Of the bad names above, by their code. */
  readonly #thingRefusals: number[] = []
  readonly #metricRefusals: number[] = []

  readonly #lists: DecodeContext['lists']

  /** `lists`: the table says what lists hold; else rows of list metrics are refused. */
  constructor(builder: ChunkBuilder, { lists }: { lists: boolean } = { lists: false }) {
    this.#lists = lists ? [] : builder.context.lists
    this.#things = builder.things
    this.#metrics = metricTable(builder.context)
  }

  thingCode = (bytes: Uint8Array, start: number, end: number): number => {
    const known = this.#things.find(bytes, start, end)
    if (known >= 0) return known
    if (isLegal(bytes, start, end)) return this.#things.codeOf(bytes, start, end)
    const code = this.#badThings.codeOf(bytes, start, end)
    this.#thingRefusals[code] ??= this.refuse('bad-thing-name', `thing ${show(bytes, start, end)}`)
    return this.#thingRefusals[code]
  }

  metricIndex = (bytes: Uint8Array, start: number, end: number): number => {
    const known = this.#metrics.find(bytes, start, end)
    const isList = (this.#lists[known] ?? null) !== null
    if (known >= 0 && !isList) return known
    const code = this.#badMetrics.codeOf(bytes, start, end)
    this.#metricRefusals[code] ??= this.refuse(
      isList ? 'not-a-list' : 'unknown-metric',
      `metric ${show(bytes, start, end)}`,
    )
    return this.#metricRefusals[code]
  }

  thingNamed(name: string): number {
    const bytes = new TextEncoder().encode(name)
    return this.thingCode(bytes, 0, bytes.length)
  }

  metricNamed(name: string): number {
    const bytes = new TextEncoder().encode(name)
    return this.metricIndex(bytes, 0, bytes.length)
  }

  /** To be called when a row has no thing (NULL_THING) or no metric (NULL_METRIC). */
  noteNull = (): void => {
    this.flawed = true
  }

  /** The code of a new refusal. */
  refuse(reason: RejectReason, detail: string): number {
    this.flawed = true
    this.refused.push({ reason, detail })
    return -this.refused.length
  }

  /** The refusal behind a negative code. */
  refusal(code: number): Refusal {
    return this.refused[-1 - code]!
  }
}

/** Whether a thing may be called so: 1 to 128 bytes of UTF-8 without control characters. */
function isLegal(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start || end - start > MAX_THING_NAME_BYTES) return false
  let ascii = true
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if (byte < 0x20 || byte === 0x7f) return false
    // The second block of control characters, U+0080 to U+009F.
    if (byte === 0xc2 && i + 1 < end && bytes[i + 1]! < 0xa0) return false
    if (byte >= 0x80) ascii = false
  }
  return ascii || isUtf8(bytes.subarray(start, end))
}

function show(bytes: Uint8Array, start: number, end: number): string {
  const text = decoder.decode(bytes.subarray(start, Math.min(end, start + 4 * MAX_SHOWN)))
  return text.length > MAX_SHOWN
    ? `${JSON.stringify(text.slice(0, MAX_SHOWN))}...`
    : JSON.stringify(text)
}

const tables = new WeakMap<DecodeContext, NameTable>()

function metricTable(context: DecodeContext): NameTable {
  let table = tables.get(context)
  if (table === undefined) {
    table = new NameTable(context.metrics.length)
    for (const name of context.metrics) table.codeOfString(name)
    tables.set(context, table)
  }
  return table
}
