import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { addMember, groupsOf, listMembers, removeMember } from '../../src/store/group-members.ts'
import {
  attachedPolicies,
  attachPolicy,
  deletePolicy,
  detachPolicy,
  isAttached,
  findPolicy,
  insertPolicy,
} from '../../src/store/policies.ts'
import { openMemoryStore, type Store } from '../../src/store/store.ts'
import { isTaggable, putTags, removeTags, taggableExists, tagsOf } from '../../src/store/tags.ts'
import {
  ancestorsOf,
  deleteGroup,
  findGroup,
  type GroupFilter,
  hasChildren,
  listGroups,
  updateGroup,
} from '../../src/store/thing-groups.ts'
import {
  deleteThing,
  findThing,
  insertThing,
  listThings,
  listThingsByAttribute,
  updateThing,
} from '../../src/store/things.ts'
import { attach, group, put, register } from './registry.ts'

let store: Store
let database: Database

beforeEach(() => {
  store = openMemoryStore()
  database = store.database
})
afterEach(() => store.close())

/** Collects a list page by page. */
function pages<T>(limit: number, page: (after: T | null) => T[]): T[] {
  const all: T[] = []
  for (;;) {
    const next = page(all.at(-1) ?? null)
    expect(next.length).toBeLessThanOrEqual(limit)
    all.push(...next)
    if (next.length < limit) return all
  }
}

describe('things', () => {
  const lamp = {
    name: 'lamp',
    id: 'id',
    version: 1,
    typeName: 'bulb',
    billingGroup: 'home',
    attributes: { room: 'hall', watts: '9' },
    created: 1_700_000_000_000,
  }

  test('come back as they were written', () => {
    insertThing(database, lamp)
    expect(findThing(database, 'lamp')).toEqual(lamp)
    const changed = { ...lamp, version: 2, typeName: null, attributes: { room: 'attic' } }
    updateThing(database, changed)
    expect(findThing(database, 'lamp')).toEqual(changed)
    expect(findThing(database, 'Lamp')).toBeNull()
    deleteThing(database, 'lamp')
    expect(findThing(database, 'lamp')).toBeNull()
  })

  test('are listed by name, type and attribute, page by page', () => {
    const names = Array.from({ length: 23 }, (_, i) => `t${i}`).sort()
    for (const [i, name] of names.entries()) {
      const attributes: Record<string, string> =
        i % 5 === 0 ? {} : { floor: `${i % 3}${i % 2 === 0 ? 'a' : 'b'}`, i: String(i) }
      insertThing(database, { ...lamp, name, typeName: i % 2 === 0 ? 'even' : null, attributes })
    }
    const list = (typeName: string | null) =>
      pages<string>(4, (after) =>
        listThings(database, { typeName, after: after ?? '', limit: 4 }).map(({ name }) => name),
      )
    expect(list(null)).toEqual(names)
    expect(list('even')).toEqual(names.filter((_, i) => i % 2 === 0))
    expect(list('odd')).toEqual([])

    const byFloor = (value: string, prefix: boolean, typeName: string | null = null) =>
      pages<readonly [string, string]>(3, (after) =>
        listThingsByAttribute(database, {
          name: 'floor',
          value,
          prefix,
          typeName,
          after,
          limit: 3,
        }).map(({ name, attributes }) => [attributes.floor!, name]),
      )
    const having = (fits: (i: number) => boolean) =>
      names
        .map((name, i) => [`${i % 3}${i % 2 === 0 ? 'a' : 'b'}`, name] as const)
        .filter((_, i) => i % 5 !== 0 && fits(i))
        .sort(([a, first], [b, second]) => (a + first < b + second ? -1 : 1))
    expect(byFloor('1a', false)).toEqual(having((i) => i % 3 === 1 && i % 2 === 0))
    expect(byFloor('1', true)).toEqual(having((i) => i % 3 === 1))
    expect(byFloor('', true)).toEqual(having(() => true))
    expect(byFloor('', true, 'even')).toEqual(having((i) => i % 2 === 0))
    expect(byFloor('1', false)).toEqual([])
  })

  test('are found by the attributes they have now', () => {
    insertThing(database, lamp)
    updateThing(database, { ...lamp, attributes: { room: 'attic' } })
    const find = (name: string, value: string) =>
      listThingsByAttribute(database, {
        name,
        value,
        prefix: false,
        typeName: null,
        after: null,
        limit: 9,
      }).length
    expect([find('room', 'attic'), find('room', 'hall'), find('watts', '9')]).toEqual([1, 0, 0])
  })
})

