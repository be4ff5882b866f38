/**
 * A stretch of JSON text: a value that is complete by its grammar, a part that cannot be one, up to
 * where the next value plausibly starts, or a value that the end of the input cuts off.
 */
export interface Stretch {
  kind: 'value' | 'broken' | 'incomplete'
  start: number
  end: number
}

/** Deeper nesting is no document of ours; it also bounds how often a byte is looked at again. */
const MAX_DEPTH = 64

const TAB = 9
const NEWLINE = 10
const CARRIAGE_RETURN = 13
const SPACE = 32
const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_LIST = 91
const BACKSLASH = 92
const CLOSE_LIST = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

/** What may come next while a value is scanned. */
const VALUE = 0
const VALUE_OR_CLOSE = 1
const KEY = 2
const KEY_OR_CLOSE = 3
const MEMBER_COLON = 4
const COMMA_OR_CLOSE = 5
/** Nothing: this is no JSON. */
const BROKEN = -1

/**
 * The stretch that starts at the non-blank byte `start`. Only objects and lists are values: scalars
 * at this level are broken stretches. With `inList`, commas and closing brackets end those too, and
 * may stand between values.
 */
export function stretchAt(bytes: Uint8Array, start: number, inList: boolean): Stretch {
  if (!isOpener(bytes[start]!)) {
    return { kind: 'broken', start, end: endOfGarbage(bytes, start, inList) }
  }
  const { kind, end: failed } = scanValue(bytes, start)
  if (kind === 'value') return { kind, start, end: failed }
  const next = nextStart(bytes, start, failed, inList)
  if (next < 0) return { kind, start, end: bytes.length }
  return { kind: 'broken', start, end: next }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Cuts JSON values that follow one another, with or without white space between. `rest` is what is
 * left after the last complete value: one that is cut off, or no JSON. A stretch between values that
 * cannot be one is among `values`, for the caller's parser to refuse.
 */
export function splitJson(text: string): { values: string[]; rest: string } {
  const bytes = encoder.encode(text)
  const values: string[] = []
  let at = skipBlanks(bytes, 0)
  while (at < bytes.length) {
    const { kind, end } = stretchAt(bytes, at, false)
    if (kind !== 'value' && end === bytes.length) break
    values.push(decoder.decode(bytes.subarray(at, end)))
    at = skipBlanks(bytes, end)
  }
  return { values, rest: decoder.decode(bytes.subarray(at)) }
}

export function skipBlanks(bytes: Uint8Array, start: number): number {
  let at = start
  while (at < bytes.length && isBlankByte(bytes[at]!)) at++
  return at
}

/**
 * Walks the grammar of the object or list at `start`, leaving only the spelling of numbers, literals
 * and escapes unchecked. `end` is the end of a value, the byte that breaks it, or the input's end.
 */
export function scanValue(bytes: Uint8Array, start: number): Stretch {
  const closers: number[] = []
  let state = VALUE
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (isBlankByte(byte)) continue
    if (byte === QUOTE || isScalarByte(byte)) {
      state = stateAfter(state, byte)
      if (state === BROKEN) return { kind: 'broken', start, end: at }
      at = byte === QUOTE ? endOfString(bytes, at + 1) : endOfScalar(bytes, at + 1) - 1
      if (at >= bytes.length) break
      if (byte === QUOTE && bytes[at] !== QUOTE) return { kind: 'broken', start, end: at }
      continue
    }
    state = stateAfterMark(state, byte, closers)
    if (state === BROKEN) return { kind: 'broken', start, end: at }
    if (closers.length === 0) return { kind: 'value', start, end: at + 1 }
  }
  return { kind: 'incomplete', start, end: bytes.length }
}

/** What may come after a string or another scalar; `BROKEN` where none may stand. */
function stateAfter(state: number, byte: number): number {
  if (state === VALUE || state === VALUE_OR_CLOSE) return COMMA_OR_CLOSE
  const isKey = byte === QUOTE && (state === KEY || state === KEY_OR_CLOSE)
  return isKey ? MEMBER_COLON : BROKEN
}

