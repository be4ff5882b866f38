import { type AddressBlock, blockContains, blocksMeet, parseAddressBlock } from './address-block.ts'
import type { ListItem, ListItems, ListKind } from './list-value.ts'

/** `in`: every item must be in the set; `not-in`: none may be. An empty list satisfies both. */
export type SetOperator = 'in' | 'not-in'

export function setOperator(comparisonOperator: string): SetOperator {
  return comparisonOperator.startsWith('not-') ? 'not-in' : 'in'
}

/** The items for which a behavior exists: what it lists, ready to be compared with. */
export class ListSet {
  readonly #values: ReadonlySet<ListItem>
  readonly #blocks: readonly AddressBlock[]

  constructor(kind: ListKind, values: ListItems) {
    this.#values = new Set(values)
    this.#blocks =
      kind === 'cidrs' ? values.flatMap((value) => parseAddressBlock(String(value)) ?? []) : []
  }

  /** The items that violate a behavior; none for a list that satisfies it. */
  violating(operator: SetOperator, items: ListItems): ListItem[] {
    return items.filter((item) => (operator === 'in' ? !this.#holds(item) : this.#touches(item)))
  }

  #holds(item: ListItem): boolean {
    if (this.#values.has(item)) return true
    const block = this.#blocks.length === 0 ? null : parseAddressBlock(String(item))
    return block !== null && this.#blocks.some((outer) => blockContains(outer, block))
  }

  /** A reported block may be wider than one of the set. */
  #touches(item: ListItem): boolean {
    if (this.#values.has(item)) return true
    const block = this.#blocks.length === 0 ? null : parseAddressBlock(String(item))
    return block !== null && this.#blocks.some((other) => blocksMeet(other, block))
  }
}