describe('thing groups', () => {
  beforeEach(() => group(store, 'a', 'a/b', 'b/c', 'b/d', 'a/e', 'x', 'x/y', 'bb'))

  const list = (where: GroupFilter['where'], prefix = '') =>
    pages<string>(2, (after) =>
      listGroups(database, { where, prefix, after: after ?? '', limit: 2 }),
    )

  test('are listed whole, at the top, as children and as trees', () => {
    expect(list('all')).toEqual(['a', 'b', 'bb', 'c', 'd', 'e', 'x', 'y'])
    expect(list('top')).toEqual(['a', 'bb', 'x'])
    expect(list({ below: 'a', recursive: false })).toEqual(['b', 'e'])
    expect(list({ below: 'a', recursive: true })).toEqual(['b', 'c', 'd', 'e'])
    expect(list({ below: 'c', recursive: true })).toEqual([])
    expect(list('all', 'b')).toEqual(['b', 'bb'])
    expect(list({ below: 'a', recursive: true }, 'd')).toEqual(['d'])
  })

  test('come back as they were written', () => {
    const written = findGroup(database, 'c')!
    expect(written).toMatchObject({ name: 'c', parent: 'b', version: 1, attributes: {} })
    const changed = { ...written, version: 2, description: 'new', attributes: { a: '1' } }
    updateGroup(database, changed)
    expect(findGroup(database, 'c')).toEqual(changed)
  })

  test('know those above them', () => {
    expect(ancestorsOf(database, 'c')).toEqual(['a', 'b'])
    expect(ancestorsOf(database, 'a')).toEqual([])
    expect([hasChildren(database, 'b'), hasChildren(database, 'c')]).toEqual([true, false])
  })

  test('take their members, attachments and tags along when they go', () => {
    register(store, 't')
    put(store, 'c', 't')
    attach(store, 'p', 'thinggroup/c', 'thinggroup/d')
    putTags(database, { kind: 'thinggroup', name: 'c' }, [{ key: 'k', value: 'v' }])
    deleteGroup(database, 'c')
    expect(findGroup(database, 'c')).toBeNull()
    expect(groupsOf(database, 't')).toEqual([])
    expect(tagsOf(database, { kind: 'thinggroup', name: 'c' })).toEqual([])
    expect(database.prepare('SELECT target FROM profile_targets').all()).toEqual([
      { target: 'thinggroup/d' },
    ])
  })
})

describe('members', () => {
  test('are of one group of a hierarchy, and of ten groups', () => {
    register(store, 't')
    group(store, 'a', 'a/b', 'a/c', ...Array.from({ length: 10 }, (_, i) => `g${i}`))
    expect(addMember(database, 'b', 't', 0)).toBeNull()
    expect(addMember(database, 'b', 't', 0)).toBeNull()
    expect(addMember(database, 'a', 't', 0)).toEqual({ kind: 'same-hierarchy', group: 'b' })
    expect(addMember(database, 'c', 't', 0)).toEqual({ kind: 'same-hierarchy', group: 'b' })
    for (let i = 0; i < 9; i++) expect(addMember(database, `g${i}`, 't', 0)).toBeNull()
    expect(addMember(database, 'g9', 't', 0)).toEqual({ kind: 'too-many-groups' })
    removeMember(database, 'b', 't')
    removeMember(database, 'b', 't')
    expect(addMember(database, 'g9', 't', 0)).toBeNull()
    expect(groupsOf(database, 't')).toEqual(Array.from({ length: 10 }, (_, i) => `g${i}`))
  })

  test('of a tree of groups are listed in one order, page by page', () => {
    group(store, 'a', 'a/b', 'b/c', 'x')
    const names = Array.from({ length: 40 }, (_, i) => `t${i}`).sort()
    register(store, ...names)
    for (const [i, name] of names.entries()) put(store, ['a', 'b', 'c', 'x'][i % 4]!, name)
    const list = (group: string, recursive: boolean) =>
      pages<string>(7, (after) =>
        listMembers(database, { group, recursive, after: after ?? '', limit: 7 }),
      )
    expect(list('a', true)).toEqual(names.filter((_, i) => i % 4 < 3))
    expect(list('b', true)).toEqual(names.filter((_, i) => i % 4 === 1 || i % 4 === 2))
    expect(list('a', false)).toEqual(names.filter((_, i) => i % 4 === 0))
    expect(list('none', true)).toEqual([])
  })
})

