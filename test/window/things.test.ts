import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PAGE } from '../../src/columnar/pane-columns.ts'
import { SHARDS, Things } from '../../src/window/things.ts'
import { namesOf } from './rows.ts'

const thingName = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }),
  fc.integer({ min: 0, max: 5_000 }).map((n) => `sensor-${n}`),
)
const thingNames = (maxLength: number): fc.Arbitrary<string[]> =>
  fc.uniqueArray(thingName, { maxLength })

/** FNV-1a of the UTF-8 bytes, the slow way. */
function shardOf(name: string): number {
  let hash = 0x811c9dc5n
  for (const byte of Buffer.from(name, 'utf8')) {
    hash = ((hash ^ BigInt(byte)) * 0x01000193n) & 0xffffffffn
  }
  return Number(hash % BigInt(SHARDS))
}

function internAll(things: Things, names: readonly string[]): number[] {
  const table = namesOf(names)
  return names.map((name) => things.intern(table, table.findString(name)))
}

/** Names of one shard. */
function namesOfShard(shard: number, count: number): string[] {
  const names: string[] = []
  for (let i = 0; names.length < count; i++) {
    if (shardOf(`thing-${i}`) === shard) names.push(`thing-${i}`)
  }
  return names
}

describe('things', () => {
  test('keep their index and ordinal, whatever comes after', () => {
    fc.assert(
      fc.property(thingNames(60), thingNames(60), (first, second) => {
        const things = new Things()
        const indexes = internAll(things, first)
        const ordinals = indexes.map((index) => things.ordinal(index))
        expect(ordinals).toEqual(first.map((_, i) => i))
        internAll(things, second)
        expect(internAll(things, first)).toEqual(indexes)
        expect(indexes.map((index) => things.ordinal(index))).toEqual(ordinals)
        expect(indexes.map((index) => things.name(index))).toEqual(first)
        expect(first.map((name) => things.find(name))).toEqual(indexes)
        expect(things.count).toBe(new Set([...first, ...second]).size)
      }),
      { numRuns: 60 },
    )
  })

  test('sit in pages of the shard that FNV-1a of their name says', () => {
    fc.assert(
      fc.property(thingNames(120), (names) => {
        const things = new Things()
        const indexes = internAll(things, names)
        expect(new Set(indexes).size).toBe(names.length)
        for (const [i, index] of indexes.entries()) {
          expect(things.pagesOf(shardOf(names[i]!))).toContain(Math.floor(index / PAGE))
        }
        const pages = Array.from({ length: SHARDS }, (_, shard) => things.pagesOf(shard))
        for (const of of pages) expect(of).toEqual(of.toSorted((a, b) => a - b))
        const all = pages.flat().sort((a, b) => a - b)
        expect(all).toEqual(all.map((_, page) => page))
        expect(things.capacity).toBe(all.length * PAGE)
        for (const [shard, of] of pages.entries()) {
          const members = names.filter((name) => shardOf(name) === shard).length
          expect(of.length).toBe(Math.ceil(members / PAGE))
        }
      }),
      { numRuns: 60 },
    )
  })

  test('beyond the budget are refused, look-up by look-up', () => {
    const things = new Things(2)
    expect(internAll(things, ['a', 'b', 'c']).map((index) => index >= 0)).toEqual([
      true,
      true,
      false,
    ])
    internAll(things, ['c', 'a'])
    expect(things.refused).toBe(2)
    expect(things.find('c')).toBe(-1)
  })

  test('say which arrived', () => {
    const things = new Things()
    const [a, b] = internAll(things, ['a', 'b'])
    expect(things.arrivals).toEqual([a, b])
    things.arrivals.length = 0
    internAll(things, ['b', 'a'])
    expect(things.arrivals).toEqual([])
  })

  test('tell when they were last seen', () => {
    const things = new Things()
    const [a] = internAll(things, ['a'])
    expect([5, 3, 9, 9].map((window) => things.see(a!, window))).toEqual([-1, 5, 5, 9])
  })
})

