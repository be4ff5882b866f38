import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BatchSlot } from '../../src/columnar/batch.ts'
import { fillBatch, partsOf } from '../../src/window/batcher.ts'
import type { Stretch } from '../../src/window/stretch.ts'
import { PAGE, SHARDS, Things } from '../../src/window/things.ts'
import { Windower } from '../../src/window/windower.ts'
import { chunkOf, contentOf, LAST, METRICS, type Row, rowsWithin, SIZE, SUM } from './rows.ts'

const WINDOW_MS = 1_000
const FOREVER = Number.POSITIVE_INFINITY

function stretchOf(windower: Windower, boundary: number): Stretch {
  const panes = windower.close(boundary)
  const rows = panes.reduce((sum, { filled }) => sum + filled, 0)
  return { panes, rows, until: boundary * WINDOW_MS, endsDay: null }
}

function windowed(rows: readonly Row[], things: Things = new Things()) {
  const windower = new Windower(WINDOW_MS, METRICS, things)
  windower.fill(chunkOf(rows))
  return { windower, stretch: stretchOf(windower, 1_000) }
}

interface BatchRow {
  thing: string
  metric: number
  window: number
  value: number[]
  shard: number
  index: number
}

/** The rows of all of a stretch's batches, in order. */
function batchesOf(windower: Windower, stretch: Stretch, limit: number): BatchRow[] {
  const { things } = windower
  const width = METRICS.length
  return partsOf(stretch, things, width, limit).flatMap((part) => {
    const slot = new BatchSlot(part.capacity, 1, SHARDS, width)
    const { batch } = slot
    batch.runs.fill(-1)
    fillBatch(slot, stretch, part, windower, FOREVER)
    expect(batch.rows).toBe(slot.handle.rows)
    expect(batch.rows).toBeLessThanOrEqual(slot.capacity)
    expect([batch.shardFrom, batch.shardTo]).toEqual([part.shardFrom, part.shardTo])
    const list: BatchRow[] = []
    for (let metric = 0; metric < width; metric++) {
      for (let shard = 0; shard < SHARDS; shard++) {
        const run = metric * SHARDS + shard
        for (let row = batch.runs[run]!; row < batch.runs[run + 1]!; row++) {
          const index = batch.thing[row]!
          const sizes =
            metric === SIZE ? [batch.sizeMin[row]!, batch.sizeSum[row]!, batch.sizeCount[row]!] : []
          list.push({
            thing: things.name(index),
            metric,
            window: batch.window[row]!,
            value: [batch.value[row]!, ...sizes],
            shard,
            index,
          })
        }
      }
    }
    expect(list.length).toBe(batch.rows)
    return list
  })
}

const limits = fc.constantFrom(1, 30, 300, 1e9)

describe('batches', () => {
  test('hold every filled cell of a stretch as exactly one row', () => {
    fc.assert(
      fc.property(rowsWithin(4_000, 120, true), limits, (rows, limit) => {
        const { windower, stretch } = windowed(rows)
        const expected = stretch.panes.flatMap((pane) =>
          [...contentOf(pane, windower.things, METRICS.length)].map(
            ([key, values]) =>
              `${pane.window} ${key}: ${values.map((value) => value + 0).join(' ')}`,
          ),
        )
        const got = batchesOf(windower, stretch, limit).map(
          ({ thing, metric, window, value }) => `${window} ${thing} ${metric}: ${value.join(' ')}`,
        )
        expect(stretch.rows).toBe(expected.length)
        expect(got.sort()).toEqual(expected.sort())
      }),
      { numRuns: 120 },
    )
  })

  test('are ordered by metric, shard, window and thing', () => {
    fc.assert(
      fc.property(rowsWithin(4_000, 120), (rows) => {
        const { windower, stretch } = windowed(rows)
        const limit = 1e9
        const keys = batchesOf(windower, stretch, limit).map(({ shard, metric, window, index }) => {
          expect(windower.things.pagesOf(shard)).toContain(Math.floor(index / PAGE))
          return [metric, shard, window, index] as const
        })
        const sorted = keys.toSorted((a, b) => {
          const at = a.findIndex((part, i) => part !== b[i])
          return at < 0 ? 0 : a[at]! - b[at]!
        })
        expect(keys).toEqual(sorted)
      }),
      { numRuns: 80 },
    )
  })

  test('cover all shards once, each with room for its rows', () => {
    fc.assert(
      fc.property(rowsWithin(4_000, 120), limits, (rows, limit) => {
        const { windower, stretch } = windowed(rows)
        const parts = partsOf(stretch, windower.things, METRICS.length, limit)
        expect(parts[0]!.shardFrom).toBe(0)
        expect(parts.at(-1)?.shardTo).toBe(SHARDS)
        for (const [i, part] of parts.entries()) {
          expect(part.shardTo).toBeGreaterThan(part.shardFrom)
          if (i > 0) expect(part.shardFrom).toBe(parts[i - 1]!.shardTo)
        }
        if (stretch.rows <= limit) expect(parts.length).toBe(1)
      }),
      { numRuns: 80 },
    )
  })

  test('of a stretch of nothing but time are empty', () => {
    const { windower } = windowed([])
    expect(batchesOf(windower, stretchOf(windower, 2_000), 10)).toEqual([])
  })

  test('hold no negative zero', () => {
    const values = [SUM, SIZE, LAST].map((metric) => ({ thing: 'a', metric, time: 0, value: -0 }))
    const { windower, stretch } = windowed(values)
    const numbers = batchesOf(windower, stretch, 10).flatMap(({ value }) => value)
    expect(numbers.filter((value) => Object.is(value, -0))).toEqual([])
    expect(numbers.length).toBe(6)
  })
})

describe('things in a batch', () => {
  /** Which things start anew with the row of `thing` in a window, when silence ends after 10 windows. */
  function returnedIn(windower: Windower, thing: string, window: number): string[] {
    windower.fill(chunkOf([{ thing, metric: SUM, time: window * WINDOW_MS, value: 1 }]))
    const stretch = stretchOf(windower, window + 1)
    const [part] = partsOf(stretch, windower.things, METRICS.length, 100)
    const slot = new BatchSlot(16, 1, SHARDS, METRICS.length)
    fillBatch(slot, stretch, part!, windower, 10)
    for (const pane of stretch.panes) windower.recycle(pane)
    return [...slot.returned].map((index) => windower.things.name(index))
  }

  test('start anew when they are new, and after a long silence', () => {
    const windower = new Windower(WINDOW_MS, METRICS, new Things())
    expect(returnedIn(windower, 'a', 5)).toEqual(['a'])
    expect(returnedIn(windower, 'a', 6)).toEqual([])
    expect(returnedIn(windower, 'b', 16)).toEqual(['b'])
    expect(returnedIn(windower, 'a', 17)).toEqual(['a'])
    expect(returnedIn(windower, 'a', 27)).toEqual([])
    expect(windower.things.see(windower.things.find('a'), 30)).toBe(27)
  })
})
