import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Part, pagesOf, partsOf, seeThings } from '../../src/window/lanes.ts'
import { SHARDS, Things } from '../../src/window/things.ts'
import { Windower } from '../../src/window/windower.ts'
import { chunkOf, METRICS, namesOf, SIZE, SUM } from './rows.ts'

const WINDOW_MS = 1_000

function fleetOf(count: number): Things {
  const things = new Things()
  const names = namesOf(Array.from({ length: count }, (_, i) => `thing-${i}`))
  for (let code = 0; code < count; code++) things.intern(names, code)
  return things
}

const fleets = fc.nat({ max: 1_500 }).map(fleetOf)
const laneCounts = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constantFrom(63, 64, 65, 100))
const limits = fc.constantFrom(1, 100, 2_000, Number.POSITIVE_INFINITY)

/** A lane's shards in the order of its parts. */
function shardsByLane(parts: readonly Part[]): Map<number, number[]> {
  const lanes = new Map<number, number[]>()
  for (const { lane, shardFrom, shardTo } of parts) {
    const shards = lanes.get(lane) ?? []
    for (let shard = shardFrom; shard < shardTo; shard++) shards.push(shard)
    lanes.set(lane, shards)
  }
  return lanes
}

describe('parts', () => {
  test('hold every shard once, in order', () => {
    fc.assert(
      fc.property(fleets, laneCounts, limits, (things, lanes, limit) => {
        const parts = partsOf(things, lanes, 8, limit)
        expect([...shardsByLane(parts).values()].flat()).toEqual([...new Array(SHARDS).keys()])
        for (const { lane, shardFrom, shardTo } of parts) {
          expect(shardTo).toBeGreaterThan(shardFrom)
          expect(lane).toBeLessThan(lanes)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('leave a shard on its lane, however many things there are and however small the tasks', () => {
    fc.assert(
      fc.property(fleets, fleets, laneCounts, limits, (things, others, lanes, limit) => {
        const lanesOf = (parts: readonly Part[]) => shardsByLane(parts)
        expect(lanesOf(partsOf(things, lanes, 8, limit))).toEqual(
          lanesOf(partsOf(others, lanes, 800, Number.POSITIVE_INFINITY)),
        )
      }),
      { numRuns: 60 },
    )
  })

  test('hold about as many cells as they may, and at least one shard', () => {
    fc.assert(
      fc.property(fleets, laneCounts, limits, (things, lanes, limit) => {
        const cellsOfPage = 32
        const cells = (part: Omit<Part, 'lane'>): number =>
          pagesOf(things, part).length * cellsOfPage
        const parts = partsOf(things, lanes, cellsOfPage, limit)
        for (const [i, part] of parts.entries()) {
          const filled = Array.from(
            { length: part.shardTo - part.shardFrom },
            (_, at) => things.pagesOf(part.shardFrom + at).length,
          ).filter((pages) => pages > 0)
          if (filled.length > 1) expect(cells(part)).toBeLessThanOrEqual(limit)
          const next = parts[i + 1]
          if (next === undefined || next.lane !== part.lane) continue
          const more = { shardFrom: part.shardFrom, shardTo: next.shardFrom + 1 }
          expect(cells(more)).toBeGreaterThan(limit)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('have one page list each, together all pages', () => {
    fc.assert(
      fc.property(fleets, laneCounts, limits, (things, lanes, limit) => {
        const lists = partsOf(things, lanes, 8, limit).map((part) => pagesOf(things, part))
        const expected = [...new Array(SHARDS).keys()].flatMap((shard) => [
          ...things.pagesOf(shard),
        ])
        expect(lists.flatMap((pages) => [...pages])).toEqual(expected)
        for (const pages of lists) expect(pages.buffer).toBeInstanceOf(SharedArrayBuffer)
      }),
      { numRuns: 40 },
    )
  })
})

describe('things in a closed window', () => {
  interface Seen {
    metric?: number
    /** Who else is new since, though not in this window. */
    newcomers?: readonly string[]
  }

  /** Which things start anew with rows in a window, when silence ends after 10 windows. */
  function startingAnew(
    windower: Windower,
    names: readonly string[],
    window: number,
    { metric = SUM, newcomers = [] }: Seen = {},
  ): string[] {
    const time = window * WINDOW_MS
    const { things } = windower
    windower.fill(chunkOf(names.map((thing) => ({ thing, metric, time, value: 0 }))))
    const panes = windower.close(window + 1)
    const table = namesOf(newcomers)
    for (const code of newcomers.keys()) things.intern(table, code)
    const anew: string[] = []
    for (const pane of panes) {
      seeThings(pane, things, METRICS.length, 10, (index) => anew.push(things.name(index)))
      windower.recycle(pane)
    }
    return anew
  }

  function newWindower(): Windower {
    return new Windower(WINDOW_MS, METRICS, new Things())
  }

  test('start anew when they are new, and after a long silence', () => {
    const windower = newWindower()
    expect(startingAnew(windower, ['a'], 5)).toEqual(['a'])
    expect(startingAnew(windower, ['a'], 6)).toEqual([])
    expect(startingAnew(windower, ['b'], 16)).toEqual(['b'])
    expect(startingAnew(windower, ['a'], 17, { metric: SIZE })).toEqual(['a'])
    expect(startingAnew(windower, ['a'], 27, { metric: METRICS.length - 1 })).toEqual([])
    expect(windower.things.see(windower.things.find('a'), 30)).toBe(27)
  })

  test('are seen when the fleet has outgrown the window, the others not', () => {
    const windower = newWindower()
    const newcomers = Array.from({ length: 200 }, (_, i) => `new-${i}`)
    expect(startingAnew(windower, ['a'], 5, { newcomers })).toEqual(['a'])
    expect(windower.things.see(windower.things.find('new-7'), 6)).toBe(-1)
    expect(startingAnew(windower, newcomers, 7).length).toBe(newcomers.length - 1)
  })

  test('start anew in the seat of one that was forgotten', () => {
    const windower = newWindower()
    const names = fleetNamesOfOneShard()
    expect(startingAnew(windower, [names[0]!], 5)).toEqual([names[0]])
    const seat = windower.things.find(names[0]!)
    windower.forget(6)
    expect(startingAnew(windower, [names[1]!], 6)).toEqual([names[1]])
    expect(windower.things.find(names[1]!)).toBe(seat)
  })

  /** Two that share a shard, so that the second gets the seat that the first left. */
  function fleetNamesOfOneShard(): string[] {
    const things = fleetOf(200)
    const [page] = things.pagesOf(3)
    return [things.name(page! * 8), things.name(page! * 8 + 1)]
  }
})
