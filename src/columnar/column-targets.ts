/** Where the values of a column go: numbers, times, names and codes. */
import { NO_TIME } from './admit.ts'
import type { PageKernels } from './page-kernels.ts'
import type { ValueType } from './parquet-format.ts'
import type { ColumnTarget } from './parquet-pages.ts'
import { checkBytes, eachString, type PageValues, readNumbers, readTimes } from './plain-values.ts'

/** Makes an array for the values of a dictionary. */
export type Allocate = (length: number) => Float64Array

const newNumbers: Allocate = (length) => new Float64Array(length)

/** Numbers as they are: what the value column holds. */
export class NumberTarget implements ColumnTarget<Float64Array> {
  readonly out: Float64Array
  readonly missing: number = Number.NaN
  readonly onMissing: ((row: number) => void) | null
  readonly allocate: Allocate
  readonly #type: ValueType

  constructor(
    type: ValueType,
    out: Float64Array,
    onMissing: ((row: number) => void) | null,
    allocate: Allocate = newNumbers,
  ) {
    this.#type = type
    this.out = out
    this.onMissing = onMissing
    this.allocate = allocate
  }

  gather(kernels: PageKernels, dictionary: Float64Array, count: number, at: number): void {
    kernels.gatherNumbers(dictionary, count, this.out, at)
  }

  plain(page: PageValues, count: number, into: Float64Array, at: number): void {
    readNumbers(page, this.#type, count, into, at)
  }
}

/** Timestamps as epoch milliseconds; see `readTimes`. */
export class TimeTarget implements ColumnTarget<Float64Array> {
  readonly out: Float64Array
  readonly missing: number = NO_TIME
  readonly onMissing = null
  readonly allocate: Allocate
  readonly #type: ValueType

  constructor(type: ValueType, out: Float64Array, allocate: Allocate = newNumbers) {
    this.#type = type
    this.out = out
    this.allocate = allocate
  }

  gather(kernels: PageKernels, dictionary: Float64Array, count: number, at: number): void {
    kernels.gatherNumbers(dictionary, count, this.out, at)
  }

  plain(page: PageValues, count: number, into: Float64Array, at: number): void {
    readTimes(page, this.#type, count, into, at)
  }
}

/** Strings to codes: each is looked up by its bytes, equal neighbors once. */
export class NameTarget implements ColumnTarget<Int32Array> {
  readonly out: Int32Array
  readonly missing: number
  readonly onMissing: () => void
  readonly #codeOf: (bytes: Uint8Array, start: number, end: number) => number

  constructor(
    out: Int32Array,
    codeOf: (bytes: Uint8Array, start: number, end: number) => number,
    missing: number,
    onMissing: () => void,
  ) {
    this.out = out
    this.#codeOf = codeOf
    this.missing = missing
    this.onMissing = onMissing
  }

  allocate(length: number): Int32Array {
    return new Int32Array(length)
  }

  gather(kernels: PageKernels, dictionary: Int32Array, count: number, at: number): void {
    kernels.gatherCodes(dictionary, count, this.out, at)
  }

  plain(page: PageValues, count: number, into: Int32Array, at: number): void {
    let row = at
    eachString(page, count, (bytes, start, end) => {
      into[row++] = this.#codeOf(bytes, start, end)
    })
  }
}

/** 32-bit codes as they are: the thing column of an archive. */
export class CodeTarget implements ColumnTarget<Int32Array> {
  readonly out: Int32Array
  readonly missing = -1
  readonly onMissing = null

  constructor(out: Int32Array) {
    this.out = out
  }

  allocate(length: number): Int32Array {
    return new Int32Array(length)
  }

  gather(kernels: PageKernels, dictionary: Int32Array, count: number, at: number): void {
    kernels.gatherCodes(dictionary, count, this.out, at)
  }

  plain(page: PageValues, count: number, into: Int32Array, at: number): void {
    checkBytes(page, count, 4)
    const bytes = new Uint8Array(into.buffer, into.byteOffset + at * 4, count * 4)
    bytes.set(page.bytes.subarray(page.start, page.start + count * 4))
  }
}
