import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ListSet } from '../../src/domain/list-set.ts'
import { canonicalList, listItems, listText } from '../../src/domain/list-value.ts'

const items = fc.array(fc.nat({ max: 8 }), { maxLength: 6 })

describe('a set', () => {
  test('wants every item in it, or none', () => {
    fc.assert(
      fc.property(items, items, (set, list) => {
        const ports = new ListSet('ports', set)
        expect(ports.violating('in', list)).toEqual(list.filter((item) => !set.includes(item)))
        expect(ports.violating('not-in', list)).toEqual(list.filter((item) => set.includes(item)))
      }),
    )
  })

  test('is satisfied by an empty list, and an empty set by none', () => {
    expect(new ListSet('strings', ['a']).violating('in', [])).toEqual([])
    expect(new ListSet('strings', ['a']).violating('not-in', [])).toEqual([])
    expect(new ListSet('strings', []).violating('in', ['a'])).toEqual(['a'])
    expect(new ListSet('strings', []).violating('not-in', ['a'])).toEqual([])
  })

  test('of addresses holds blocks', () => {
    const home = new ListSet('cidrs', ['10.0.0.0/8', '2001:db8::/32'])
    const list = ['10.1.2.3', '11.0.0.1', '2001:db8::5', '10.0.0.0/7']
    expect(home.violating('in', list)).toEqual(['11.0.0.1', '10.0.0.0/7'])
    expect(home.violating('not-in', list)).toEqual(['10.1.2.3', '2001:db8::5', '10.0.0.0/7'])
  })
})

describe('the text of a list', () => {
  test('is the same in whatever order and however often its items come', () => {
    const any = fc.oneof(
      fc.array(fc.string()),
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })),
    )
    fc.assert(
      fc.property(any, fc.nat(), (list, turn) => {
        const at = list.length === 0 ? 0 : turn % list.length
        const turned = [...list.slice(at), ...list.slice(0, at), ...list.slice(0, at)]
        expect(listText(turned)).toBe(listText(list))
        expect(new Set(listItems(listText(list)))).toEqual(
          new Set(list.map((item) => (item || item === '' ? item : 0))),
        )
      }),
    )
  })

  test.each([
    ['ports', '[80,22,80]', '[22,80]'],
    ['ports', '[70000]', null],
    ['ports', '["22"]', null],
    ['numbers', '[-1.5,2]', '[-1.5,2]'],
    ['strings', '["b","a"]', '["a","b"]'],
    ['cidrs', '["10.0.0.1"]', '["10.0.0.1"]'],
    ['cidrs', '["nowhere"]', null],
    ['strings', '{}', null],
    ['strings', 'null', null],
    ['strings', '[', null],
    ['strings', '[]', '[]'],
  ] as const)('as %s %s is %s', (kind, json, expected) => {
    expect(canonicalList(kind, json)).toBe(expected)
  })
})
