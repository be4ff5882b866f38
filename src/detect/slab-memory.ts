/** A behavior's part of a slab. */
export interface SlabLayout {
  seats: number
  bytes: number
}

/**
 * The series of all things and behaviors: slabs of seats, each with the behaviors side by side. Slabs
 * are added as the fleet grows and never move, so threads may write while it grows.
 */
export class SlabMemory {
  /** One memory per slab. */
  readonly slabs: SharedArrayBuffer[] = []
  readonly #behaviors: number
  readonly #layout: SlabLayout

  constructor(behaviors: number, layout: SlabLayout) {
    this.#behaviors = behaviors
    this.#layout = layout
  }

  /** Where a behavior's part of every slab begins. */
  at(behavior: number): number {
    return behavior * this.#layout.bytes
  }

  /**
   * Takes over the slabs of another memory, behavior by behavior: `from[i]` is where the i-th of this one
   * lay there, -1 for a new one. Slab by slab, so that hardly more than one lies in memory twice.
   */
  takeOver(before: SlabMemory, from: readonly number[]): void {
    const { bytes } = this.#layout
    if (before.#behaviors === this.#behaviors && from.every((at, i) => at === i)) {
      this.slabs.push(...before.slabs.splice(0))
      return
    }
    for (let slab = before.slabs.shift(); slab !== undefined; slab = before.slabs.shift()) {
      const taken = new SharedArrayBuffer(this.#behaviors * bytes)
      for (const [i, at] of from.entries()) {
        if (at < 0) continue
        new Uint8Array(taken, i * bytes, bytes).set(new Uint8Array(slab, at * bytes, bytes))
      }
      this.slabs.push(taken)
    }
  }

  reserve(seats: number): void {
    if (this.#behaviors === 0) return
    while (this.slabs.length * this.#layout.seats < seats) {
      this.slabs.push(new SharedArrayBuffer(this.#behaviors * this.#layout.bytes))
    }
  }
}