describe('forgetting things', () => {
  test('frees those last seen before the window, but for those to be kept', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ seen: fc.integer({ min: -1, max: 20 }), keep: fc.boolean() }), {
          maxLength: 40,
        }),
        fc.integer({ min: 0, max: 20 }),
        (list, window) => {
          const things = new Things()
          const names = list.map((_, i) => `thing-${i}`)
          const indexes = internAll(things, names)
          for (const [i, { seen }] of list.entries()) if (seen >= 0) things.see(indexes[i]!, seen)
          things.forget(window, (index) => list[indexes.indexOf(index)]!.keep)
          for (const [i, { seen, keep }] of list.entries()) {
            const gone = seen >= 0 && seen < window && !keep
            expect(things.find(names[i]!)).toBe(gone ? -1 : indexes[i])
            expect(things.taken(indexes[i]!)).toBe(!gone)
            if (!gone) expect(things.name(indexes[i]!)).toBe(names[i])
          }
        },
      ),
      { numRuns: 80 },
    )
  })

  test('gives the seat to the next of the shard, and never an ordinal again', () => {
    const [first, second, third] = namesOfShard(7, 3) as [string, string, string]
    const things = new Things()
    const [seat] = internAll(things, [first])
    things.see(seat!, 3)
    things.forget(4, () => false)
    expect(internAll(things, [second])).toEqual([seat])
    expect(things.name(seat!)).toBe(second)
    expect(things.ordinal(seat!)).toBe(1)
    expect(things.see(seat!, 9)).toBe(-1)
    const [again] = internAll(things, [first])
    expect(again).not.toBe(seat)
    expect(things.ordinal(again!)).toBe(2)
    internAll(things, [third])
    expect(things.ordinals).toBe(4)
    expect(things.capacity).toBe(PAGE)
  })

  test('makes room in the budget', () => {
    const things = new Things(1)
    const [a] = internAll(things, ['a'])
    things.see(a!, 0)
    expect(internAll(things, ['b'])).toEqual([-1])
    things.forget(1, () => false)
    expect(internAll(things, ['b'])[0]).toBeGreaterThanOrEqual(0)
  })
})

describe('a snapshot of things', () => {
  test('restored goes on as the things themselves do', () => {
    fc.assert(
      fc.property(
        thingNames(60),
        fc.uint8Array({ minLength: 60, maxLength: 60 }),
        thingNames(60),
        (names, seen, more) => {
          const things = new Things(100)
          for (const [i, index] of internAll(things, names).entries()) things.see(index, seen[i]!)
          things.forget(100, () => false)
          const restored = Things.restore(structuredClone(things.snapshot()), 100)
          expect(restored.snapshot()).toEqual(things.snapshot())
          expect(new Set(restored.arrivals)).toEqual(
            new Set(names.map((name) => things.find(name)).filter((index) => index >= 0)),
          )
          expect(internAll(restored, more)).toEqual(internAll(things, more))
          expect(restored.snapshot()).toEqual(things.snapshot())
          expect(restored.capacity).toBe(things.capacity)
          expect(restored.namesFrom(0)).toEqual(things.namesFrom(0))
        },
      ),
      { numRuns: 100 },
    )
  })

  test('gives freed seats in the same order, whichever thing left first', () => {
    const names = namesOfShard(11, 12)
    const order = fc.shuffledSubarray(names.slice(0, 10), { minLength: 10 })
    fc.assert(
      fc.property(order, fc.subarray(names.slice(0, 10)), (names, leaving) => {
        const things = new Things()
        for (const [i, index] of internAll(things, names).entries()) {
          things.see(index, leaving.includes(names[i]!) ? 1 : 9)
        }
        things.forget(5, () => false)
        const restored = Things.restore(things.snapshot(), Number.POSITIVE_INFINITY)
        const next = Array.from({ length: 12 }, (_, i) => namesOfShard(11, 40)[20 + i]!)
        expect(internAll(restored, next)).toEqual(internAll(things, next))
      }),
      { numRuns: 40 },
    )
  })
})
