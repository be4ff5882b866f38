import type { Columns } from '../../src/stats/model.ts'
import type { FleetDay } from './days.ts'
import type { Series } from './series.ts'

/** The datapoints of a day, thing by thing, in time order for each. */
export function gather(
  fleet: readonly Series[],
  { from, to }: FleetDay,
  windowMs: number,
): Columns {
  const rows = to.reduce((sum, end, i) => sum + end - from[i]!, 0)
  const columns = {
    thing: new Int32Array(rows),
    window: new Int32Array(rows),
    value: new Float64Array(rows),
    from: 0,
    to: rows,
    watched: null,
  }
  let at = 0
  fleet.forEach(({ time, value }, thing) => {
    for (let row = from[thing]!; row < to[thing]!; row++) {
      columns.thing[at] = thing
      columns.window[at] = Math.floor(time[row]! / windowMs)
      columns.value[at++] = value[row]!
    }
  })
  return columns
}

/** Puts the scores of gathered datapoints back to their series. */
export function scatter(
  scores: Float32Array,
  { from, to }: FleetDay,
  out: readonly Float32Array[],
): void {
  let at = 0
  out.forEach((column, i) => {
    const rows = to[i]! - from[i]!
    column.set(scores.subarray(at, at + rows), from[i])
    at += rows
  })
}
