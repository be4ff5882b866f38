import { firstAtLeast } from './order.ts'
import type { Device, ScoreColumn, Series } from './series.ts'

/** A thing's score at each of its moments: the highest of its metrics; 0 where none has one. */
export function deviceScores(
  device: Device,
  series: readonly Series[],
  scores: readonly ScoreColumn[],
): Float64Array {
  const highest = new Float64Array(device.time.length)
  for (const i of device.series) {
    const { time } = series[i]!
    const column = scores[i]!
    for (let row = 0; row < time.length; row++) {
      const at = device.aligned ? row : firstAtLeast(device.time, time[row]!)
      if (column[row]! > highest[at]!) highest[at] = column[row]!
    }
  }
  return highest
}
