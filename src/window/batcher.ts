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

type Fleet = Pick<Windower, 'things' | 'metrics' | 'seen'>

/**
 * Writes the datapoints of a stretch's shards into a slot: by metric, shard, window and thing. Panes are
 * read from front to back, twice: to count, so that it is known where each run begins, and to copy.
 */
export function fillBatch(
  slot: BatchSlot,
  stretch: Stretch,
  part: Part,
  fleet: Fleet,
  forgetAfter: number,
): void {
  const { batch } = slot
  const { shardFrom, shardTo } = part
  const width = fleet.metrics.length
  const pages = pagesOf(part, fleet)
  const next = layRuns(batch.runs, stretch.panes, pages, fleet)
  slot.returned.clear()
  for (const pane of stretch.panes) {
    for (const page of pages) {
      if (page.cells >= pane.mark.length) continue
      copyPage(slot, next, pane, page, fleet)
      seePage(slot, pane, page, fleet, forgetAfter)
    }
  }
  const rows = batch.runs[width * SHARDS]!
  batch.rows = rows
  slot.handle.rows = rows
  batch.shardFrom = shardFrom
  batch.shardTo = shardTo
}

/** Where the things of one page lie, in panes and in the batch. */
interface PageRange {
  /** Index of the first. */
  thing: number
  /** So many seats from the first on may hold something. */
  seats: number
  /** The first cell. */
  cells: number
  /** The run of the first metric, the shard; the next metric's is SHARDS further on. */
  run: number
}

/** The pages of a part in the order of the batch. */
function pagesOf({ shardFrom, shardTo }: Part, { things, metrics }: Fleet): PageRange[] {
  const width = metrics.length
  const pages: PageRange[] = []
  for (let shard = shardFrom; shard < shardTo; shard++) {
    for (const page of things.pagesOf(shard)) {
      pages.push({
        thing: page * PAGE,
        seats: things.seatsOf(page),
        cells: page * PAGE * width,
        run: shard,
      })
    }
  }
  return pages
}

/** Counts the runs and writes where each begins; returns a copy: the next free row by run. */
function layRuns(
  runs: Int32Array,
  panes: readonly Pane[],
  pages: readonly PageRange[],
  { metrics, seen }: Fleet,
): Int32Array {
  const width = metrics.length
  runs.fill(0)
  for (const { mark } of panes) {
    for (const { cells, seats, run } of pages) {
      if (cells >= mark.length) continue
      for (let metric = 0; metric < width; metric++) {
        if (seen[metric] === 0) continue
        const first = cells + metric * PAGE
        let count = 0
        for (let cell = first; cell < first + seats; cell++) if (mark[cell] !== 0) count++
        runs[metric * SHARDS + run + 1]! += count
      }
    }
  }
  for (let run = 1; run < runs.length; run++) runs[run]! += runs[run - 1]!
  return runs.slice()
}

/** Copies the filled cells of one page to the rows that are `next` in their runs. */
function copyPage(
  slot: BatchSlot,
  next: Int32Array,
  pane: Pane,
  page: PageRange,
  { metrics, seen }: Fleet,
): void {
  const { thing: things, window: windows, value: values } = slot.batch
  const { mark, value, window } = pane
  const { thing, seats, cells, run } = page
  for (let metric = 0; metric < metrics.length; metric++) {
    if (seen[metric] === 0) continue
    const first = cells + metric * PAGE
    const from = next[metric * SHARDS + run]!
    let row = from
    for (let seat = 0; seat < seats; seat++) {
      if (mark[first + seat] === 0) continue
      things[row] = thing + seat
      windows[row] = window
      // Adding 0 makes a negative zero positive: which of the two came first must not matter.
      values[row++] = value[first + seat]! + 0
    }
    next[metric * SHARDS + run] = row
    if (row > from && metrics[metric]!.aggregation === 'size') copySizes(slot, from, row, pane)
  }
}

function copySizes(slot: BatchSlot, from: number, to: number, pane: Pane): void {
  slot.reserveSizes()
  const { thing, sizeMin, sizeSum, sizeCount } = slot.batch
  for (let row = from; row < to; row++) {
    sizeMin[row] = pane.sizeMin[thing[row]!]! + 0
    sizeSum[row] = pane.sizeSum[thing[row]!]! + 0
    sizeCount[row] = pane.sizeCount[thing[row]!]!
  }
}

/**
 * Notes that the things of one page were seen, and which start anew: new ones, whoever had their seat
 * before, and those that come back after a silence of `forgetAfter` windows, whether or not their seat
 * was given away meanwhile.
 */
function seePage(
  slot: BatchSlot,
  { mark, window }: Pane,
  { thing, seats, cells }: PageRange,
  { things, metrics }: Fleet,
  forgetAfter: number,
): void {
  for (let seat = 0; seat < seats; seat++) {
    if (!hasDatapoint(mark, cells + seat, metrics.length)) continue
    const before = things.see(thing + seat, window)
    if (before < 0 || window - before > forgetAfter) slot.returned.add(thing + seat)
  }
}

function hasDatapoint(mark: Uint32Array, base: number, width: number): boolean {
  for (let metric = 0; metric < width; metric++) if (mark[base + metric * PAGE] !== 0) return true
  return false
}
