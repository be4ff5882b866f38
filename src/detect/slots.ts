import type { BatchLists } from './batch-lists.ts'
import { type Batch, type BatchHandle, batchOf, newBatch } from '../columnar/batch.ts'

/** A batch buffer and this thread's view of it. */
export interface BatchSlot {
  handle: BatchHandle
  batch: Batch
  /** What its rows of list metrics hold; null where there are none. */
  lists: BatchLists | null
}

/** A few batch buffers that go round; whoever wants one waits until one is free. */
export class BatchSlots {
  readonly #shape: Omit<BatchHandle, 'memory' | 'capacity'>
  readonly #free: (BatchSlot | null)[]
  readonly #waiting: ((slot: BatchSlot | null) => void)[] = []

  constructor(slots: number, shape: Omit<BatchHandle, 'memory' | 'capacity'>) {
    this.#shape = shape
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
    if (slot !== null && slot.handle.capacity >= rows) return slot
    const handle = newBatch({ ...this.#shape, capacity: Math.max(1_024, rows + (rows >> 2)) })
    return { handle, batch: batchOf(handle), lists: null }
  }

  give(slot: BatchSlot): void {
    slot.lists = null
    const next = this.#waiting.shift()
    if (next === undefined) this.#free.push(slot)
    else next(slot)
  }
}
