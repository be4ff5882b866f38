/**
 * The pages of one column chunk, one after the other: decompression, definition levels, dictionary.
 * What a value means is the business of the `ColumnTarget` they are decoded into.
 */
import { type PageKernels, PAGE_SLACK } from './page-kernels.ts'
import { decompress, plainValues } from './parquet.ts'
import { Codec, type ColumnChunk, Encoding } from './parquet-format.ts'
import { type DataPage, type DictionaryPage, readPageHeaders } from './parquet-page-headers.ts'
import type { PageValues } from './plain-values.ts'

/** Where the values of a column go. */
export interface ColumnTarget<A extends Int32Array | Float64Array> {
  /** One value per row. */
  out: A
  /** What a row without a value gets. */
  missing: number
  /** Called for each row without a value, if there is anything to remember about it. */
  onMissing: ((row: number) => void) | null
  /** An array for the values of a dictionary. */
  allocate(length: number): A
  /** `out[at + i] = dictionary[kernels.indices[i]]` for `count` rows. */
  gather(kernels: PageKernels, dictionary: A, count: number, at: number): void
  /** Reads `count` PLAIN values into `into` from `at`; throws a RangeError if the page has fewer. */
  plain(page: PageValues, count: number, into: A, at: number): void
}

/**
 * Decodes the column chunk whose bytes are `kernels.file[0, chunk.bytes)` into
 * `target.out[at, at + chunk.values)`. Throws a RangeError when the bytes are corrupt.
 */
export function decodeColumn<A extends Int32Array | Float64Array>(
  kernels: PageKernels,
  chunk: ColumnChunk,
  target: ColumnTarget<A>,
  at: number,
): void {
  let row = at
  let dictionary: A | null = null
  for (const page of pagesOf(kernels, chunk)) {
    if (page.kind === 'dictionary') dictionary = decodeDictionary(kernels, page, chunk, target)
    else {
      decodePage(kernels, page, chunk, target, dictionary, row)
      row += page.rows
    }
  }
}

/**
 * Decodes the column chunk as indices into its dictionary, which is returned; null where it is not
 * stored so, or a row has no value. Throws a RangeError when the bytes are corrupt; an index may still
 * lie beyond the dictionary.
 */
export function decodeIndices<A extends Int32Array | Float64Array>(
  kernels: PageKernels,
  chunk: ColumnChunk,
  target: ColumnTarget<A>,
  indices: Int32Array,
): A | null {
  let row = 0
  let dictionary: A | null = null
  for (const page of pagesOf(kernels, chunk)) {
    if (page.kind === 'dictionary') {
      dictionary = decodeDictionary(kernels, page, chunk, target)
      continue
    }
    if (dictionary === null || !isCoded(page)) return null
    const [values, levels] = openPage(kernels, page, chunk)
    if (levels !== null) return null
    decodeRuns(kernels, values, page.rows)
    indices.set(kernels.indices.subarray(0, page.rows), row)
    row += page.rows
  }
  return dictionary
}

/** The pages of a chunk; there is room to decode each of them. */
function pagesOf(kernels: PageKernels, chunk: ColumnChunk): (DictionaryPage | DataPage)[] {
  const pages = readPageHeaders(kernels.file, chunk)
  const most = { size: 0, rows: 0 }
  for (const page of pages) {
    most.size = Math.max(most.size, page.size)
    if (page.kind === 'data') most.rows = Math.max(most.rows, page.rows)
  }
  kernels.reservePage(most.size, most.rows)
  return pages
}

function decodeDictionary<A extends Int32Array | Float64Array>(
  kernels: PageKernels,
  page: DictionaryPage,
  chunk: ColumnChunk,
  target: ColumnTarget<A>,
): A {
  const dictionary = target.allocate(page.values)
  const values = expand(kernels, chunk.codec, page.start, page.end, page.size)
  target.plain(values, page.values, dictionary, 0)
  return dictionary
}

function isCoded({ encoding }: DataPage): boolean {
  return encoding === Encoding.RLE_DICTIONARY || encoding === Encoding.PLAIN_DICTIONARY
}

/** Decodes `count` indices of a dictionary into `kernels.indices`. */
function decodeRuns(kernels: PageKernels, { bytes, start, end }: PageValues, count: number): void {
  if (count === 0) return
  if (start >= end) throw new RangeError('page without a bit width')
  kernels.runs(bytes === kernels.file, start + 1, end, bytes[start]!, count)
}

