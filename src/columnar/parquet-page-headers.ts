/** The headers of a column chunk's pages, checked before anything is unpacked. */
import { Codec, type ColumnChunk, Encoding } from './parquet-format.ts'
import {
  numberField,
  requiredNumber,
  structField,
  type ThriftStruct,
  ThriftReader,
} from './thrift.ts'

interface Place {
  /** Where the page's bytes lie in the chunk's, as they are stored. */
  start: number
  end: number
  /** Bytes once unpacked. */
  size: number
}

export interface DictionaryPage extends Place {
  kind: 'dictionary'
  values: number
}

export interface DataPage extends Place {
  kind: 'data'
  rows: number
  encoding: number
  /** Version 2: levels come first and are never compressed. Version 1: they are part of the page. */
  levelBytes: number | null
  isCompressed: boolean
}

/** No page is larger; what a corrupt header may make us allocate. */
const MAX_PAGE_BYTES = 2 ** 28

/** How many bytes one compressed byte can become at most, by codec (see `Codec`). */
const MAX_EXPANSION = [1, 24, 1_040, 0, 2 ** 20, 256, 2 ** 16, 256] as const

const DATA_PAGE = 0
const DICTIONARY_PAGE = 2
const DATA_PAGE_V2 = 3

/**
 * The pages in `source[0, chunk.bytes)` that hold the chunk's values. Throws a RangeError when their
 * sizes contradict each other or the chunk's.
 */
export function readPageHeaders(
  source: Uint8Array,
  chunk: ColumnChunk,
): (DictionaryPage | DataPage)[] {
  const pages: (DictionaryPage | DataPage)[] = []
  let position = 0
  let rows = 0
  while (rows < chunk.values) {
    const reader = new ThriftReader(source, position, chunk.bytes)
    const header = reader.struct()
    const length = requiredNumber(header, 3, 'compressed page size')
    const start = reader.position
    position = start + length
    if (length < 0 || position > chunk.bytes) throw new RangeError(`page of ${length} bytes`)
    const place = { start, end: position, size: sizeOf(header, chunk.codec, length) }
    const kind = requiredNumber(header, 1, 'page type')
    if (kind === DICTIONARY_PAGE) {
      pages.push(dictionaryPage(header, place))
    } else if (kind === DATA_PAGE || kind === DATA_PAGE_V2) {
      const page = kind === DATA_PAGE ? pageV1(header, chunk, place) : pageV2(header, place)
      rows += page.rows
      if (rows > chunk.values) throw new RangeError('more values than rows')
      pages.push(page)
    }
    // Anything else is an index page, which nobody writes and nobody needs.
  }
  return pages
}

function sizeOf(header: ThriftStruct, codec: number, length: number): number {
  const size = requiredNumber(header, 2, 'page size')
  const most = Math.min(MAX_PAGE_BYTES, length * (MAX_EXPANSION[codec] ?? 0) + 64)
  const fits = codec === Codec.UNCOMPRESSED ? size === length : size >= 0 && size <= most
  if (!fits) throw new RangeError(`page of ${size} bytes from ${length}`)
  return size
}

function countOf(header: ThriftStruct): number {
  const count = requiredNumber(header, 1, 'number of values')
  if (count < 0) throw new RangeError(`page of ${count} values`)
  return count
}

function partOf(header: ThriftStruct, id: number): ThriftStruct {
  const part = structField(header, id)
  if (part === undefined) throw new RangeError('page without a header of its kind')
  return part
}

function dictionaryPage(header: ThriftStruct, place: Place): DictionaryPage {
  const values = countOf(partOf(header, 7))
  // Each value takes at least four bytes.
  if (values * 4 > place.size) throw new RangeError(`dictionary of ${values} values`)
  return { kind: 'dictionary', ...place, values }
}

function pageV1(header: ThriftStruct, chunk: ColumnChunk, place: Place): DataPage {
  const data = partOf(header, 5)
  if (chunk.optional && numberField(data, 3) !== Encoding.RLE) {
    throw new RangeError('levels in an encoding of old')
  }
  return {
    kind: 'data',
    ...place,
    rows: countOf(data),
    encoding: requiredNumber(data, 2, 'encoding'),
    levelBytes: null,
    isCompressed: true,
  }
}

function pageV2(header: ThriftStruct, place: Place): DataPage {
  const data = partOf(header, 8)
  const levelBytes = numberField(data, 5) ?? 0
  const most = Math.min(place.size, place.end - place.start)
  if ((numberField(data, 6) ?? 0) !== 0) throw new RangeError('repeated values')
  if (levelBytes < 0 || levelBytes > most) throw new RangeError('levels longer than their page')
  return {
    kind: 'data',
    ...place,
    rows: countOf(data),
    encoding: requiredNumber(data, 4, 'encoding'),
    levelBytes,
    isCompressed: data.get(7) !== false,
  }
}
