import type { Period } from '../domain/maintenance.ts'
import type { Unlearned } from '../tasks/score.ts'
import { seatsOf } from '../window/lanes.ts'
import type { Stretch } from '../window/stretch.ts'
import type { Windower } from '../window/windower.ts'

/** What of a stretch is under maintenance. */
export function unlearnedOf(
  maintenance: readonly Period[],
  { panes, until }: Stretch,
  { things, windowMs }: Windower,
): Unlearned[] {
  const start = panes[0]!.window * windowMs
  return maintenance
    .filter((period) => period.from < until && period.to > start)
    .map(({ from, to, things: names }) => ({
      from: Math.ceil(from / windowMs),
      to: Math.ceil(to / windowMs),
      seats: names === null ? null : seatsOf(names, things),
    }))
}
