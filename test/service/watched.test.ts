import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Targets } from '../../src/domain/targets.ts'
import { readConfiguration } from '../../src/service/configuration.ts'
import { evaluatedRows } from '../../src/store/evaluated.ts'
import { addMember, removeMember } from '../../src/store/group-members.ts'
import { openMemoryStore, type Store } from '../../src/store/store.ts'
import { deleteThing } from '../../src/store/things.ts'
import { attach, group, put, register } from '../store/registry.ts'

let store: Store
beforeEach(() => {
  store = openMemoryStore()
})
afterEach(() => store.close())

/** What the service evaluates, by what the store holds; through JSON, as it lies in the ingest log. */
function targetsOf({ database }: Store): Targets {
  const logged = JSON.parse(JSON.stringify(evaluatedRows(database))) as ReturnType<
    typeof evaluatedRows
  >
  return readConfiguration(logged, (message) => expect.unreachable(message)).targets
}

describe('what profiles watch', () => {
  test('is what they are attached to', () => {
    register(store, 'a1', 'b1', 'c1', 'x1', 'lone')
    group(store, 'a', 'a/b', 'b/c', 'x', 'empty')
    for (const name of ['a', 'b', 'c', 'x']) put(store, name, `${name}1`)
    attach(store, 'tree', 'thinggroup/b', 'thinggroup/x')
    attach(store, 'all', 'all/things')
    attach(store, 'known', 'all/registered-things')
    attach(store, 'strangers', 'all/unregistered-things', 'thinggroup/a')
    attach(store, 'both', 'all/registered-things', 'all/unregistered-things')
    attach(store, 'paused', 'thinggroup/empty')
    attach(store, 'detached')
    attach(store, '__proto__', 'thinggroup/a')
    const targets = targetsOf(store)
    const things = ['a1', 'b1', 'c1', 'x1', 'lone', 'stranger']
    const watched = (profile: string) => things.filter((thing) => targets.watches(profile, thing))
    expect(watched('tree')).toEqual(['b1', 'c1', 'x1'])
    expect(watched('all')).toEqual(things)
    expect(watched('known')).toEqual(['a1', 'b1', 'c1', 'x1', 'lone'])
    expect(watched('strangers')).toEqual(['a1', 'b1', 'c1', 'stranger'])
    expect(watched('both')).toEqual(things)
    expect([watched('paused'), watched('detached'), watched('none')]).toEqual([[], [], []])
    expect(watched('__proto__')).toEqual(['a1', 'b1', 'c1'])
    expect(['all', 'both', 'known'].map((profile) => targets.everything(profile))).toEqual([
      true,
      true,
      false,
    ])
  })

  test('follows whatever is done to groups and things', () => {
    const names = ['t0', 't1', 't2', 't3']
    const groups = ['g0', 'g1', 'g2', 'g3', 'g4']
    const step = fc.oneof(
      fc.record({ do: fc.constant('join'), thing: fc.nat(3), group: fc.nat(4) }),
      fc.record({ do: fc.constant('leave'), thing: fc.nat(3), group: fc.nat(4) }),
      fc.record({ do: fc.constant('forget'), thing: fc.nat(3), group: fc.nat(4) }),
    )
    // The parent of each group but the first is an earlier group, or none.
    const parents = fc.tuple(...[1, 2, 3, 4].map((i) => fc.option(fc.nat(i - 1))))
    fc.assert(
      fc.property(parents, fc.array(step, { maxLength: 20 }), (above, steps) => {
        const own = openMemoryStore()
        const parentOf = [null, ...above]
        for (const [i, name] of groups.entries()) {
          group(own, parentOf[i] === null ? name : `g${parentOf[i]}/${name}`)
          attach(own, `p${i}`, `thinggroup/${name}`)
        }
        register(own, ...names)
        const within = (g: number, ancestor: number): boolean =>
          g === ancestor || (parentOf[g] !== null && within(parentOf[g]!, ancestor))
        const related = (a: number, b: number) =>
          groups.some((_, r) => within(a, r) && within(b, r))
        const members: Set<number>[] = names.map(() => new Set())
        for (const { do: what, thing, group } of steps) {
          const mine = members[thing]!
          if (what === 'leave') {
            removeMember(own.database, groups[group]!, names[thing]!)
            mine.delete(group)
          } else if (what === 'forget') {
            deleteThing(own.database, names[thing]!)
            register(own, names[thing]!)
            mine.clear()
          } else {
            const refusal = addMember(own.database, groups[group]!, names[thing]!, 0)
            const free = mine.has(group) || ![...mine].some((other) => related(other, group))
            expect(refusal === null).toBe(free)
            if (free) mine.add(group)
          }
        }
        const targets = targetsOf(own)
        for (const [t, name] of names.entries()) {
          for (const g of groups.keys()) {
            const expected = [...members[t]!].some((member) => within(member, g))
            expect(targets.watches(`p${g}`, name)).toBe(expected)
          }
        }
        own.close()
      }),
      { numRuns: 40 },
    )
  })
})