/** The uncompressed bytes `file[start, end)`; valid until the next page. */
function expand(
  kernels: PageKernels,
  codec: number,
  start: number,
  end: number,
  size: number,
): PageValues {
  const { file, page } = kernels
  if (codec === Codec.UNCOMPRESSED) return { bytes: file, start, end }
  if (size === 0 && start === end) return { bytes: page, start: 0, end: 0 }
  if (codec === Codec.SNAPPY) {
    kernels.snappy(start, end, size)
  } else {
    const expanded = decompress(codec, file.subarray(start, end), size)
    if (expanded.length !== size) {
      throw new RangeError(`page of ${expanded.length} bytes, not ${size}`)
    }
    page.set(expanded)
  }
  return { bytes: page, start: 0, end: size }
}

function decodePage<A extends Int32Array | Float64Array>(
  kernels: PageKernels,
  page: DataPage,
  chunk: ColumnChunk,
  target: ColumnTarget<A>,
  dictionary: A | null,
  at: number,
): void {
  const [values, levels] = openPage(kernels, page, chunk)
  let count = page.rows
  if (levels !== null) {
    count = 0
    for (let i = 0; i < page.rows; i++) count += levels[i]!
  }
  if (isCoded(page)) {
    if (dictionary === null) throw new RangeError('page without its dictionary')
    decodeRuns(kernels, values, count)
    if (count > 0) target.gather(kernels, dictionary, count, at)
  } else if (page.encoding === Encoding.PLAIN) {
    target.plain(values, count, target.out, at)
  } else {
    target.plain(rewritten(values, page, chunk, count), count, target.out, at)
  }
  if (levels !== null) spread(target, levels, page.rows, count, at)
}

/** The values of a page, and for each row 1 if it has one, 0 if not; null when all have. */
function openPage(
  kernels: PageKernels,
  page: DataPage,
  chunk: ColumnChunk,
): [PageValues, Uint8Array | null] {
  const { start, end, size, rows, levelBytes } = page
  if (levelBytes !== null) {
    const from = start + levelBytes
    const levels = chunk.optional ? readLevels(kernels, kernels.file, start, from, rows) : null
    const codec = page.isCompressed ? chunk.codec : Codec.UNCOMPRESSED
    return [expand(kernels, codec, from, end, size - levelBytes), levels]
  }
  const values = expand(kernels, chunk.codec, start, end, size)
  if (!chunk.optional) return [values, null]
  const { bytes, start: first } = values
  if (values.end - first < 4) throw new RangeError('page without levels')
  const length = new DataView(bytes.buffer, bytes.byteOffset + first, 4).getUint32(0, true)
  const from = first + 4 + length
  if (from > values.end) throw new RangeError('levels longer than their page')
  const levels = readLevels(kernels, bytes, first + 4, from, rows)
  return [{ bytes, start: from, end: values.end }, levels]
}

function readLevels(
  kernels: PageKernels,
  bytes: Uint8Array,
  start: number,
  end: number,
  rows: number,
): Uint8Array | null {
  if (isOneRun(bytes, start, end, rows)) return null
  kernels.runs(bytes === kernels.file, start, end, 1, rows)
  const levels = Uint8Array.from(kernels.indices.subarray(0, rows))
  return levels.includes(0) ? levels : null
}

/** Whether the levels are but one run that says that all rows have a value, as is the rule. */
function isOneRun(bytes: Uint8Array, start: number, end: number, rows: number): boolean {
  let header = 0
  let p = start
  for (let shift = 0; p < end && shift <= 28; shift += 7) {
    const byte = bytes[p++]!
    header |= (byte & 127) << shift
    if (byte < 128) break
  }
  return p < end && (header & 1) === 0 && header >>> 1 >= rows && bytes[p] === 1
}

/** A page in one of the rarer encodings as PLAIN. */
function rewritten(
  values: PageValues,
  page: DataPage,
  chunk: ColumnChunk,
  count: number,
): PageValues {
  const coded = values.bytes.slice(values.start, values.end)
  const plain = plainValues(page.encoding, chunk.type, chunk.typeLength, coded, count)
  const bytes = new Uint8Array(plain.length + PAGE_SLACK)
  bytes.set(plain)
  return { bytes, start: 0, end: plain.length }
}

/** Moves the values of the rows that have one to their rows, from the last to the first. */
function spread<A extends Int32Array | Float64Array>(
  target: ColumnTarget<A>,
  levels: Uint8Array,
  rows: number,
  count: number,
  at: number,
): void {
  const { out, missing, onMissing } = target
  let from = at + count
  for (let i = rows - 1; i >= 0; i--) {
    if (levels[i] === 1) {
      out[at + i] = out[--from]!
    } else {
      out[at + i] = missing
      onMissing?.(at + i)
    }
  }
}
