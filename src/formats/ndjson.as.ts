// AssemblyScript, compiled into ndjson.wasm.ts: the fast path of NDJSON decoding over SIMD words.
// ndjson-wasm.ts lays out the memory, and ndjson.ts says what a datapoint line is: whatever this
// file refuses is decoded there. All numbers are little-endian; `at`, `end` and `stop` are addresses.

/** Columns of the rows found since the last call: i32, i32, f64, f64. */
let thingColumn: usize = 0
let metricColumn: usize = 0
let timeColumn: usize = 0
let valueColumn: usize = 0
let capacity: i32 = 0

/** A table of names: i32 slots (-1 is free) of codes, and an entry of 16 bytes per code. */
let thingSlots: usize = 0
let thingMask: u32 = 0
let thingEntries: usize = 0
let thingCount: i32 = 0
let metricSlots: usize = 0
let metricMask: u32 = 0
let metricEntries: usize = 0
let metricCount: i32 = 0
/** One byte per metric: 1 for a count, which is never negative. */
let metricCounts: usize = 0

/** An entry: where the name starts, its length, its hash, and for a metric the code that came next. */
const ENTRY_LENGTH: usize = 4
const ENTRY_HASH: usize = 8
const ENTRY_NEXT: usize = 12
const ENTRY_SHIFT: usize = 4

let notAfter: f64 = 0
let found: i32 = 0

/** The thing of the row before. */
let recentThing: i32 = -1
let recentStart: usize = 0
let recentLength: u32 = 0

/** The metric of the row before, and the one that `readMetric` found: -1 when it is not known. */
let recentMetric: i32 = 0
let metricCode: i32 = -1

/** Where the last number stopped. */
let numberEnd: usize = 0

const NEWLINE: u8 = 10
const CARRIAGE_RETURN: u8 = 13
const SPACE: u8 = 32
const QUOTE: u8 = 34
const COMMA: u8 = 44
const MINUS: u8 = 45
const POINT: u8 = 46
const COLON: u8 = 58
const BACKSLASH: u8 = 92
const CLOSE: u8 = 125

const MAX_NAME_BYTES: u32 = 128
const MAX_DIGITS: u32 = 15
/** The rule of `epochMs`: smaller timestamps count seconds. The last moment is the end of 9999. */
const MILLISECONDS_FROM: f64 = 100000000000
const MAX_TIME: f64 = 253402300799999

const POWERS_OF_TEN = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
])

export function setColumns(
  thing: usize,
  metric: usize,
  time: usize,
  value: usize,
  rows: i32,
): void {
  thingColumn = thing
  metricColumn = metric
  timeColumn = time
  valueColumn = value
  capacity = rows
}

/** Empties the tables. `slots` has room for as many slots as the table may ever need. */
export function setThings(slots: usize, entries: usize): void {
  thingSlots = slots
  thingMask = 1023
  thingEntries = entries
  thingCount = 0
  recentThing = -1
  recentLength = 0
  memory.fill(slots, 0xff, 1024 * 4)
}

export function setMetrics(slots: usize, mask: u32, entries: usize, counts: usize): void {
  metricSlots = slots
  metricMask = mask
  metricEntries = entries
  metricCounts = counts
  metricCount = 0
  recentMetric = 0
  memory.fill(slots, 0xff, (<usize>mask + 1) * 4)
}

/** Adds the next known metric. Its name stays where it is. */
export function addMetric(start: usize, length: u32): void {
  const code = metricCount++
  const hash = hashName(start, length)
  writeEntry(metricEntries, code, start, length, hash)
  occupy(metricSlots, metricMask, hash, code)
}

export function setNotAfter(time: f64): void {
  notAfter = time
}

/** Rows that the last `scan` left in the columns. */
export function rows(): i32 {
  return found
}

/** Things met since `setThings`; their entries say where in the input each was met first. */
export function things(): i32 {
  return thingCount
}

/**
 * Reads datapoint lines from `at` up to `stop`, which lies just behind a newline (64 more bytes can be
 * read). Returns where it stopped: at `stop`, or at a line that it refuses, or before a line for which
 * the columns have no room.
 */
export function scan(at: usize, stop: usize): usize {
  found = 0
  if (metricCount == 0) return at
  while (at < stop && found < capacity) {
    const next = scanLine(at)
    if (next == 0) return at
    at = next
  }
  return at
}

