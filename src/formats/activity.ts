import type { ChunkBuilder } from '../columnar/chunk.ts'
import { CLOUD_COUNTERS } from '../domain/metric.ts'
import type { EpochMs } from '../domain/time.ts'
import { knownMetrics } from './known-metrics.ts'

interface Activity {
  /** Indexes of the cloud-side counters that are known. */
  counters: number[]
  /** The window, by number, in which each thing was last seen active. */
  lastWindow: Map<number, number>
}

const activities = new WeakMap<ChunkBuilder, Activity>()

/**
 * Gives an active thing its explicit zeros: a row of 0 for each known cloud-side counter. Rows of 0
 * add nothing to a sum, so they may repeat; a thing's events mostly come in order, so remembering
 * its last window keeps them to one set per thing, window and chunk.
 */
export function markActive(builder: ChunkBuilder, thing: number, time: EpochMs): void {
  const { counters, lastWindow } = activityOf(builder)
  const window = Math.floor(time / builder.context.windowMs)
  if (lastWindow.get(thing) === window) return
  lastWindow.set(thing, window)
  for (const metric of counters) builder.push(thing, metric, time, 0)
}

function activityOf(builder: ChunkBuilder): Activity {
  let activity = activities.get(builder)
  if (activity === undefined) {
    const known = knownMetrics(builder.context)
    const { dimensioned } = builder.context
    const counters = [
      ...CLOUD_COUNTERS.map((name) => known.findString(name)),
      ...dimensioned.filter(({ of }) => CLOUD_COUNTERS.includes(of)).map(({ metric }) => metric),
    ]
    activity = { counters: counters.filter((index) => index >= 0), lastWindow: new Map() }
    activities.set(builder, activity)
  }
  return activity
}
