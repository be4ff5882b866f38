import { describe, expect, test } from 'vitest'
import { type ByteSource, packBytes, type PackSource, readPack } from '../../src/columnar/pack.ts'

const shared = new Int32Array(new SharedArrayBuffer(40)).map((_, i) => i * 3)

const source: PackSource = {
  document: { of: 'things', count: 3 },
  columns: {
    bytes: Uint8Array.of(1, 2, 3),
    empty: new Float64Array(0),
    doubles: Float64Array.of(0.1, -1e300, Number.POSITIVE_INFINITY),
    shared: new Int32Array(shared.buffer, 8, 3),
    parts: {
      type: 'u32',
      length: 5,
      parts: () => [Uint32Array.of(1, 2), new Uint32Array(0), Uint32Array.of(3, 4, 2 ** 32 - 1)],
    },
  },
}

function from(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (into, at) => into.set(bytes.subarray(at, at + into.length)) }
}

describe('a pack', () => {
  const bytes = Buffer.concat([...packBytes(source)])

  test('is read as it was written, whether its columns came whole or in parts', () => {
    const { document, columns } = readPack(from(bytes), 'here')
    expect(document).toEqual(source.document)
    expect(columns).toEqual({
      bytes: Uint8Array.of(1, 2, 3),
      empty: new Float64Array(0),
      doubles: Float64Array.of(0.1, -1e300, Number.POSITIVE_INFINITY),
      shared: Int32Array.of(6, 9, 12),
      parts: Uint32Array.of(1, 2, 3, 4, 2 ** 32 - 1),
    })
    expect(Buffer.concat([...packBytes({ document, columns })]).equals(bytes)).toBe(true)
  })

  test('is refused by name where any byte is not as it was, or is missing', () => {
    for (let at = 0; at < bytes.length; at += 7) {
      const other = Uint8Array.from(bytes)
      other[at]! ^= 4
      expect(() => readPack(from(other), 'state/x.bin')).toThrow(
        'state/x.bin is damaged or not a state file',
      )
    }
    for (const length of [0, 8, 47, bytes.length - 1]) {
      expect(() => readPack(from(bytes.subarray(0, length)), 'x')).toThrow('x is damaged')
    }
  })

  test('is not written with fewer values than a column says it has', () => {
    const short = { type: 'f64' as const, length: 2, parts: () => [Float64Array.of(1)] }
    expect(() => [...packBytes({ document: null, columns: { short } })]).toThrow('column short')
  })
})
