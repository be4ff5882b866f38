import { PAGE } from '../columnar/pane-columns.ts'
import type { Pane } from './pane.ts'
import { SHARDS, type Things } from './things.ts'

/** The shards that one lane evaluates: a task's worth of things. */
export interface Part {
  /** Which lane: its tasks run one after the other. */
  lane: number
  shardFrom: number
  shardTo: number
}

/**
 * Divides a fleet among lanes, and a lane further where its windows hold more than about `limit` cells
 * a task. A single shard is never divided.
 */
export function partsOf(things: Things, lanes: number, cellsOfPage: number, limit: number): Part[] {
  const parts: Part[] = []
  for (let lane = 0; lane < lanes; lane++) {
    const end = Math.floor(((lane + 1) * SHARDS) / lanes)
    let from = Math.floor((lane * SHARDS) / lanes)
    let cells = 0
    for (let shard = from; shard < end; shard++) {
      const more = things.pagesOf(shard).length * cellsOfPage
      if (cells > 0 && cells + more > limit) {
        parts.push({ lane, shardFrom: from, shardTo: shard })
        from = shard
        cells = 0
      }
      cells += more
    }
    if (from < end) parts.push({ lane, shardFrom: from, shardTo: end })
  }
  return parts
}

/** The pages of some shards in order, in shared memory. */
export function pagesOf(things: Things, { shardFrom, shardTo }: Omit<Part, 'lane'>): Int32Array {
  const pages: number[] = []
  for (let shard = shardFrom; shard < shardTo; shard++) pages.push(...things.pagesOf(shard))
  const column = new Int32Array(new SharedArrayBuffer(pages.length * 4))
  column.set(pages)
  return column
}

/** 1 by seat at the things of these names. */
export function seatsOf(names: ReadonlySet<string>, things: Things): Uint8Array {
  const seats = new Uint8Array(things.capacity)
  for (const name of names) {
    const index = things.find(name)
    if (index >= 0) seats[index] = 1
  }
  return seats
}

/**
 * Notes which things a closed window holds. Tells which of them start anew: new ones, whoever had their
 * seat before, and those that come back after a silence of more than `forgetAfter` windows, whether or
 * not their seat was given away meanwhile.
 */
export function seeThings(
  pane: Pane,
  things: Things,
  metrics: number,
  forgetAfter: number,
  startAnew: (index: number) => void,
): void {
  const { mark, window } = pane
  for (let page = 0; page * PAGE < things.capacity; page++) {
    const seats = things.seatsOf(page)
    for (let seat = 0; seat < seats; seat++) {
      const index = page * PAGE + seat
      if (!holds(mark, page * PAGE * metrics + seat, metrics)) continue
      const before = things.see(index, window)
      if (before < 0 || window - before > forgetAfter) startAnew(index)
    }
  }
}

function holds(mark: Uint32Array, first: number, metrics: number): boolean {
  for (let metric = 0; metric < metrics; metric++) {
    if ((mark[first + metric * PAGE] ?? 0) !== 0) return true
  }
  return false
}
