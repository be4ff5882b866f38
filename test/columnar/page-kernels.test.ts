import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type PageKernels, PAGE_SLACK, PlainKernels } from '../../src/columnar/page-kernels.ts'
import { WasmKernels } from '../../src/columnar/page-kernels-wasm.ts'

/** Each input goes to both; they must say the same, or both fail. */
const plain = new PlainKernels()
const wasm = new WasmKernels()

function both(run: (kernels: PageKernels) => unknown): unknown {
  const [expected, found] = [plain, wasm].map((kernels) => {
    try {
      return run(kernels)
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError)
      return 'fault'
    }
  })
  expect(found).toEqual(expected)
  return expected
}

function fill(kernels: PageKernels, bytes: Uint8Array, size: number, rows: number): void {
  kernels.reserveFile(bytes.length)
  // What lies behind the bytes must not matter.
  kernels.file.fill(bytes.length % 2 === 0 ? 0xff : 0, 0, bytes.length + PAGE_SLACK)
  kernels.file.set(bytes)
  kernels.reservePage(size, rows)
  expect([...kernels.file.subarray(0, bytes.length)]).toEqual([...bytes])
}

/** Bytes that often are Snappy: short literals and copies of all three kinds. */
const snappyPiece = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 59 }).map((b) => [(b.length - 1) << 2, ...b]),
  fc.tuple(fc.nat(255), fc.nat(255)).map(([tag, low]) => [(tag & 0x1f) | 1, low]),
  fc.tuple(fc.nat(63), fc.nat(40)).map(([length, distance]) => [(length << 2) | 2, distance, 0]),
  fc.uint8Array({ maxLength: 4 }).map((b) => [...b]),
)

test('snappy', () => {
  let decoded = 0
  fc.assert(
    fc.property(fc.array(snappyPiece, { maxLength: 12 }), fc.nat(400), (pieces, guess) => {
      const body = [...Array.from({ length: 30 }, (_, i) => i), ...pieces.flat()]
      const bytes = Uint8Array.of(29 << 2, ...body)
      // The right size, if the block is sound, is found by trying all.
      for (const size of [guess, ...Array.from({ length: 60 }, (_, i) => 30 + i)]) {
        const block = Uint8Array.of((size & 127) | 128, size >> 7, ...bytes)
        const result = both((kernels) => {
          fill(kernels, block, size, 0)
          kernels.snappy(0, block.length, size)
          return [...kernels.page.subarray(0, size)]
        })
        if (result !== 'fault') decoded++
      }
    }),
    { numRuns: 150 },
  )
  expect(decoded).toBeGreaterThan(10)
})

test('runs and packed bits', () => {
  let decoded = 0
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 80 }),
      fc.integer({ min: 0, max: 33 }),
      fc.nat(120),
      fc.boolean(),
      (bytes, width, count, inFile) => {
        const result = both((kernels) => {
          fill(kernels, bytes, bytes.length, count)
          kernels.page.set(kernels.file.subarray(0, bytes.length + PAGE_SLACK))
          kernels.runs(inFile, 0, bytes.length, width, count)
          return [...kernels.indices.subarray(0, count)]
        })
        if (result !== 'fault') decoded++
      },
    ),
    { numRuns: 1_500 },
  )
  expect(decoded).toBeGreaterThan(100)
})

test('gathering', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double(), { minLength: 1, maxLength: 40 }),
      fc.array(fc.nat(41), { minLength: 1, maxLength: 30 }),
      fc.constantFrom(1, 500),
      fc.nat(3),
      (values, some, times, at) => {
        const indices = Array.from({ length: times }, () => some).flat()
        const numbers = Float64Array.from(values)
        const codes = Int32Array.from(values, (_, i) => i * 7 - 20)
        both((kernels) => {
          fill(kernels, new Uint8Array(8), 8, indices.length)
          kernels.indices.set(indices)
          const out = new Float64Array(indices.length + 5)
          kernels.gatherNumbers(numbers, indices.length, out, at)
          const coded = new Int32Array(indices.length + 5)
          kernels.gatherCodes(codes, indices.length, coded, at)
          return [out, coded]
        })
      },
    ),
  )
})
