import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeRle, RLE_SLACK } from '../../src/columnar/rle.ts'

type Run = { repeat: number; value: number } | { packed: number[] }

function runs(width: number): fc.Arbitrary<Run[]> {
  const value = fc.integer({ min: 0, max: 2 ** width - 1 })
  const repeated = fc.record({ repeat: fc.integer({ min: 1, max: 300 }), value })
  const packed = fc
    .array(value, { minLength: 1, maxLength: 40 })
    .map((values) => ({ packed: [...values, ...Array<number>(-values.length & 7).fill(0)] }))
  return fc.array(fc.oneof(repeated, packed), { maxLength: 12 })
}

/** As Encodings.md describes the hybrid, bit by bit. */
function encode(all: Run[], width: number): { bytes: number[]; values: number[] } {
  const bytes: number[] = []
  const values: number[] = []
  const varint = (value: number): void => {
    let left = value
    for (; left > 127; left >>>= 7) bytes.push((left & 127) | 128)
    bytes.push(left)
  }
  for (const run of all) {
    if ('repeat' in run) {
      varint(run.repeat << 1)
      for (let k = 0; k < Math.ceil(width / 8); k++)
        bytes.push(Math.floor(run.value / 256 ** k) & 255)
      for (let i = 0; i < run.repeat; i++) values.push(run.value)
      continue
    }
    varint(((run.packed.length / 8) << 1) | 1)
    const bits = run.packed.flatMap((value) =>
      Array.from({ length: width }, (_, bit) => Math.floor(value / 2 ** bit) % 2),
    )
    for (let i = 0; i < bits.length; i += 8) {
      bytes.push(bits.slice(i, i + 8).reduce((byte, bit, k) => byte | (bit << k), 0))
    }
    values.push(...run.packed)
  }
  return { bytes, values }
}

function decode(bytes: number[], width: number, count: number): number[] {
  const source = new Uint8Array(bytes.length + RLE_SLACK).fill(0xee)
  source.set(bytes)
  const out = new Int32Array(count + 2).fill(-7)
  decodeRle(source, 0, bytes.length, width, count, out, 1)
  expect([out[0], out[count + 1]]).toEqual([-7, -7])
  return [...out.subarray(1, count + 1)]
}

const coded = fc
  .integer({ min: 0, max: 31 })
  .chain((width) => fc.tuple(fc.constant(width), runs(width)))

test('runs and packed groups of every width decode to their values', () => {
  fc.assert(
    fc.property(coded, fc.nat(9), ([width, all], unread) => {
      const { bytes, values } = encode(all, width)
      const count = Math.max(0, values.length - unread)
      expect(decode(bytes, width, count)).toEqual(values.slice(0, count))
    }),
    { numRuns: 300 },
  )
})

test('too few values are an error, unless they need no bits', () => {
  fc.assert(
    fc.property(coded, ([width, all]) => {
      const { bytes, values } = encode(all, width)
      const decodeMore = () => decode(bytes, width, values.length + 8)
      if (width > 0) expect(decodeMore).toThrow(RangeError)
      else expect(new Set(decodeMore())).toEqual(new Set([0]))
    }),
  )
})

test('any bytes at all end in values below 2^width or in an error', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.integer({ min: 0, max: 40 }),
      (bytes, width) => {
        try {
          for (const value of decode([...bytes], width, 500)) expect(value).toBeLessThan(2 ** width)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      },
    ),
    { numRuns: 500 },
  )
})
