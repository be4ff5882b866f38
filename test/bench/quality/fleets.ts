import type { Series } from '../../../bench/quality/series.ts'
import { RandomStream } from '../../../src/stats/random.ts'

const STEP = 300_000
/** Sunday 2026-01-04 00:00 UTC. */
export const START = 1_767_484_800_000

/** A series of one datapoint every five minutes, judged from row `from` on. */
export function seriesOf(values: ArrayLike<number>, from = 0, thing = 't'): Series {
  const value = Float64Array.from(values)
  const time = value.map((_, i) => START + i * STEP)
  return { thing, metric: 'm', time, value, anomalies: [], ignored: [], from }
}

/** Things with a daily cycle, noise and now and then a burst; one of them constant. */
export function noisyFleet(rows: number, seed = 1): Series[] {
  const random = new RandomStream(seed)
  return [0, 3, 10].map((noise, thing) => {
    random.seek(0, thing, 0)
    const values = Array.from({ length: rows }, (_, i) => {
      const cycle = noise === 0 ? 0 : 20 * Math.sin((2 * Math.PI * i) / 288)
      const burst = noise > 0 && random.chance(0.01) ? 50 : 0
      return 100 + cycle + burst + noise * (random.below(1_000) / 1_000)
    })
    return seriesOf(values, 600, `t${thing}`)
  })
}

/** The fleet as it was after `rows` datapoints of each thing. */
export function beginningOf(fleet: readonly Series[], rows: number): Series[] {
  return fleet.map((series) => ({
    ...series,
    time: series.time.slice(0, rows),
    value: series.value.slice(0, rows),
  }))
}
