import { gatherCodes, gatherNumbers } from './gather.ts'
import { decodeRle, RLE_SLACK } from './rle.ts'
import { decodeSnappy, SNAPPY_SLACK } from './snappy.ts'

/** Bytes that must be readable behind those of a column or a page: kernels work in whole words. */
export const PAGE_SLACK: number = Math.max(RLE_SLACK, SNAPPY_SLACK)

/**
 * The inner loops of Parquet decoding and the buffers they work in: a column's bytes in `file`, an
 * unpacked page in `page`, dictionary indices in `indices`. Decoding is synchronous, so that one
 * instance serves a thread. All methods throw a RangeError for corrupt bytes.
 */
export interface PageKernels {
  readonly file: Uint8Array
  readonly page: Uint8Array
  readonly indices: Int32Array
  /** Makes `file` hold `bytes` bytes and slack; its contents are void. */
  reserveFile(bytes: number): void
  /** Makes room for a page of `bytes` bytes and slack and for `rows` indices; `file` keeps its contents. */
  reservePage(bytes: number, rows: number): void
  /** Decodes Snappy from `file[start, end)` into `page[0, size)`. */
  snappy(start: number, end: number, size: number): void
  /** Decodes `count` values of runs and packed bits from `file` or `page` into `indices`. */
  runs(inFile: boolean, start: number, end: number, width: number, count: number): void
  /** `out[at + i] = dictionary[indices[i]]` for `count` rows. */
  gatherCodes(dictionary: Int32Array, count: number, out: Int32Array, at: number): void
  gatherNumbers(dictionary: Float64Array, count: number, out: Float64Array, at: number): void
}

/** In plain TypeScript: the reference, and what runs where WebAssembly does not. */
export class PlainKernels implements PageKernels {
  file: Uint8Array = new Uint8Array(0)
  page: Uint8Array = new Uint8Array(0)
  indices: Int32Array = new Int32Array(0)

  reserveFile(bytes: number): void {
    if (this.file.length < bytes + PAGE_SLACK) this.file = new Uint8Array(bytes + PAGE_SLACK)
  }

  reservePage(bytes: number, rows: number): void {
    if (this.page.length < bytes + PAGE_SLACK) this.page = new Uint8Array(bytes + PAGE_SLACK)
    if (this.indices.length < rows) this.indices = new Int32Array(rows)
  }

  snappy(start: number, end: number, size: number): void {
    decodeSnappy(this.file, start, end, this.page, size)
  }

  runs(inFile: boolean, start: number, end: number, width: number, count: number): void {
    decodeRle(inFile ? this.file : this.page, start, end, width, count, this.indices, 0)
  }

  gatherCodes(dictionary: Int32Array, count: number, out: Int32Array, at: number): void {
    gatherCodes(dictionary, this.indices, count, out, at)
  }

  gatherNumbers(dictionary: Float64Array, count: number, out: Float64Array, at: number): void {
    gatherNumbers(dictionary, this.indices, count, out, at)
  }
}
