import type { TailModel } from './tail-model.ts'
import { TAIL_WORDS } from './thing-tail.ts'

/** Seats whose records lie together. */
const PAGE_BITS = 6
const PAGE_WORDS = TAIL_WORDS << PAGE_BITS
/** Pages that can be there at a time. */
export const GATE_PAGES = 256

/**
 * A model's records where a kernel sees them: pages of seats, brought as rows ask for them, each to the
 * place of its number modulo GATE_PAGES; and the record of those without one.
 */
export class GatePages {
  static readonly BYTES: number = PAGE_WORDS * 4
  readonly pages: number
  readonly stranger: number
  readonly #words: Uint32Array
  /** Which page is at each place, and in which stretch of rows it was asked for last. */
  readonly #held: Int32Array = new Int32Array(GATE_PAGES)
  readonly #asked: Int32Array = new Int32Array(GATE_PAGES)
  #stretch = 0
  #model: TailModel | null = null

  /** `at`: room for GATE_PAGES pages and one more. */
  constructor(memory: SharedArrayBuffer, at: number) {
    this.pages = at
    this.stranger = at + GATE_PAGES * GatePages.BYTES
    this.#words = new Uint32Array(memory, at, (GATE_PAGES + 1) * PAGE_WORDS)
  }

  begin(model: TailModel): void {
    this.#model = model
    this.#held.fill(-1)
    const first = model.recordOf(model.seats, 0) * TAIL_WORDS
    const record = model.table.words.subarray(first, first + TAIL_WORDS)
    this.#words.set(record, GATE_PAGES * PAGE_WORDS)
  }

  /** Brings the pages of the things of the rows `[from, to)`; returns up to where there was a place. */
  bring(thing: Int32Array, from: number, to: number): number {
    const stretch = ++this.#stretch
    let last = -1
    for (let row = from; row < to; row++) {
      const page = thing[row]! >> PAGE_BITS
      if (page === last) continue
      const place = page & (GATE_PAGES - 1)
      if (this.#held[place] !== page) {
        if (this.#asked[place] === stretch) return row
        this.#put(page, place)
      }
      this.#asked[place] = stretch
      last = page
    }
    return to
  }

  #put(page: number, place: number): void {
    const { seats, table } = this.#model!
    const at = place * PAGE_WORDS
    const first = page * PAGE_WORDS
    const known = table.words.subarray(first, Math.min(first + PAGE_WORDS, seats * TAIL_WORDS))
    this.#words.set(known, at)
    this.#words.fill(0, at + known.length, at + PAGE_WORDS)
    this.#held[place] = page
  }
}
