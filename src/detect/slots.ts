import { BatchSlot } from '../columnar/batch.ts'
import { SHARDS } from '../window/things.ts'

/** A few batch buffers that go round; whoever wants one waits until one is free. */
export class BatchSlots {
  readonly #scoreColumns: number
  readonly #metrics: number
  readonly #free: (BatchSlot | null)[]
  readonly #waiting: ((slot: BatchSlot | null) => void)[] = []

  constructor(slots: number, scoreColumns: number, metrics: number) {
    this.#scoreColumns = scoreColumns
    this.#metrics = metrics
    this.#free = Array.from({ length: slots }, () => null)
  }

  /** A slot with room for `rows` rows; its memory is made on first use and when it is too small. */
  async take(rows: number): Promise<BatchSlot> {
    const free = this.#free.pop()
    const slot =
      free === undefined
        ? await new Promise<BatchSlot | null>((give) => {
            this.#waiting.push(give)
          })
        : free
    if (slot !== null && slot.capacity >= rows) return slot
    return new BatchSlot(
      Math.max(1_024, rows + (rows >> 2)),
      this.#scoreColumns,
      SHARDS,
      this.#metrics,
    )
  }

  give(slot: BatchSlot): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free.push(slot)
    else next(slot)
  }
}
