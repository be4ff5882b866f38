import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ApiError } from '../../src/api/errors.ts'
import { ALL_OPERATIONS, decodeInput } from '../../src/api/operation.ts'
import { decodeMembers } from '../../src/api/shapes/decode.ts'
import { encodeMembers } from '../../src/api/shapes/encode.ts'
import type { Fault } from '../../src/api/shapes/constraint.ts'
import { shapeOf } from '../../src/api/shapes/shape.ts'
import { fromText } from '../../src/api/shapes/text-values.ts'
import { membersOf, misfits } from './shape-values.ts'

function refusal(work: () => unknown): ApiError {
  try {
    work()
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
  throw new Error('taken')
}

describe.each(ALL_OPERATIONS)('$name', (operation) => {
  const none = { labels: {}, query: {}, body: {} }

  test('takes a body that fits as it is', () => {
    fc.assert(
      fc.property(membersOf(operation.body), (body) => {
        const faults: Fault[] = []
        const decoded = decodeMembers(operation.body, body, faults)
        expect(faults).toEqual([])
        expect(encodeMembers(operation.body, decoded)).toEqual(body)
      }),
      { numRuns: 20 },
    )
  })

  test('refuses each member that does not fit, by its place', () => {
    for (const { name, shape } of operation.body) {
      for (const { value, path } of misfits(shape)) {
        const error = refusal(() => decodeInput(operation, { ...none, body: { [name]: value } }))
        expect(error.type).toBe('InvalidRequest')
        expect(error.message).toContain(`at '${name}${path}' failed to satisfy constraint:`)
      }
    }
    for (const where of ['labels', 'query'] as const) {
      for (const { name, shape } of operation[where]) {
        for (const { value, path } of misfits(shape)) {
          if (typeof value !== 'string' && typeof value !== 'number') continue
          const text = String(value)
          if (shape.kind === 'text' && typeof value === 'number') continue
          const error = refusal(() =>
            decodeInput(operation, { ...none, [where]: { [name]: text } }),
          )
          expect(error.message).toContain(`at '${name}${path}' failed to satisfy constraint:`)
        }
      }
    }
  })

  test('misses each member that must be there', () => {
    const required = [...operation.labels, ...operation.query, ...operation.body].filter(
      (member) => member.required,
    )
    if (required.length === 0) return
    const { message } = refusal(() => decodeInput(operation, none))
    for (const { name } of required) {
      expect(message).toContain(
        `Value null at '${name}' failed to satisfy constraint: Member must not be null`,
      )
    }
  })

  test('never does more than refuse, whatever is sent', () => {
    const members = [...operation.query, ...operation.body].map(({ name }) => name)
    const anything = fc.dictionary(fc.constantFrom('x', '__proto__', ...members), fc.anything())
    fc.assert(
      fc.property(anything, fc.string(), (body, label) => {
        const labels = Object.fromEntries(operation.labels.map(({ name }) => [name, label]))
        try {
          decodeInput(operation, { ...none, labels, body })
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError)
        }
      }),
      { numRuns: 30 },
    )
  })
})

describe('members', () => {
  const members = [
    { name: 'attributes', shape: shapeOf('{AttributeName: AttributeValue}'), required: false },
  ]

  test('that are null or unknown are left out', () => {
    const raw = { attributes: null, more: 1 }
    expect(decodeMembers(members, raw, [])).toEqual({})
  })

  test('of a map may be called like anything', () => {
    const raw = JSON.parse('{"attributes":{"__proto__":"x","constructor":"y"}}') as object
    const faults: Fault[] = []
    const { attributes } = decodeMembers(members, { ...raw }, faults)
    expect(faults).toEqual([])
    expect(Object.entries(attributes as object)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
  })
})

test('all that is wrong is told together, and at most ten of it', () => {
  const create = ALL_OPERATIONS.find(({ name }) => name === 'CreateCustomMetric')!
  const { message } = refusal(() =>
    decodeInput(create, {
      labels: { metricName: 'a b' },
      query: {},
      body: { displayName: 1, metricType: 'text' },
    }),
  )
  expect(message).toBe(
    "3 validation errors detected: Value 'a b' at 'metricName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9:_-]+; Value '1' at 'displayName' failed to satisfy constraint: Member must be a string; Value 'text' at 'metricType' failed to satisfy constraint: Member must satisfy enum value set: [string-list, ip-address-list, number-list, number]",
  )
  const untag = ALL_OPERATIONS.find(({ name }) => name === 'UntagResource')!
  const body = { resourceArn: 'x', tagKeys: Array.from({ length: 50 }, () => 1) }
  const many = refusal(() => decodeInput(untag, { labels: {}, query: {}, body })).message
  expect(many).toMatch(/^50 validation errors detected: /)
  expect(many.match(/Value '1'/g)).toHaveLength(10)
})

test.each<[string, string, unknown]>([
  ['ts', '2020-09-07T17:42:13Z', 1_599_500_533],
  ['ts', '2020-09-07T17:42:13.500000Z', 1_599_500_533.5],
  ['ts', '2020-09-07T19:42:13+02:00', 1_599_500_533],
  ['ts', '1599500533', '1599500533'],
  ['bool', 'true', true],
  ['bool', 'True', 'True'],
  ['int 1..250', '25', 25],
  ['int 1..250', '2.5', '2.5'],
  ['string', '25', '25'],
])('as %s the query text %s is %s', (notation, text, value) => {
  expect(fromText(shapeOf(notation), text)).toBe(value)
})

test.each(['Behaviour', '[Nope]', 'int 1.5', ''])('%s is no notation of a shape', (notation) => {
  expect(() => shapeOf(notation)).toThrow('no table of shapes has')
})

test('what only looks like a time stays text, so that it is refused by its name', () => {
  const time = shapeOf('ts')
  expect(fromText(time, '2020-09-07T17:42:13.500Z')).toBe(1_599_500_533.5)
  expect(fromText(time, '2020-13-40T00:00:00Z')).toBe('2020-13-40T00:00:00Z')
})

test('times leave as seconds with at most three decimals', () => {
  const members = [{ name: 'at', shape: shapeOf('ts'), required: false }]
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (ms) => {
      const text = JSON.stringify(encodeMembers(members, { at: ms }))
      expect(text).toMatch(/^\{"at":\d+(\.\d{1,3})?\}$/)
      expect(
        decodeMembers(members, JSON.parse(text) as object as Record<string, unknown>, []),
      ).toEqual({ at: ms })
    }),
  )
})
