import { dayOf } from '../../src/domain/time.ts'
import type { Series } from './series.ts'

/** The rows of one UTC day of a fleet: `[from[i], to[i])` of its series i. */
export interface FleetDay {
  from: Int32Array
  to: Int32Array
}

/** A fleet's days from its first to its last, empty ones included. Rows that lie before their predecessor's day belong to that. */
export function fleetDays(fleet: readonly Series[]): FleetDay[] {
  const first = Math.min(...fleet.map(({ time }) => dayOf(time[0]!)))
  const ends = fleet.map(({ time }) => endsOfDays(time, first))
  const count = Math.max(...ends.map(({ length }) => length))
  const rowsUntil = (day: number) =>
    Int32Array.from(ends, (own) => (day < 0 ? 0 : own[Math.min(day, own.length - 1)]!))
  return Array.from({ length: count }, (_, day) => ({
    from: rowsUntil(day - 1),
    to: rowsUntil(day),
  }))
}

/** By day from `first` on, how many rows there are until its end. */
function endsOfDays(time: Float64Array, first: number): number[] {
  const ends: number[] = []
  for (let row = 0; row < time.length; row++) {
    const day = dayOf(time[row]!) - first
    while (ends.length < day) ends.push(row)
  }
  ends.push(time.length)
  return ends
}

/** The rows of series `i` on the `count` days before day `at`, half-open. */
export function rowsBefore(
  days: readonly FleetDay[],
  at: number,
  count: number,
  i: number,
): readonly [from: number, to: number] {
  return [days[Math.max(0, at - count)]!.from[i]!, days[at]!.from[i]!]
}