test('pages of a tree are right, however its things are spread over the groups', () => {
  const cases = fc.record({
    /** The group of the i-th thing. */
    spread: fc.array(fc.oneof(fc.constant(0), fc.nat(4)), { maxLength: 300 }),
    after: fc.nat(300),
    limit: fc.integer({ min: 1, max: 120 }),
  })
  fc.assert(
    fc.property(cases, ({ spread, after, limit }) => {
      const own = openMemoryStore()
      const groups = ['g0', 'g1', 'g2', 'g3', 'g4']
      group(own, 'root', ...groups.map((name) => `root/${name}`))
      const names = spread.map((_, i) => `t${String(i).padStart(3, '0')}`)
      own.database.transaction(() => {
        register(own, ...names)
        for (const [i, g] of spread.entries()) put(own, groups[g]!, names[i]!)
      })
      const from = `t${String(after).padStart(3, '0')}`
      const page = listMembers(own.database, { group: 'root', recursive: true, after: from, limit })
      expect(page).toEqual(names.filter((name) => name > from).slice(0, limit))
      own.close()
    }),
    { numRuns: 40 },
  )
})

test('tags are put, replaced and removed', () => {
  group(store, 'g')
  const resource = { kind: 'thinggroup', name: 'g' } as const
  expect(taggableExists(database, resource)).toBe(true)
  expect(taggableExists(database, { kind: 'dimension', name: 'g' })).toBe(false)
  expect(taggableExists(database, { kind: 'thing', name: 'g' })).toBe(false)
  expect(isTaggable({ kind: 'dimension', name: 'g' })).toBe(true)
  expect(isTaggable({ kind: 'thing', name: 'g' })).toBe(false)
  putTags(database, resource, [
    { key: 'b', value: '1' },
    { key: 'a', value: '' },
  ])
  putTags(database, resource, [{ key: 'b', value: '2' }])
  expect(tagsOf(database, resource)).toEqual([
    { key: 'a', value: '' },
    { key: 'b', value: '2' },
  ])
  removeTags(database, resource, ['a', 'c'])
  expect(tagsOf(database, resource)).toEqual([{ key: 'b', value: '2' }])
})

test('policies are kept and listed by what they are attached to', () => {
  for (const name of ['p', 'q', 'r']) {
    insertPolicy(database, {
      name,
      document: '{"Version":"2012-10-17"}',
      versionId: '1',
      generation: 'g',
      created: 5,
      modified: 6,
    })
  }
  expect(findPolicy(database, 'q')).toEqual({
    name: 'q',
    document: '{"Version":"2012-10-17"}',
    versionId: '1',
    generation: 'g',
    created: 5,
    modified: 6,
  })
  attachPolicy(database, 'p', 'thinggroup/a')
  attachPolicy(database, 'p', 'thinggroup/a')
  attachPolicy(database, 'p', 'thinggroup/b')
  attachPolicy(database, 'r', 'thinggroup/b')
  attachPolicy(database, 'q', 'thinggroup/c')
  const targets = ['thinggroup/a', 'thinggroup/b']
  expect(attachedPolicies(database, { targets, after: '', limit: 9 })).toEqual(['p', 'r'])
  expect(attachedPolicies(database, { targets, after: 'p', limit: 1 })).toEqual(['r'])
  detachPolicy(database, 'r', 'thinggroup/b')
  detachPolicy(database, 'r', 'thinggroup/b')
  expect(['p', 'r'].map((name) => isAttached(database, name))).toEqual([true, false])
  deletePolicy(database, 'r')
  expect(findPolicy(database, 'r')).toBeNull()
})
