import type { ChunkBuilder } from '../columnar/chunk.ts'
import { MAX_THING_NAME_BYTES, type RejectReason } from '../domain/reject.ts'
import { epochMs, parseTime, type EpochMs } from '../domain/time.ts'
import { knownMetrics } from './known-metrics.ts'

/** Where a document came from: what its readers need to add rows and to refuse parts. */
export interface DocumentSource {
  builder: ChunkBuilder
  line: number
  /** The document as text, for people. */
  text: string
}

/** What a wrapper says about the document inside: undefined where it says nothing. */
export interface Origin {
  thing: unknown
  time: unknown
}

/** A parsed JSON object or CBOR map. */
export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  )
}

const MAX_SHOWN = 80

/** A value in a few words, whatever it is: `"abc"`, `-1`, `missing`, `list of 3`, `object with a, b`. */
export function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  if (typeof value === 'string') return shorten(JSON.stringify(value.slice(0, MAX_SHOWN)))
  if (Array.isArray(value)) return `list of ${value.length}`
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (!isFields(value)) {
    const plain = value as number | bigint | boolean | symbol | null
    return String(plain)
  }
  const keys = Object.keys(value)
  return keys.length === 0 ? 'empty object' : shorten(`object with ${keys.slice(0, 12).join(', ')}`)
}

function shorten(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}...`
}

/** A path in a detail may hold names from the document, as long as someone cared to make them. */
const MAX_DETAIL = 300

export function refuse(source: DocumentSource, reason: RejectReason, detail: string): void {
  source.builder.reject(source.line, reason, detail.slice(0, MAX_DETAIL), source.text)
}

/** A number as JSON and CBOR write it (CBOR's large integers included); NaN for anything else. */
export function numberOf(value: unknown): number {
  if (typeof value === 'number') return value
  return typeof value === 'bigint' ? Number(value) : Number.NaN
}

/** Epoch milliseconds of a number (seconds or milliseconds) or a text; NaN for anything else. */
export function timeOf(value: unknown): EpochMs {
  return typeof value === 'string' ? parseTime(value) : epochMs(numberOf(value))
}

const encoder = new TextEncoder()
const nameBytes = new Uint8Array(MAX_THING_NAME_BYTES)
/** Control characters, and halves of characters, which UTF-8 cannot say. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u

/**
 * The code of the thing with this name; without a name, of the one that the user named for such
 * documents. -1, and the document is refused, when there is none (`remedy` says what to do) or the name is not legal.
 */
export function thingOf(
  source: DocumentSource,
  named: unknown,
  path = 'thing',
  remedy = '',
): number {
  const { builder } = source
  const name = named ?? builder.context.thing
  if (name === null || name === undefined) {
    refuse(source, 'no-thing', `${path} missing${remedy}`)
    return -1
  }
  if (typeof name === 'string' && name !== '' && !UNPRINTABLE.test(name)) {
    const { read, written } = encoder.encodeInto(name, nameBytes)
    if (read === name.length) return builder.things.codeOf(nameBytes, 0, written)
  }
  refuse(source, 'bad-thing-name', `${path} ${describe(name)}`)
  return -1
}

/** Index of a metric among the known; -1 when it is not. */
export function metricOf(source: DocumentSource, name: string): number {
  return knownMetrics(source.builder.context).findString(name)
}

/** The parts of one would-be row as the document has them. `path` names the field the value stands in. */
export interface RowFields {
  metric: unknown
  time: unknown
  value: unknown
  path: string
  timePath: string
}

/** Whether a row with these checked numbers may enter; refuses it with the field that forbids it. */
export function accepts(
  source: DocumentSource,
  metric: number,
  time: EpochMs,
  value: number,
  fields: RowFields,
): boolean {
  const reason = source.builder.refusal(metric, time, value)
  if (reason === null) return true
  if (reason === 'unknown-metric') refuse(source, reason, `metric ${describe(fields.metric)}`)
  else if (reason === 'bad-timestamp' || reason === 'future-dated') {
    refuse(source, reason, `${fields.timePath} ${describe(fields.time)}`)
  } else refuse(source, reason, `${fields.path} ${describe(fields.value)}`)
  return false
}
