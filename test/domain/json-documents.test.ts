import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readJsonDocuments } from '../../src/domain/json-documents.ts'

describe('errors', () => {
  it.each([
    ['{"a": 1,}', 1, 8, 'remove the comma before "}"'],
    ['[\n  1,\n]', 2, 4, 'remove the comma before "]"'],
    ['{"a" 1}', 1, 6, 'found "1" where ":" should be'],
    ['{a: 1}', 1, 2, 'found "a" where a member name in double quotes should be'],
    ['{"a": 1\n "b": 2}', 2, 2, 'found "\\"" where "," or "}" should be'],
    ['{"a": [1, 2}', 1, 12, 'found "}" where "," or "]" should be'],
    ['{"a":\n', 2, 1, 'found the text ends where a value should be'],
    ["{'a': 1}", 1, 2, 'found "\'" where a member name'],
    ['\r\n"abc', 2, 1, 'this string is never closed'],
    ['"a\nb"', 1, 3, 'must not run over a line end'],
    ['"\\x"', 1, 2, 'unknown escape'],
    ['{"a": nul}', 1, 7, 'found "n" where a value should be'],
    ['😀', 1, 1, 'found "😀" where a value should be'],
    ['['.repeat(100_000), 1, 102, 'nested deeper than 100 levels'],
  ])('%j', (text, line, column, message) => {
    const { error } = readJsonDocuments(text)
    expect(error).toMatchObject({ line, column })
    expect(error!.message).toContain(message)
  })
})

it('keeps the documents before the error', () => {
  expect(readJsonDocuments('{"a":1}\n[2]\n{"b"')).toMatchObject({
    documents: [{ a: 1 }, [2]],
    error: { line: 3, column: 5 },
  })
})

it('agrees with JSON.parse on what one document is', () => {
  const pieces = fc.constantFrom(
    ...'{ } [ ] , : " "a" \\ 0 -1.5e3 01 . true null é \\u00e9'.split(' '),
    ' ',
    '\n',
    '\t',
    '\u00a0',
    '\u0000',
  )
  const text = fc.oneof(
    fc.array(pieces, { maxLength: 8 }).map((some) => some.join('')),
    fc.json(),
  )
  fc.assert(
    fc.property(text, (text) => {
      const { documents, error } = readJsonDocuments(text)
      let expected: unknown[]
      try {
        expected = [JSON.parse(text)]
      } catch {
        expect(error !== null || documents.length !== 1).toBe(true)
        return
      }
      expect({ documents, error }).toEqual({ documents: expected, error: null })
    }),
    { numRuns: 2_000 },
  )
})

it('reads documents written one after the other', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.object(), fc.array(fc.jsonValue()))), (values) => {
      const texts = values.map((value) => JSON.stringify(value))
      const expected = texts.map((text) => JSON.parse(text) as unknown)
      expect(readJsonDocuments(texts.join('\n')).documents).toEqual(expected)
    }),
  )
})
