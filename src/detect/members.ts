import type { Targets } from '../domain/targets.ts'
import type { Things } from '../window/things.ts'

/** Which things each profile watches, as a column by thing in shared memory: 1 for a member. */
export class Members {
  readonly #targets: Targets
  /** Null for profiles that watch everything. */
  readonly #columns: Map<string, Uint8Array | null> = new Map()

  constructor(targets: Targets, profiles: readonly string[]) {
    this.#targets = targets
    for (const profile of profiles) {
      this.#columns.set(profile, targets.everything(profile) ? null : new Uint8Array(0))
    }
  }

  /** The profile's members; null when it watches everything. */
  of(profile: string): Uint8Array | null {
    return this.#columns.get(profile) ?? null
  }

  /** Enters the things that have arrived since the last call. */
  admit(things: Things): void {
    const arrivals = things.arrivals.splice(0)
    if (arrivals.length === 0) return
    for (const [profile, column] of this.#columns) {
      if (column === null) continue
      const members = withRoom(column, things.capacity)
      for (const index of arrivals) {
        members[index] = this.#targets.watches(profile, things.name(index)) ? 1 : 0
      }
      this.#columns.set(profile, members)
    }
  }
}

function withRoom(column: Uint8Array, length: number): Uint8Array {
  if (column.length >= length) return column
  const larger = new Uint8Array(new SharedArrayBuffer(Math.max(length, column.length * 2)))
  larger.set(column)
  return larger
}