/** What may come after a bracket, colon or comma; keeps the brackets that are to be closed. */
function stateAfterMark(state: number, byte: number, closers: number[]): number {
  if (isOpener(byte)) {
    const wanted = state === VALUE || state === VALUE_OR_CLOSE
    if (!wanted || closers.length === MAX_DEPTH) return BROKEN
    closers.push(byte === OPEN_LIST ? CLOSE_LIST : CLOSE_OBJECT)
    return byte === OPEN_LIST ? VALUE_OR_CLOSE : KEY_OR_CLOSE
  }
  if (isCloser(byte)) {
    const empty = byte === CLOSE_LIST ? VALUE_OR_CLOSE : KEY_OR_CLOSE
    if (state !== empty && state !== COMMA_OR_CLOSE) return BROKEN
    return closers.pop() === byte ? COMMA_OR_CLOSE : BROKEN
  }
  if (byte === COLON) return state === MEMBER_COLON ? VALUE : BROKEN
  if (byte !== COMMA || state !== COMMA_OR_CLOSE) return BROKEN
  return closers.at(-1) === CLOSE_LIST ? VALUE : KEY
}

/** The closing quote, or the control character that no string may hold, or the end of the bytes. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (byte === BACKSLASH) at++
    else if (byte === QUOTE || byte < SPACE) return at
  }
  return bytes.length
}

function endOfScalar(bytes: Uint8Array, start: number): number {
  let at = start
  while (at < bytes.length && isScalarByte(bytes[at]!)) at++
  return at
}

function endOfGarbage(bytes: Uint8Array, start: number, inList: boolean): number {
  let at = start + 1
  while (at < bytes.length) {
    const byte = bytes[at]!
    if (isOpener(byte) || (inList && (byte === COMMA || byte === CLOSE_LIST))) return at
    at++
  }
  return at
}

/**
 * Where to go on after the value at `start` failed at `failed`: the next bracket that opens a line no
 * deeper indented than the failed value, or that stands where a value does not allow it (at the failure
 * itself, or after a closing bracket with no comma between); in a list, past the failure, also after
 * a comma. -1 when there is none.
 */
function nextStart(bytes: Uint8Array, start: number, failed: number, inList: boolean): number {
  const indent = Math.max(0, indentOf(bytes, start))
  for (let at = start + 1; at < bytes.length; at++) {
    if (!isOpener(bytes[at]!)) continue
    const column = indentOf(bytes, at)
    if (at === failed || (column >= 0 && column <= indent)) return at
    const before = lastBefore(bytes, at)
    if (isCloser(bytes[before])) return at
    if (inList && at >= failed && bytes[before] === COMMA) {
      if (isCloser(bytes[lastBefore(bytes, before)])) return at
    }
  }
  return -1
}

/** How many blanks stand before `at` on its line; -1 when something else does. */
function indentOf(bytes: Uint8Array, at: number): number {
  let from = at
  while (from > 0 && (bytes[from - 1] === SPACE || bytes[from - 1] === TAB)) from--
  return from === 0 || bytes[from - 1] === NEWLINE ? at - from : -1
}

function lastBefore(bytes: Uint8Array, at: number): number {
  let before = at - 1
  while (before >= 0 && isBlankByte(bytes[before]!)) before--
  return before
}

function isOpener(byte: number): boolean {
  return byte === OPEN_OBJECT || byte === OPEN_LIST
}

function isCloser(byte: number | undefined): boolean {
  return byte === CLOSE_OBJECT || byte === CLOSE_LIST
}

function isBlankByte(byte: number): boolean {
  return byte === SPACE || byte === NEWLINE || byte === CARRIAGE_RETURN || byte === TAB
}

/** Letters, digits, and the signs and point of numbers. */
function isScalarByte(byte: number): boolean {
  const letter = byte | 32
  return (
    (letter >= 97 && letter <= 122) ||
    (byte >= 48 && byte <= 57) ||
    byte === 43 ||
    byte === 45 ||
    byte === 46
  )
}
