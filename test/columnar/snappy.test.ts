import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeSnappy, SNAPPY_SLACK } from '../../src/columnar/snappy.ts'

type Piece = { literal: number[] } | { distance: number; length: number; form: 1 | 2 | 4 }

const literal = fc
  .oneof(
    fc.uint8Array({ minLength: 1, maxLength: 70 }),
    fc.uint8Array({ minLength: 90, maxLength: 400 }),
  )
  .map((bytes): Piece => ({ literal: [...bytes] }))
const copy = fc
  .record({
    distance: fc.oneof(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 3_000 })),
    length: fc.integer({ min: 1, max: 64 }),
    form: fc.constantFrom(1 as const, 2 as const, 4 as const),
  })
  .map((piece): Piece => piece)

/** The pieces as Snappy writes them, and what they mean, one byte at a time. */
function encode(pieces: Piece[]): { block: number[]; plain: number[] } {
  const plain: number[] = []
  const body: number[] = []
  for (const piece of pieces) {
    if ('literal' in piece) {
      const size = piece.literal.length - 1
      if (size < 60) body.push(size << 2)
      else if (size < 256) body.push(60 << 2, size)
      else body.push(61 << 2, size & 255, size >> 8)
      body.push(...piece.literal)
      plain.push(...piece.literal)
      continue
    }
    if (plain.length === 0) continue
    const distance = ((piece.distance - 1) % plain.length) + 1
    const fitsShort = piece.form === 1 && distance < 2_048
    const length = fitsShort ? 4 + (piece.length % 8) : piece.length
    if (fitsShort) body.push(1 | ((length - 4) << 2) | ((distance >> 8) << 5), distance & 255)
    else if (piece.form !== 4) body.push(2 | ((length - 1) << 2), distance & 255, distance >> 8)
    else body.push(3 | ((length - 1) << 2), distance & 255, distance >> 8, 0, 0)
    for (let i = 0; i < length; i++) plain.push(plain[plain.length - distance]!)
  }
  const size: number[] = []
  let left = plain.length
  for (; left > 127; left >>= 7) size.push((left & 127) | 128)
  return { block: [...size, left, ...body], plain }
}

function decode(block: ArrayLike<number>, size: number): number[] {
  const source = new Uint8Array(block.length + SNAPPY_SLACK)
  source.set(block)
  const target = new Uint8Array(size + SNAPPY_SLACK)
  decodeSnappy(source, 0, block.length, target, size)
  return [...target.subarray(0, size)]
}

test('every mix of literals and copies decodes to what it means', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(literal, copy), { maxLength: 40 }), (pieces) => {
      const { block, plain } = encode(pieces)
      expect(decode(block, plain.length)).toEqual(plain)
    }),
  )
})

test('a corrupt block is an error, or decodes to as many bytes as it says', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(literal, copy), { minLength: 1, maxLength: 20 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (pieces, where, flip) => {
        const { block, plain } = encode(pieces)
        block[where % block.length]! ^= flip
        try {
          expect(decode(block, plain.length)).toHaveLength(plain.length)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      },
    ),
  )
})

test.each([
  ["a size that is not the page's", [5, 0], 4],
  ['a literal beyond the end', [4, 3 << 2, 1, 2], 4],
  ['a copy from before the start', [4, 0, 7, 1 | (0 << 2), 9], 4],
  ['a copy with distance zero', [5, 0, 7, 1 | (0 << 2), 0], 5],
  ['missing bytes', [4, 0, 7], 4],
  ['no bytes at all', [], 0],
])('%s is an error', (_, block, size) => {
  expect(() => decode(block, size)).toThrow(RangeError)
})
