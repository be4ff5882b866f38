import { PAGE_SLACK, type PageKernels } from './page-kernels.ts'
import { WASM_BASE64 } from './page-kernels.wasm.ts'
import { compileModule, createMemory, instantiate, PAGE_BYTES } from '../wasm.ts'

/** The exports of page-kernels.as.ts: addresses and counts in, 0 or the number of a fault out. */
interface Exports {
  snappy(start: number, end: number, target: number, size: number): number
  runs(start: number, end: number, width: number, count: number, out: number): number
  gatherCodes: Gather
  gatherNumbers: Gather
}

type Gather = (
  indices: number,
  dictionary: number,
  entries: number,
  count: number,
  out: number,
) => number

/** By the numbers of the module. */
const FAULTS = [
  '',
  'snappy block without a size',
  'snappy block of another size',
  'snappy literal too long',
  'snappy copy out of bounds',
  'values end early',
  'run without a length',
  'run without a value',
  'bit width too large',
  'index outside of the dictionary',
] as const

/** Rows that are gathered at once: they stay in the cache until they are copied to their column. */
const BLOCK_ROWS = 8_192

/** The module's constants lie below. */
const OUT = PAGE_BYTES
const FILE: number = OUT + BLOCK_ROWS * 8 + PAGE_SLACK

let module: object | null = null

/**
 * `PlainKernels` in WebAssembly, two to three times as fast and with the same results. Its memory
 * holds, in this order: gathered rows, `file`, `page`, `indices`, a dictionary.
 */
export class WasmKernels implements PageKernels {
  file: Uint8Array = new Uint8Array(0)
  page: Uint8Array = new Uint8Array(0)
  indices: Int32Array = new Int32Array(0)
  readonly #memory = createMemory()
  readonly #exports: Exports
  #codes = new Int32Array(0)
  #numbers = new Float64Array(0)
  #dictionary = 0
  /** Which dictionary lies in the memory. */
  #loaded: Int32Array | Float64Array | null = null

  constructor() {
    module ??= compileModule(WASM_BASE64)
    this.#exports = instantiate(module, this.#memory) as Exports
    this.#layOut(0, 0, 0)
  }

  reserveFile(bytes: number): void {
    if (this.file.length < bytes + PAGE_SLACK) this.#layOut(bytes, 0, 0)
  }

  reservePage(bytes: number, rows: number): void {
    if (this.page.length < bytes + PAGE_SLACK || this.indices.length < rows) {
      const page = Math.max(bytes, this.page.length - PAGE_SLACK)
      this.#layOut(this.file.length - PAGE_SLACK, page, Math.max(rows, this.indices.length))
    }
  }

  snappy(start: number, end: number, size: number): void {
    const { file, page } = this
    check(
      this.#exports.snappy(file.byteOffset + start, file.byteOffset + end, page.byteOffset, size),
    )
  }

  runs(inFile: boolean, start: number, end: number, width: number, count: number): void {
    const base = (inFile ? this.file : this.page).byteOffset
    const out = this.indices.byteOffset
    check(this.#exports.runs(base + start, base + end, width, count, out))
  }

  gatherCodes(dictionary: Int32Array, count: number, out: Int32Array, at: number): void {
    this.#load(dictionary)
    const { gatherCodes } = this.#exports
    for (let from = 0; from < count; from += BLOCK_ROWS) {
      const rows = this.#gather(gatherCodes, dictionary.length, from, count)
      out.set(this.#codes.subarray(0, rows), at + from)
    }
  }

  gatherNumbers(dictionary: Float64Array, count: number, out: Float64Array, at: number): void {
    this.#load(dictionary)
    const { gatherNumbers } = this.#exports
    for (let from = 0; from < count; from += BLOCK_ROWS) {
      const rows = this.#gather(gatherNumbers, dictionary.length, from, count)
      out.set(this.#numbers.subarray(0, rows), at + from)
    }
  }

  #gather(gather: Gather, entries: number, from: number, count: number): number {
    const rows = Math.min(BLOCK_ROWS, count - from)
    check(gather(this.indices.byteOffset + from * 4, this.#dictionary, entries, rows, OUT))
    return rows
  }

  #load(dictionary: Int32Array | Float64Array): void {
    if (this.#loaded === dictionary) return
    this.#grow(this.#dictionary + dictionary.byteLength + PAGE_SLACK)
    const bytes = new Uint8Array(dictionary.buffer, dictionary.byteOffset, dictionary.byteLength)
    new Uint8Array(this.#memory.buffer, this.#dictionary).set(bytes)
    this.#loaded = dictionary
  }

  /** Places the regions; what `file` holds stays if it keeps its size. */
  #layOut(file: number, page: number, rows: number): void {
    const align = (address: number): number => (address + 15) & ~15
    const pageAt = align(FILE + file + PAGE_SLACK)
    const indicesAt = align(pageAt + page + PAGE_SLACK)
    this.#dictionary = align(indicesAt + rows * 4 + PAGE_SLACK)
    this.#loaded = null
    this.#sizes = { file, page, rows, pageAt, indicesAt }
    this.#grow(this.#dictionary)
    this.#view()
  }

  #sizes = { file: 0, page: 0, rows: 0, pageAt: 0, indicesAt: 0 }

  #grow(bytes: number): void {
    const missing = bytes - this.#memory.buffer.byteLength
    if (missing <= 0) return
    this.#memory.grow(Math.ceil(missing / PAGE_BYTES))
    this.#view()
  }

  #view(): void {
    const { buffer } = this.#memory
    const { file, page, rows, pageAt, indicesAt } = this.#sizes
    this.file = new Uint8Array(buffer, FILE, file + PAGE_SLACK)
    this.page = new Uint8Array(buffer, pageAt, page + PAGE_SLACK)
    this.indices = new Int32Array(buffer, indicesAt, rows)
    this.#codes = new Int32Array(buffer, OUT, BLOCK_ROWS)
    this.#numbers = new Float64Array(buffer, OUT, BLOCK_ROWS)
  }
}

function check(fault: number): void {
  if (fault !== 0) throw new RangeError(FAULTS[fault])
}
