import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_TIME, parseTime } from '../../src/domain/time.ts'
import { readIsoTime } from '../../src/formats/iso-time.ts'
import { bytesOf } from './document-rows.ts'

function read(text: string): number {
  return readIsoTime(bytesOf(`"${text}"`), 1, 1 + bytesOf(text).length)
}

const moments = fc.integer({ min: 0, max: MAX_TIME })

describe('readIsoTime', () => {
  test('reads every moment in the usual layouts', () => {
    fc.assert(
      fc.property(moments, (time) => {
        const text = new Date(time).toISOString()
        const seconds = Math.floor(time / 1_000) * 1_000
        expect(read(text)).toBe(time)
        expect(read(text.slice(0, 23))).toBe(time)
        expect(read(text.replace('T', ' '))).toBe(time)
        expect(read(`${text.slice(0, 19)}Z`)).toBe(seconds)
        expect(read(text.slice(0, 19))).toBe(seconds)
      }),
      { numRuns: 2_000 },
    )
  })

  test('never says other than parseTime', () => {
    const edit = fc.tuple(fc.nat(23), fc.constantFrom(...'0123456789-:.TZ +/x'.split('')))
    fc.assert(
      fc.property(moments, fc.array(edit, { minLength: 1, maxLength: 3 }), (time, edits) => {
        let text = new Date(time).toISOString()
        for (const [at, character] of edits) {
          text = text.slice(0, at) + character + text.slice(at + 1)
        }
        const answer = read(text)
        if (!Number.isNaN(answer)) expect(answer).toBe(parseTime(text))
      }),
      { numRuns: 5_000 },
    )
  })

  test.each([
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2000-02-29T23:59:59.999Z', Date.UTC(2000, 1, 29, 23, 59, 59, 999)],
    ['1970-01-01T00:00:00Z', 0],
    ['9999-12-31T23:59:59.999Z', MAX_TIME],
  ])('%s', (text, time) => {
    expect(read(text)).toBe(time)
  })

  test.each([
    '2023-02-29T00:00:00Z',
    '2100-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '1969-12-31T23:59:59Z',
    '2026-01-01',
    '',
    'Z',
    '2026-01-01T00:00:00+01:00',
  ])('leaves %j alone', (text) => {
    expect(read(text)).toBeNaN()
  })
})
