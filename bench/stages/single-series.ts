/** A series without a fleet, from its first datapoint on: ten weeks, eight of them with a full window. */
import { MINUTE_MS } from '../../src/domain/time.ts'
import { RandomStream } from '../../src/stats/random.ts'
import { SingleSeries } from '../../src/stats/single-series.ts'
import type { Stage } from './stage.ts'

const STEP_MS = 5 * MINUTE_MS
const PER_DAY = 288
const DAYS = 70
const QUICK_DAYS = 28
const SEED = 1

export function singleSeriesStages(quick: boolean): Stage[] {
  const value = dailyCurve((quick ? QUICK_DAYS : DAYS) * PER_DAY)
  return [
    {
      name: 'single series, nine channels',
      rows: value.length,
      variants: [{ name: 'ours', work: () => scored(value) }],
    },
  ]
}

/** With noise and now and then a burst. */
function dailyCurve(length: number): Float64Array {
  const random = new RandomStream(SEED)
  return new Float64Array(length).map((_, i) => {
    const burst = random.chance(0.01) ? 50 : 0
    return 20 * Math.sin((2 * Math.PI * i) / PER_DAY) + 5 * random.normal() + burst
  })
}

function scored(value: Float64Array): number {
  const series = new SingleSeries()
  let total = 0
  for (let i = 0; i < value.length; i++) {
    const score = series.add(i * STEP_MS, value[i]!)
    if (score > 0) total += score
  }
  return total
}
