import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fnv1a32 } from '../../src/columnar/name-table.ts'
import { PAGE } from '../../src/columnar/pane-columns.ts'
import { firstWindow, gatherValues, roomPerMetric } from '../../src/tasks/gather.ts'
import { SHARDS } from '../../src/window/things.ts'
import { contentOf, LAST, METRICS, rowsWithin, SIZE, SUM } from '../window/rows.ts'
import {
  type ClosedWindows,
  closedWindows,
  gathered,
  sourceOf,
  WINDOW_MS,
} from './closed-windows.ts'

/** Some windows were closed when the fleet was smaller than it is at the end. */
const windows = fc
  .tuple(rowsWithin(5_000, 120, true), rowsWithin(3_000, 40, true))
  .map(([rows, early]) => closedWindows(rows, early))

const someMetrics = fc.subarray([...METRICS.keys()])
const cuts = fc.uniqueArray(fc.integer({ min: 1, max: SHARDS - 1 }), { maxLength: 5 })

/** What lies in the windows, as text, by metric. */
function contentIn({ things, panes }: ClosedWindows, metrics: readonly number[]): string[] {
  return panes.flatMap((pane) =>
    [...contentOf(pane, things, METRICS.length)]
      .filter(([key]) => metrics.includes(Number(key.split(' ')[1])))
      .map(([key, values]) => `${pane.window} ${key}: ${values.map((x) => x + 0).join(' ')}`),
  )
}

function namesOfShard(shard: number, count: number): string[] {
  const names: string[] = []
  for (let i = 0; names.length < count; i++) {
    const name = Buffer.from(`thing-${i}`)
    if (fnv1a32(name, 0, name.length) % SHARDS === shard) names.push(`thing-${i}`)
  }
  return names
}

describe('gathered rows', () => {
  test('are every filled cell of the wanted metrics once, whatever the parts', () => {
    fc.assert(
      fc.property(windows, someMetrics, cuts, (windows, metrics, cuts) => {
        const ends = [...cuts.toSorted((a, b) => a - b), SHARDS]
        const rows = ends.flatMap((to, i) => {
          const shards = [ends[i - 1] ?? 0, to] as const
          return gathered(sourceOf(windows, { shards, metrics }), windows.things)
        })
        const got = rows.map(
          ({ metric, window, thing, values }) =>
            `${window} ${thing} ${metric}: ${values.join(' ')}`,
        )
        expect(got.sort()).toEqual(contentIn(windows, metrics).sort())
      }),
      { numRuns: 150 },
    )
  })

  test('are ordered by metric, window, shard and seat', () => {
    fc.assert(
      fc.property(windows, (windows) => {
        const { things } = windows
        const shardOfPage = new Map<number, number>()
        for (let shard = 0; shard < SHARDS; shard++) {
          for (const page of things.pagesOf(shard)) shardOfPage.set(page, shard)
        }
        const keys = gathered(sourceOf(windows), things).map(({ metric, window, thing }) => {
          const index = things.find(thing)
          return [metric, window, shardOfPage.get(Math.floor(index / PAGE))!, index]
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

  test('fit where every cell of every wanted metric is filled', () => {
    const names = namesOfShard(5, 2 * PAGE)
    const full = closedWindows(
      [2, 3].flatMap((window) =>
        names.flatMap((thing) =>
          METRICS.map((_, metric) => ({ thing, metric, time: window * WINDOW_MS, value: metric })),
        ),
      ),
    )
    expect(full.things.capacity).toBe(names.length)
    const rows = gathered(sourceOf(full), full.things)
    expect(rows.length).toBe(2 * names.length * METRICS.length)
    expect(rows.every(({ metric, values }) => values[0] === metric)).toBe(true)
  })

  test('hold no negative zero', () => {
    const values = [SUM, SIZE, LAST].map((metric) => ({ thing: 'a', metric, time: 0, value: -0 }))
    const several = closedWindows(
      [],
      [...values, ...values.map((row) => ({ ...row, time: 1_000 }))],
    )
    const aggregated = closedWindows([], [{ ...values[1]!, size: [-0, -0, 3] }])
    for (const [windows, numbers] of [
      [several, 12],
      [aggregated, 4],
    ] as const) {
      const source = sourceOf(windows)
      const found = gathered(source, windows.things).flatMap(({ values }) => values)
      const alone = new Float64Array(roomPerMetric(source) * METRICS.length)
      gatherValues(source, alone)
      expect([...found, ...alone].filter((value) => Object.is(value, -0))).toEqual([])
      expect(found.length).toBe(numbers)
    }
  })

  test('of no windows, no metrics or no things are none', () => {
    const windows = closedWindows([{ thing: 'a', metric: SUM, time: 2_000, value: 1 }])
    const { things } = windows
    expect(gathered(sourceOf({ things, panes: [] }), things)).toEqual([])
    expect(gathered(sourceOf(windows, { metrics: [] }), things)).toEqual([])
    expect(gathered(sourceOf(windows, { shards: [3, 3] }), things)).toEqual([])
    expect(gathered(sourceOf(windows), things).length).toBe(1)
  })
})

describe('gathered values', () => {
  test('are those of the gathered rows, metric by metric', () => {
    fc.assert(
      fc.property(windows, someMetrics, (windows, metrics) => {
        const source = sourceOf(windows, { metrics })
        const room = roomPerMetric(source)
        const out = new Float64Array(room * metrics.length).fill(Number.NaN)
        const ends = gatherValues(source, out)
        const rows = gathered(source, windows.things)
        expect(ends.length).toBe(metrics.length)
        for (const [i, metric] of metrics.entries()) {
          const expected = rows
            .filter((row) => row.metric === metric)
            .map(({ values: [value] }) => value)
          expect([...out.subarray(i * room, ends[i])]).toEqual(expected)
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe('the first window that holds a metric', () => {
  test('is found, if there is one', () => {
    fc.assert(
      fc.property(windows, cuts, (windows, [to = SHARDS]) => {
        const source = sourceOf(windows, { shards: [0, to] })
        const rows = gathered(source, windows.things)
        for (const metric of METRICS.keys()) {
          const held = rows.filter((row) => row.metric === metric).map(({ window }) => window)
          expect(firstWindow(source, metric)).toBe(held.length === 0 ? null : Math.min(...held))
        }
      }),
      { numRuns: 80 },
    )
  })
})
