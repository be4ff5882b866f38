import { type Names, NameTable, nameAt } from '../columnar/name-table.ts'
import { type ListItems, listItems, listText } from '../domain/list-value.ts'

/** Memory of texts that is kept for the next window. */
const KEPT_BYTES = 1 << 20

/**
 * The lists of one window: each distinct one once, so that a cell holds a number, its code. Bounded by
 * what the window's things reported, and gone with the window.
 */
export class PaneLists {
  #table: NameTable = new NameTable(64)
  #items: (ListItems | undefined)[] = []

  get count(): number {
    return this.#table.count
  }

  /** Bytes of text. */
  get bytes(): number {
    return this.#table.offsets[this.#table.count]!
  }

  /** The code of a list, given by its text among some names. */
  codeOf(names: Names, code: number): number {
    return this.#table.codeOf(names.bytes, names.offsets[code]!, names.offsets[code + 1]!)
  }

  items(code: number): ListItems {
    return (this.#items[code] ??= listItems(this.text(code)))
  }

  text(code: number): string {
    return nameAt(this.#table, code)
  }

  /** The texts by code. */
  get names(): Names {
    return this.#table
  }

  /** The one of two lists that counts as larger; which one came first must not matter. */
  larger(a: number, b: number): number {
    return this.text(a) < this.text(b) ? b : a
  }

  /** What is in either of two lists. */
  union(a: number, b: number): number {
    if (a === b) return a
    return this.#table.codeOfString(listText([...this.items(a), ...this.items(b)]))
  }

  /** Takes up the texts of a checkpoint, in order of their codes. */
  restore(names: Names): void {
    this.clear()
    for (let code = 0; code < names.count; code++) this.codeOf(names, code)
  }

  clear(): void {
    if (this.bytes > KEPT_BYTES) this.#table = new NameTable(64)
    else this.#table.clear()
    this.#items = []
  }
}
