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

  reserve(seats: number): void {
    if (this.#behaviors === 0) return
    while (this.slabs.length * this.#layout.seats < seats) {
      this.slabs.push(new SharedArrayBuffer(this.#behaviors * this.#layout.bytes))
    }
  }
}
