import type { BatchSlot } from '../columnar/batch.ts'
import type { Pane } from './pane.ts'
import type { Stretch } from './stretch.ts'
import { PAGE, SHARDS, type Things } from './things.ts'
import type { Windower } from './windower.ts'

/** Which shards go into one batch, and how much room they need at most. */
export interface Part {
  shardFrom: number
  shardTo: number
  capacity: number
}

/**
 * Divides a stretch into batches of at most about `limit` rows, by shards: a stretch that fits goes
 * whole. A single shard is never divided.
 */
export function partsOf(stretch: Stretch, things: Things, metrics: number, limit: number): Part[] {
  if (stretch.rows <= limit) return [{ shardFrom: 0, shardTo: SHARDS, capacity: stretch.rows }]
  const parts: Part[] = []
  let from = 0
  let capacity = 0
  for (let shard = 0; shard < SHARDS; shard++) {
    const cells = things.pagesOf(shard).length * PAGE * metrics * stretch.panes.length
    if (capacity > 0 && capacity + cells > limit) {
      parts.push({ shardFrom: from, shardTo: shard, capacity })
      from = shard
      capacity = 0
    }
    capacity += cells
  }
  parts.push({ shardFrom: from, shardTo: SHARDS, capacity })
  return parts
}

/** Writes the datapoints of a stretch's shards into a slot: by shard, metric, window and thing. */
export function fillBatch(
  slot: BatchSlot,
  stretch: Stretch,
  part: Part,
  { things, metrics, seen }: Pick<Windower, 'things' | 'metrics' | 'seen'>,
  forgetAfter: number,
): void {
  const { batch } = slot
  const { runs } = batch
  const width = metrics.length
  let row = 0
  runs.fill(0, 0, part.shardFrom * width)
  for (let shard = part.shardFrom; shard < part.shardTo; shard++) {
    for (let metric = 0; metric < width; metric++) {
      runs[shard * width + metric] = row
      if (seen[metric] === 0) continue
      const sized = metrics[metric]!.aggregation === 'size'
      for (const pane of stretch.panes) {
        for (const page of things.pagesOf(shard)) {
          const next = copyPage(slot, row, pane, page, page * PAGE * width + metric * PAGE)
          if (sized && next > row) copySizes(slot, row, next, pane)
          row = next
        }
      }
    }
  }
  runs.fill(row, part.shardTo * width)
  batch.rows = row
  slot.handle.rows = row
  batch.shardFrom = part.shardFrom
  batch.shardTo = part.shardTo
  seeThings(slot, things, forgetAfter)
}

/** Copies the filled cells of one page and metric; returns the next free row. */
function copyPage(slot: BatchSlot, from: number, pane: Pane, page: number, cells: number): number {
  const { mark, value: values, window } = pane
  if (cells >= mark.length) return from
  const { batch } = slot
  let row = from
  for (let seat = 0; seat < PAGE; seat++) {
    if (mark[cells + seat] === 0) continue
    batch.thing[row] = page * PAGE + seat
    batch.window[row] = window
    batch.value[row++] = values[cells + seat]!
  }
  return row
}

function copySizes(slot: BatchSlot, from: number, to: number, pane: Pane): void {
  slot.reserveSizes()
  const { thing, sizeMin, sizeSum, sizeCount } = slot.batch
  for (let row = from; row < to; row++) {
    sizeMin[row] = pane.sizeMin[thing[row]!]!
    sizeSum[row] = pane.sizeSum[thing[row]!]!
    sizeCount[row] = pane.sizeCount[thing[row]!]!
  }
}

/**
 * Notes when each thing was last seen, and which come back after a silence of `forgetAfter` windows:
 * they start anew, whether or not their seat was given away meanwhile.
 */
function seeThings(slot: BatchSlot, things: Things, forgetAfter: number): void {
  const { thing, window, rows } = slot.batch
  slot.returned.clear()
  for (let row = 0; row < rows; row++) {
    const before = things.see(thing[row]!, window[row]!)
    if (before >= 0 && window[row]! - before > forgetAfter) slot.returned.add(thing[row]!)
  }
}
