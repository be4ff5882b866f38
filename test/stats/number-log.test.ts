import { expect, test } from 'vitest'
import { NumberLog } from '../../src/stats/number-log.ts'

test('numbers are read as they were written, wherever their bytes lie', () => {
  const log = NumberLog.empty()
  const many = Float64Array.from({ length: 500 }, (_, i) => i / 7)
  log.write(-0)
  log.writeAll([Number.NaN, 2 ** -1074])
  log.writeAll(many)
  const bytes = log.toBytes()
  const inside = new Uint8Array(bytes.length + 3)
  inside.set(bytes, 3)
  const read = NumberLog.of(inside.subarray(3))
  expect(Object.is(read.read(), -0)).toBe(true)
  expect([...read.readAll(2)]).toEqual([Number.NaN, 2 ** -1074])
  expect(read.readAll(500)).toEqual(many)
})

test('where the bytes end is an error, and so is a length that is none', () => {
  const log = NumberLog.of(new Uint8Array(17))
  expect(() => log.readAll(3)).toThrow(RangeError)
  expect(() => log.readAll(Number.NaN)).toThrow(RangeError)
  expect(() => log.readAll(-1)).toThrow(RangeError)
  expect([...log.readAll(2)]).toEqual([0, 0])
  expect(() => log.read()).toThrow('breaks off')
})