/** Adds the row of the line at `at` and returns where the next line starts; 0 to refuse the line. */
function scanLine(at: usize): usize {
  // {"thing":
  if (load<u64>(at) != 0x22676e696874227b || load<u8>(at, 8) != COLON) return 0
  const thing = openName(at + 9)
  if (thing == 0) return 0
  const recent = isName(thing, recentStart, recentLength)
  const thingEnd = recent ? thing + recentLength : nameEnd(thing)
  const thingLength = <u32>(thingEnd - thing)
  if (thingEnd == 0 || thingLength == 0 || thingLength > MAX_NAME_BYTES) return 0

  // "metric":
  at = nextMember(thingEnd + 1)
  if (at == 0 || load<u64>(at) != 0x2263697274656d22 || load<u8>(at, 8) != COLON) return 0
  at = openName(at + 9)
  if (at == 0) return 0
  const metricEnd = readMetric(at)
  if (metricEnd == 0 || metricCode < 0) return 0

  // "timesta mp":
  at = nextMember(metricEnd + 1)
  if (at == 0 || load<u64>(at) != 0x617473656d697422 || load<u32>(at, 8) != 0x3a22706d) return 0
  const timestamp = readInteger(skipSpace(at + 12))
  if (timestamp < 0) return 0
  const time = timestamp < MILLISECONDS_FROM ? timestamp * 1000 : timestamp
  if (time > MAX_TIME || time > notAfter) return 0

  // "value":
  at = nextMember(numberEnd)
  if (at == 0 || load<u64>(at) != 0x3a2265756c617622) return 0
  at = skipSpace(at + 8)
  const negative = load<u8>(at) == MINUS
  let value = readDecimal(negative ? at + 1 : at)
  if (value < 0) return 0
  if (negative) value = -value

  at = numberEnd
  if (load<u8>(at) != CLOSE) return 0
  at += load<u8>(at, 1) == CARRIAGE_RETURN ? 2 : 1
  if (load<u8>(at) != NEWLINE) return 0

  if (value < 0 && load<u8>(metricCounts + metricCode)) return 0
  if (!recent) rememberThing(thing, thingLength)
  const row = <usize>found
  store<i32>(thingColumn + (row << 2), recentThing)
  store<i32>(metricColumn + (row << 2), metricCode)
  store<f64>(timeColumn + (row << 3), time)
  store<f64>(valueColumn + (row << 3), value)
  found++
  return at + 1
}

function skipSpace(at: usize): usize {
  return load<u8>(at) == SPACE ? at + 1 : at
}

/** Behind the opening quote (and one space before it) at `at`; 0 when there is none. */
function openName(at: usize): usize {
  at = skipSpace(at)
  return load<u8>(at) == QUOTE ? at + 1 : 0
}

/** Behind the comma (and one space) at `at`; 0 when there is none. */
function nextMember(at: usize): usize {
  return load<u8>(at) == COMMA ? skipSpace(at + 1) : 0
}

/** The closing quote of the string that starts at `at`; 0 when it is not plain ASCII. */
function nameEnd(at: usize): usize {
  const quote = i8x16.splat(QUOTE)
  const backslash = i8x16.splat(BACKSLASH)
  const one = i8x16.splat(1)
  const bound = i8x16.splat(SPACE + 1)
  while (true) {
    const bytes = v128.load(at)
    // One more, as signed bytes: control characters, DEL and everything that is not ASCII lie below.
    const odd = i8x16.lt_s(i8x16.add(bytes, one), bound)
    const ends = v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash))
    const mask = i8x16.bitmask(v128.or(ends, odd))
    if (mask) {
      at += ctz<i32>(mask)
      return load<u8>(at) == QUOTE ? at : 0
    }
    at += 16
  }
}

/** A plain integer without sign, at most 15 digits; -1 for anything else. Sets `numberEnd`. */
function readInteger(at: usize): f64 {
  const start = at
  let mantissa: u64 = 0
  const word = load<u64>(at)
  if (areDigits(word)) {
    mantissa = eightDigits(word)
    at += 8
  }
  let digit: u32 = 0
  while ((digit = <u32>load<u8>(at) - 48) <= 9) {
    mantissa = mantissa * 10 + digit
    at++
  }
  numberEnd = at
  const digits = <u32>(at - start)
  if (digits == 0 || digits > MAX_DIGITS) return -1
  if (digits > 1 && load<u8>(start) == 48) return -1
  return <f64>mantissa
}

/** A plain decimal without sign, at most 15 digits; -1 for anything else. Sets `numberEnd`. */
function readDecimal(at: usize): f64 {
  const whole = readInteger(at)
  const point = numberEnd
  if (whole < 0 || load<u8>(point) != POINT) return whole
  let mantissa = <u64>whole
  let digit: u32 = 0
  let end = point + 1
  while ((digit = <u32>load<u8>(end) - 48) <= 9) {
    mantissa = mantissa * 10 + digit
    end++
  }
  numberEnd = end
  const decimals = end - point - 1
  if (decimals == 0 || point - at + decimals > MAX_DIGITS) return -1
  return <f64>mantissa / load<f64>(POWERS_OF_TEN + (decimals << 3))
}

