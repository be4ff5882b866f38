import { DAY_MS } from '../../src/domain/time.ts'
import { middle } from './order.ts'
import type { Series } from './series.ts'

/** How many datapoints a day holds, by the median step between them; at least one. */
export function datapointsPerDay({ time }: Pick<Series, 'time'>): number {
  if (time.length < 2) return 1
  const steps = time.slice(1).map((moment, i) => moment - time[i]!)
  steps.sort()
  return Math.max(1, Math.round(DAY_MS / middle(steps)))
}
