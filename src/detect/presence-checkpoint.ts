import type { PackColumn } from '../columnar/pack.ts'
import type { Presence } from '../window/presence.ts'
import type { SourceColumns } from './learning.ts'

/** Who is connected, as columns by seat; none where nobody wants to know. */
export function packPresence(
  presence: Presence | null,
  capacity: number,
  columns: SourceColumns,
): void {
  if (presence === null) return
  const { states, since, lastWindow } = presence.state
  columns['presence.states'] = states.subarray(0, capacity)
  columns['presence.since'] = since.subarray(0, capacity)
  columns['presence.lastWindow'] = Float64Array.of(lastWindow ?? Number.NaN)
}

export function restorePresence(
  presence: Presence | null,
  columns: Record<string, PackColumn>,
): void {
  const states = columns['presence.states'] as Uint8Array | undefined
  if (presence === null || states === undefined) return
  const last = columns['presence.lastWindow']![0]!
  presence.restore({
    states,
    since: columns['presence.since'] as Float64Array,
    lastWindow: Number.isNaN(last) ? null : last,
  })
}
