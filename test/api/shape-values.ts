import fc from 'fast-check'
import type { Member, Shape } from '../../src/api/shapes/shape.ts'

/** JSON values that fit a shape. */
export function valuesOf(shape: Shape): fc.Arbitrary<unknown> {
  if (shape.kind === 'enum') return fc.constantFrom(...shape.values)
  if (shape.kind === 'flag') return fc.boolean()
  if (shape.kind === 'time') return fc.integer({ min: 0, max: 4e12 }).map((ms) => ms / 1_000)
  if (shape.kind === 'text') return textsOf(shape)
  if (shape.kind === 'number') {
    const { min, max } = shape
    return shape.whole
      ? fc.integer({ min: Math.max(min, -1e9), max: Math.min(max, 1e9) })
      : fc.double({ min, max, noNaN: true })
  }
  if (shape.kind === 'list') {
    const maxLength = Math.min(shape.max, shape.min + 3)
    return fc.array(valuesOf(shape.item), { minLength: shape.min, maxLength })
  }
  if (shape.kind === 'map') {
    const keys = valuesOf(shape.key) as fc.Arbitrary<string>
    return fc.dictionary(keys, valuesOf(shape.value), { maxKeys: 3 })
  }
  return membersOf(shape.members)
}

export function membersOf(members: readonly Member[]): fc.Arbitrary<Record<string, unknown>> {
  const record = Object.fromEntries(members.map(({ name, shape }) => [name, valuesOf(shape)]))
  const requiredKeys = members.filter(({ required }) => required).map(({ name }) => name)
  return fc.record(record, { requiredKeys, noNullPrototype: true }) as fc.Arbitrary<
    Record<string, unknown>
  >
}

/** Patterns by what they exclude are too much for the generator of texts that match. */
function textsOf({ min, max, pattern }: Extract<Shape, { kind: 'text' }>): fc.Arbitrary<string> {
  const excluding = pattern?.source.includes('[^') === true
  const letters =
    pattern === null || excluding ? fc.string({ unit: 'grapheme' }) : fc.stringMatching(pattern)
  return letters
    .filter((text) => !text.includes('\0') && text.length <= max)
    .map((text) => (text.length >= min ? text : text + 'a'.repeat(min - text.length)))
    .filter((text) => pattern?.test(text) !== false && text.length <= max)
}

/** Values that a shape refuses, each with its path behind the member's own. */
export function misfits(shape: Shape): { value: unknown; path: string }[] {
  const wrongType = { value: shape.kind === 'text' ? 1 : 'x', path: '' }
  if (shape.kind === 'text') {
    const { min, max, pattern } = shape
    return [
      wrongType,
      ...(min > 0 ? [{ value: '', path: '' }] : []),
      ...(max < Infinity ? [{ value: 'a'.repeat(max + 1), path: '' }] : []),
      ...(pattern === null ? [] : [{ value: `${'a'.repeat(min)}\n`, path: '' }]),
    ]
  }
  if (shape.kind === 'number') {
    const out = [shape.min - 1, shape.max + 1].filter(Number.isSafeInteger)
    return [wrongType, ...out.map((value) => ({ value, path: '' }))]
  }
  if (shape.kind === 'list') {
    const { item, min, max } = shape
    return [
      wrongType,
      ...(min > 0 ? [{ value: [], path: '' }] : []),
      ...(max < Infinity ? [{ value: Array.from({ length: max + 1 }), path: '' }] : []),
      ...misfits(item).map(({ value, path }) => ({ value: [value], path: `.1.member${path}` })),
    ]
  }
  if (shape.kind === 'structure' && !shape.loose) {
    return [
      wrongType,
      ...shape.members.flatMap(({ name, shape: inner }) =>
        misfits(inner).map(({ value, path }) => ({
          value: { [name]: value },
          path: `.${name}${path}`,
        })),
      ),
      ...shape.members
        .filter(({ required }) => required)
        .map(({ name }) => ({ value: {}, path: `.${name}` })),
    ]
  }
  return [wrongType]
}