/** Whether all eight bytes are ASCII digits. */
function areDigits(word: u64): bool {
  const high = word & 0xf0f0f0f0f0f0f0f0
  const carried = (word + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0
  return (high | (carried >> 4)) == 0x3333333333333333
}

/** The number that eight ASCII digits spell: pairs, then fours, then all (Lemire, "Quickly parsing eight digits"). */
function eightDigits(word: u64): u64 {
  word -= 0x3030303030303030
  word = word * 10 + (word >> 8)
  const low = (word & 0x000000ff000000ff) * 0x000f424000000064
  const high = ((word >> 16) & 0x000000ff000000ff) * 0x0000271000000001
  return (low + high) >> 32
}

/** Whether the string at `at` is this name, which holds no quote, and ends with it. */
function isName(at: usize, name: usize, length: u32): bool {
  return length != 0 && isSame(at, name, length) && load<u8>(at + length) == QUOTE
}

function rememberThing(start: usize, length: u32): void {
  recentThing = findOrAddThing(start, length)
  recentStart = start
  recentLength = length
}

/**
 * Reads the metric's name at `at` into `metricCode` and returns its closing quote; 0 when it is not
 * plain. Devices report their metrics in an order of their own: the one that followed the metric before
 * last time is tried first. Only names that were found as plain strings get there.
 */
function readMetric(at: usize): usize {
  const before = metricEntries + ((<usize>recentMetric) << ENTRY_SHIFT)
  const guess = load<i32>(before + ENTRY_NEXT)
  if (guess >= 0) {
    const entry = metricEntries + ((<usize>guess) << ENTRY_SHIFT)
    const length = load<u32>(entry + ENTRY_LENGTH)
    if (isName(at, load<u32>(entry), length)) {
      recentMetric = guess
      metricCode = guess
      return at + length
    }
  }
  const end = nameEnd(at)
  if (end == 0) return 0
  const length = <u32>(end - at)
  metricCode = find(metricSlots, metricMask, metricEntries, at, length, hashName(at, length))
  if (metricCode >= 0) {
    store<i32>(before + ENTRY_NEXT, metricCode)
    recentMetric = metricCode
  }
  return end
}

function findOrAddThing(start: usize, length: u32): i32 {
  const hash = hashName(start, length)
  const known = find(thingSlots, thingMask, thingEntries, start, length, hash)
  if (known >= 0) return known
  if (<u32>thingCount * 2 > thingMask) growThings()
  const code = thingCount++
  writeEntry(thingEntries, code, start, length, hash)
  occupy(thingSlots, thingMask, hash, code)
  return code
}

function growThings(): void {
  const slots = (<usize>thingMask + 1) * 2
  thingMask = <u32>slots - 1
  memory.fill(thingSlots, 0xff, slots * 4)
  for (let code = 0; code < thingCount; code++) {
    const entry = thingEntries + ((<usize>code) << ENTRY_SHIFT)
    occupy(thingSlots, thingMask, load<u32>(entry + ENTRY_HASH), code)
  }
}

/** The code of a name in a table, or -1. */
function find(slots: usize, mask: u32, entries: usize, start: usize, length: u32, hash: u32): i32 {
  let slot = hash & mask
  while (true) {
    const code = load<i32>(slots + ((<usize>slot) << 2))
    if (code < 0) return -1
    const entry = entries + ((<usize>code) << ENTRY_SHIFT)
    if (load<u32>(entry + ENTRY_HASH) == hash && load<u32>(entry + ENTRY_LENGTH) == length) {
      if (isSame(start, load<u32>(entry), length)) return code
    }
    slot = (slot + 1) & mask
  }
}

function occupy(slots: usize, mask: u32, hash: u32, code: i32): void {
  let slot = hash & mask
  while (load<i32>(slots + ((<usize>slot) << 2)) >= 0) slot = (slot + 1) & mask
  store<i32>(slots + ((<usize>slot) << 2), code)
}

function writeEntry(entries: usize, code: i32, start: usize, length: u32, hash: u32): void {
  const entry = entries + ((<usize>code) << ENTRY_SHIFT)
  store<u32>(entry, <u32>start)
  store<u32>(entry + ENTRY_LENGTH, length)
  store<u32>(entry + ENTRY_HASH, hash)
  store<i32>(entry + ENTRY_NEXT, -1)
}

/** Eight bytes at a time, multiply and fold. Reads up to 7 bytes behind the name and masks them. */
function hashName(start: usize, length: u32): u32 {
  let hash: u64 = 0x9e3779b97f4a7c15 ^ <u64>length
  while (length >= 8) {
    hash = (hash ^ load<u64>(start)) * 0xff51afd7ed558ccd
    hash ^= hash >> 32
    start += 8
    length -= 8
  }
  if (length) {
    hash = (hash ^ (load<u64>(start) & lowBytes(length))) * 0xff51afd7ed558ccd
    hash ^= hash >> 32
  }
  return <u32>hash
}

function isSame(a: usize, b: usize, length: u32): bool {
  while (length >= 8) {
    if (load<u64>(a) != load<u64>(b)) return false
    a += 8
    b += 8
    length -= 8
  }
  return length == 0 || ((load<u64>(a) ^ load<u64>(b)) & lowBytes(length)) == 0
}

function lowBytes(count: u32): u64 {
  return ((<u64>1) << (count * 8)) - 1
}
