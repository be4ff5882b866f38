import { batchOf, newBatch } from '../../src/columnar/batch.ts'
import { type GatherSource, gatherRows, roomPerMetric } from '../../src/tasks/gather.ts'
import { pagesOf } from '../../src/window/lanes.ts'
import type { Pane } from '../../src/window/pane.ts'
import { SHARDS, Things } from '../../src/window/things.ts'
import { Windower } from '../../src/window/windower.ts'
import { chunkOf, METRICS, type Row, SECOND_SIZE, SIZE } from '../window/rows.ts'

export const WINDOW_MS = 1_000

export interface ClosedWindows {
  things: Things
  panes: Pane[]
}

/** Windows of one second; those of `early` rows, before 2 s, are closed before the other rows come. */
export function closedWindows(rows: readonly Row[], early: readonly Row[] = []): ClosedWindows {
  const things = new Things()
  const windower = new Windower(WINDOW_MS, METRICS, things)
  windower.fill(chunkOf(early))
  const panes = windower.close(2)
  windower.fill(chunkOf(rows))
  return { things, panes: [...panes, ...windower.close(1_000)] }
}

/** All of some windows, or some shards or metrics of them. */
export function sourceOf(
  { things, panes }: ClosedWindows,
  {
    shards = [0, SHARDS],
    metrics = [...METRICS.keys()],
  }: { shards?: readonly [number, number]; metrics?: readonly number[] } = {},
): GatherSource {
  return {
    panes: panes.map((pane) => pane.handle),
    pages: pagesOf(things, { shardFrom: shards[0], shardTo: shards[1] }),
    metrics,
    sizeMetrics: [SIZE, SECOND_SIZE],
  }
}

export interface GatheredRow {
  metric: number
  window: number
  thing: string
  /** Beside the value, minimum, sum and count of a size. */
  values: number[]
}

/** What `gatherRows` makes of it, in its order; the memory was full of other things before. */
export function gathered(source: GatherSource, things: Things): GatheredRow[] {
  const capacity = roomPerMetric(source) * source.metrics.length
  const shape = {
    capacity,
    scoreColumns: 0,
    metrics: METRICS.length,
    sized: true,
    forecasts: false,
  }
  const handle = newBatch(shape)
  new Uint8Array(handle.memory).fill(0x41)
  const batch = batchOf(handle)
  gatherRows(source, batch)
  return [...METRICS.keys()].flatMap((metric) => {
    const from = batch.from[metric]!
    return Array.from({ length: batch.to[metric]! - from }, (_, i) => {
      const row = from + i
      const { sizeMin, sizeSum, sizeCount } = batch
      const sizes =
        metric === SIZE || metric === SECOND_SIZE
          ? [sizeMin[row]!, sizeSum[row]!, sizeCount[row]!]
          : []
      return {
        metric,
        window: batch.window[row]!,
        thing: things.name(batch.thing[row]!),
        values: [batch.value[row]!, ...sizes],
      }
    })
  })
}
