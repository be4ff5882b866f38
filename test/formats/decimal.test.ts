import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DecimalReader } from '../../src/formats/decimal.ts'
import { decimals } from './datapoint-lines.ts'
import { bytesOf } from './document-rows.ts'

function read(text: string): { value: number; end: number } {
  const reader = new DecimalReader()
  const value = reader.read(bytesOf(`  ${text},`), 2)
  return { value, end: reader.end - 2 }
}

describe('DecimalReader', () => {
  test('reads plain decimals of at most 15 digits, to the very double', () => {
    fc.assert(
      fc.property(decimals, (text) => {
        const { value, end } = read(text)
        const digits = text.replace(/[-.]/g, '').length
        if (digits > 15) expect(value).toBeNaN()
        else expect({ value, end }).toEqual({ value: JSON.parse(text), end: text.length })
      }),
      { numRuns: 2_000 },
    )
  })

  test('reads what JSON.stringify writes, or nothing', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const text = JSON.stringify(number)
        const { value, end } = read(text)
        if (!Number.isNaN(value) && end === text.length) expect(value).toBe(JSON.parse(text))
      }),
      { numRuns: 2_000 },
    )
  })

  test.each(['-0', '0', '0.0', '-0.5', '0.00000000000001', '999999999999999', '0.1', '4.35'])(
    '%s',
    (text) => {
      expect(read(text)).toEqual({ value: JSON.parse(text), end: text.length })
    },
  )

  test.each([
    '',
    '-',
    '.5',
    '5.',
    '01',
    '-01',
    '00',
    '+1',
    'x',
    '1234567890123456',
    '0.1234567890123456',
  ])('leaves %j alone', (text) => {
    expect(read(text).value).toBeNaN()
  })

  test('stops in front of what it does not know', () => {
    expect(read('1e3')).toEqual({ value: 1, end: 1 })
    expect(read('1.5.6')).toEqual({ value: 1.5, end: 3 })
  })
})
