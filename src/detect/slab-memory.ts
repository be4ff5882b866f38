import { newBlock, slabAt, type Slabs } from '../stats/series-slabs.ts'

/** A behavior's part of a slab. */
export interface SlabLayout {
  seats: number
  bytes: number
}

const BLOCK_BYTES = 2 ** 30

/** The series of all things and behaviors, each slab with the behaviors side by side; grows with the fleet. */
export class SlabMemory {
  /** All slabs so far; of a fleet that has grown those before stay valid. */
  slabs: Slabs
  readonly #behaviors: number
  readonly #layout: SlabLayout

  constructor(behaviors: number, layout: SlabLayout) {
    this.#behaviors = behaviors
    this.#layout = layout
    const slabBytes = behaviors * layout.bytes
    const perBlock = Math.max(1, Math.floor(BLOCK_BYTES / Math.max(1, slabBytes)))
    this.slabs = { blocks: [], perBlock, slabBytes, count: 0 }
  }

  /** Where a behavior's part of every slab begins. */
  at(behavior: number): number {
    return behavior * this.#layout.bytes
  }

  /**
   * Takes over the slabs of another memory, behavior by behavior: `from[i]` is where the i-th of this one
   * lay there, -1 for a new one.
   */
  takeOver(before: SlabMemory, from: readonly number[]): void {
    const old = before.slabs
    before.slabs = { ...old, blocks: [], count: 0 }
    if (before.#behaviors === this.#behaviors && from.every((at, i) => at === i)) {
      this.slabs = old
      return
    }
    const { seats, bytes } = this.#layout
    this.reserve(old.count * seats)
    for (let slab = 0; slab < this.slabs.count; slab++) {
      for (const [i, at] of from.entries()) {
        if (at < 0) continue
        const [taken, own] = [slabAt(old, slab, at * bytes), slabAt(this.slabs, slab, i * bytes)]
        const part = new Uint8Array(taken.memory, taken.at, bytes)
        new Uint8Array(own.memory, own.at, bytes).set(part)
      }
    }
  }

  reserve(seats: number): void {
    const { blocks, perBlock, slabBytes, count } = this.slabs
    const needed = Math.ceil(seats / this.#layout.seats)
    if (this.#behaviors === 0 || needed <= count) return
    const missing = Math.ceil(needed / perBlock) - blocks.length
    const more = Array.from({ length: missing }, () => newBlock(perBlock * slabBytes))
    this.slabs = { ...this.slabs, blocks: [...blocks, ...more], count: needed }
  }
}
