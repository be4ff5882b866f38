import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pageOf } from '../../src/api/page.ts'

interface Row {
  time: number
  name: string
}

function compare(a: Row, b: Row): number {
  return a.time - b.time || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
}

const rowsOf = fc.uniqueArray(
  fc.record({ time: fc.integer(), name: fc.string({ unit: 'grapheme' }) }),
  {
    selector: ({ time, name }) => `${time} ${name}`,
    maxLength: 30,
  },
)

/** All pages of a list that `rows` may answer differently each time. */
function walk(rows: () => Row[], size: number): { pages: Row[][]; tokens: string[] } {
  const pages: Row[][] = []
  const tokens: string[] = []
  let token: string | undefined
  do {
    const page = pageOf('ListRows', { thing: 'a' }, size, token)
    const key = page.after('number', 'text')
    const behind = rows()
      .sort(compare)
      .filter((row) => key === null || compare(row, { time: key[0], name: key[1] }) > 0)
    const cut = page.cut(behind.slice(0, page.fetch), ({ time, name }) => [time, name])
    pages.push(cut.rows)
    token = cut.next ?? undefined
    if (token !== undefined) tokens.push(token)
  } while (token !== undefined)
  return { pages, tokens }
}

describe('pages', () => {
  test('hold every row once, in order, none too many, no token twice', () => {
    fc.assert(
      fc.property(
        rowsOf.filter((rows) => rows.every(({ name }) => !name.includes('\0'))),
        fc.integer({ min: 1, max: 7 }),
        (rows, size) => {
          const { pages, tokens } = walk(() => [...rows], size)
          expect(pages.flat()).toEqual([...rows].sort(compare))
          for (const page of pages.slice(0, -1)) expect(page).toHaveLength(size)
          expect(pages.every((page) => page.length <= size)).toBe(true)
          expect(new Set(tokens).size).toBe(tokens.length)
          for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9+/]+={0,2}$/)
        },
      ),
    )
  })

  test('do not shift when rows are added between them', () => {
    const named = rowsOf.map((rows) => rows.map(({ time }, i) => ({ time, name: `r${i}` })))
    fc.assert(
      fc.property(named, named, fc.integer({ min: 1, max: 5 }), (rows, added, size) => {
        const all = [...rows]
        const late = added.map((row) => ({ ...row, name: `late ${row.name}` }))
        const { pages } = walk(() => {
          const next = late.pop()
          if (next !== undefined) all.push(next)
          return [...all]
        }, size)
        const seen = pages.flat().filter(({ name }) => !name.startsWith('late'))
        expect(seen).toEqual([...rows].sort(compare))
      }),
    )
  })

  test('go on where nothing was found, when told to', () => {
    const page = pageOf('List', {}, 5, undefined)
    const { rows, next } = page.cut([], () => [1], [7])
    expect(rows).toEqual([])
    expect(pageOf('List', {}, 5, next!).after('number')).toEqual([7])
    expect(page.cut([1, 2, 3, 4, 5, 6], (row) => [row], [7]).rows).toHaveLength(5)
  })
})

describe('a token', () => {
  const token = pageOf('List', { a: 1, b: 2 }, 1, undefined).cut([1, 2], (row) => [row, 'x']).next!

  test('is good for the same list only', () => {
    expect(pageOf('List', { b: 2, a: 1 }, 9, token).after('number', 'text')).toEqual([1, 'x'])
    for (const [operation, filters] of [
      ['Other', { a: 1, b: 2 }],
      ['List', { a: 1 }],
      ['List', { a: 1, b: 3 }],
    ] as const) {
      expect(() => pageOf(operation, filters, 1, token)).toThrow(
        'The token belongs to another list',
      )
    }
  })

  test('is good for keys of its kind only', () => {
    const page = pageOf('List', { a: 1, b: 2 }, 1, token)
    expect(() => page.after('text', 'number')).toThrow('not one that this service gave out')
    expect(() => page.after('number')).toThrow('not one that this service gave out')
  })

  test('that was altered is refused, whichever character it is', () => {
    for (let at = 0; at < token.length; at++) {
      const altered = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
      expect(() => pageOf('List', { a: 1, b: 2 }, 1, altered)).toThrow(/^The token /)
    }
    expect(() => pageOf('List', { a: 1, b: 2 }, 1, `${token}A`)).toThrow(/^The token /)
  })

  test('that nobody gave out is refused, whatever it is', () => {
    const made = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.json().map((json) => Buffer.from(json).toString('base64')),
    )
    fc.assert(
      fc.property(made, (text) => {
        expect(() => pageOf('List', {}, 1, text)).toThrow(/^The token /)
      }),
    )
  })
})
