import type { Batch } from '../columnar/batch.ts'
import type { ListItems } from '../domain/list-value.ts'
import type { Pane } from '../window/pane.ts'
import type { PaneLists } from '../window/pane-lists.ts'

/**
 * The lists of a batch's rows. What the rows carry for a value when they come from the workers is a code
 * in their window's pane: that is kept here, and the rows get how many items there are.
 */
export class BatchLists {
  readonly #windows: ReadonlyMap<number, PaneLists>
  readonly #batch: Batch
  readonly #codes: Int32Array

  /** `metrics` are those that are lists. */
  constructor(panes: readonly Pane[], batch: Batch, metrics: readonly number[]) {
    this.#windows = new Map(panes.map((pane) => [pane.window, pane.lists]))
    this.#batch = batch
    const end = Math.max(0, ...metrics.map((metric) => batch.to[metric]!))
    this.#codes = new Int32Array(end)
    for (const metric of metrics) {
      for (let row = batch.from[metric]!; row < batch.to[metric]!; row++) {
        this.#codes[row] = batch.value[row]!
        batch.value[row] = this.items(row).length
      }
    }
  }

  items(row: number): ListItems {
    return this.windowOf(row).items(this.#codes[row]!)
  }

  /** All lists of a row's window, and which of them is the row's. */
  windowOf(row: number): PaneLists {
    return this.#windows.get(this.#batch.window[row]!)!
  }

  code(row: number): number {
    return this.#codes[row]!
  }
}
