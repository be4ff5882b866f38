import { expect, test } from 'vitest'
import { applyAttributes } from '../../src/domain/attributes.ts'

test.each([
  ['replaces all', { a: '1', b: '2' }, { c: '3' }, false, { c: '3' }],
  ['merges', { a: '1', b: '2' }, { b: '9', c: '3' }, true, { a: '1', b: '9', c: '3' }],
  ['removes what is empty', { a: '1', b: '2' }, { b: '', c: '' }, true, { a: '1' }],
  ['replaces without what is empty', { a: '1' }, { b: '', c: '3' }, false, { c: '3' }],
  ['replaces by nothing', { a: '1' }, {}, false, {}],
])('an update of attributes %s', (_, before, attributes, merge, after) => {
  expect(applyAttributes(before, { attributes, merge })).toEqual(after)
})

test('equal attributes are equal text', () => {
  const [one, other] = [
    { b: '2', a: '1' },
    { a: '1', b: '2' },
  ].map((attributes) => JSON.stringify(applyAttributes({}, { attributes, merge: false })))
  expect(one).toBe(other)
})
