/**
 * Values written one after the other, little-endian, as Parquet's PLAIN encoding and Arrow's buffers
 * have them, to numbers, times and strings.
 */
import { DAY_MS, parseTime } from '../domain/time.ts'
import { Physical, type ValueType } from './parquet-format.ts'

/** `bytes[start, end)`. */
export interface PageValues {
  bytes: Uint8Array
  start: number
  end: number
}

/**
 * Timestamps as epoch milliseconds, into `into[at, at + count)`. What is no moment between 1970 and
 * 9999 is left as it came, or, of a text, NaN: neither passes for a time. Throws a RangeError when
 * there are fewer values.
 */
export function readTimes(
  page: PageValues,
  valueType: ValueType,
  count: number,
  into: Float64Array,
  at: number,
): void {
  const { type, meaning } = valueType
  if (type === Physical.BYTE_ARRAY) {
    readTimeTexts(page, count, into, at)
  } else if (type === Physical.INT96) {
    readInt96(page, count, into, at)
  } else if (meaning.kind !== 'time') {
    readNumbers(page, valueType, count, into, at)
    for (let i = at; i < at + count; i++) into[i] = msOf(into[i]!)
  } else if (type === Physical.INT64 && meaning.unit !== 'day') {
    readInt64Times(page, PER_MS[meaning.unit], count, into, at)
  } else {
    readNumbers(page, valueType, count, into, at)
    for (let i = at; i < at + count; i++) into[i] = into[i]! * MS_PER[meaning.unit]
  }
}

const PER_MS = { ms: 1, us: 1_000, ns: 1_000_000 } as const
const MS_PER = { ms: 1, us: 0.001, ns: 0.000_001, day: DAY_MS } as const

/** Below this a timestamp counts seconds, from it on milliseconds (as `epochMs`). */
const MILLISECONDS_FROM = 100_000_000_000

function msOf(timestamp: number): number {
  if (timestamp >= 0 && timestamp < MILLISECONDS_FROM) return Math.floor(timestamp * 1_000)
  return Math.floor(timestamp)
}

export function checkBytes(page: PageValues, count: number, width: number): void {
  if (count * width > page.end - page.start) throw new RangeError('values end early')
}

function viewOf(page: PageValues): DataView {
  return new DataView(page.bytes.buffer, page.bytes.byteOffset, page.bytes.byteLength)
}

/**
 * Numbers of any type, into `into[at, at + count)`. Throws a RangeError when there are fewer values or
 * they are no numbers.
 */
export function readNumbers(
  page: PageValues,
  valueType: ValueType,
  count: number,
  into: Float64Array,
  at: number,
): void {
  const { type, meaning, typeLength } = valueType
  const view = viewOf(page)
  const unsigned = meaning.kind === 'unsigned'
  let p = page.start
  switch (type) {
    case Physical.DOUBLE: {
      checkBytes(page, count, 8)
      const bytes = new Uint8Array(into.buffer, into.byteOffset + at * 8, count * 8)
      bytes.set(page.bytes.subarray(p, p + count * 8))
      break
    }
    case Physical.FLOAT:
      checkBytes(page, count, 4)
      for (let i = at; i < at + count; i++, p += 4) into[i] = view.getFloat32(p, true)
      break
    case Physical.INT32:
      checkBytes(page, count, 4)
      for (let i = at; i < at + count; i++, p += 4) {
        into[i] = unsigned ? view.getUint32(p, true) : view.getInt32(p, true)
      }
      break
    case Physical.INT64:
      checkBytes(page, count, 8)
      for (let i = at; i < at + count; i++, p += 8) {
        const high = unsigned ? view.getUint32(p + 4, true) : view.getInt32(p + 4, true)
        into[i] = high * 4_294_967_296 + view.getUint32(p, true)
      }
      break
    case Physical.FIXED_LEN_BYTE_ARRAY:
      checkBytes(page, count, typeLength)
      for (let i = at; i < at + count; i++, p += typeLength) {
        into[i] = bigEndian(page.bytes, p, typeLength)
      }
      break
    default:
      throw new RangeError('not a column of numbers')
  }
  if (meaning.kind !== 'decimal') return
  const divisor = Number(`1e${meaning.scale}`)
  for (let i = at; i < at + count; i++) into[i] = into[i]! / divisor
}

/** A signed number of any width, rounded once. */
function bigEndian(bytes: Uint8Array, start: number, width: number): number {
  let value = 0n
  for (let i = start; i < start + width; i++) value = (value << 8n) | BigInt(bytes[i]!)
  return Number(BigInt.asIntN(width * 8, value))
}

/** 64-bit counts of a unit that goes `perMs` times into a millisecond, exact beyond 2^53. */
function readInt64Times(
  page: PageValues,
  perMs: number,
  count: number,
  into: Float64Array,
  at: number,
): void {
  checkBytes(page, count, 8)
  const view = viewOf(page)
  let p = page.start
  for (let i = at; i < at + count; i++, p += 8) {
    const high = view.getInt32(p + 4, true) * 4_294_967_296
    const low = view.getUint32(p, true)
    into[i] = perMs === 1 ? high + low : divide(high, low, perMs)
  }
}

/** floor((high + low) / divisor) without rounding the sum; `high` is a multiple of 2^32. */
function divide(high: number, low: number, divisor: number): number {
  const rest = high % divisor
  return (high - rest) / divisor + Math.floor((rest + low) / divisor)
}

/** Julian day of 1970-01-01. */
const UNIX_JULIAN_DAY = 2_440_588

/** The old timestamp: nanoseconds of the day, then the Julian day. */
function readInt96(page: PageValues, count: number, into: Float64Array, at: number): void {
  checkBytes(page, count, 12)
  const view = viewOf(page)
  let p = page.start
  for (let i = at; i < at + count; i++, p += 12) {
    const high = view.getUint32(p + 4, true) * 4_294_967_296
    const ofDay = divide(high, view.getUint32(p, true), 1_000_000)
    into[i] = (view.getUint32(p + 8, true) - UNIX_JULIAN_DAY) * DAY_MS + ofDay
  }
}

const decoder = new TextDecoder()

function readTimeTexts(page: PageValues, count: number, into: Float64Array, at: number): void {
  let row = at
  eachString(page, count, (bytes, start, end) => {
    into[row++] =
      end - start > 64 ? Number.NaN : parseTime(decoder.decode(bytes.subarray(start, end)))
  })
}

/** Calls back for each of `count` length-prefixed strings. */
export function eachString(
  page: PageValues,
  count: number,
  visit: (bytes: Uint8Array, start: number, end: number) => void,
): void {
  const view = viewOf(page)
  let p = page.start
  for (let i = 0; i < count; i++) {
    if (page.end - p < 4) throw new RangeError('strings end early')
    const start = p + 4
    const length = view.getUint32(p, true)
    if (length > page.end - start) throw new RangeError('string longer than its page')
    p = start + length
    visit(page.bytes, start, p)
  }
}
