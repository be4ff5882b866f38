import { encode } from 'cborg'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeCbor } from '../../src/formats/cbor.ts'
import { readDocument } from '../../src/formats/documents.ts'
import { newBuilder, rejectsOf, rowsOf, sampleBytes } from './document-rows.ts'

function decode(bytes: Uint8Array, context = {}) {
  const builder = newBuilder(context)
  decodeCbor(bytes, builder)
  return { rows: rowsOf(builder), rejects: rejectsOf(builder), lines: builder.lines }
}

function join(...parts: (Uint8Array | number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

const datapoint = encode({ thing: 'a', metric: 'cpu_usage', timestamp: 1_790_000_000, value: 0.1 })
const datapointRow = 'a cpu_usage 1790000000000 0.1'
const report = sampleBytes('agent-report-long.cbor')
const reportRows = [
  't aws:all-bytes-in 1795164183000 9624',
  't aws:all-bytes-out 1795164183000 9624',
  't aws:all-packets-in 1795164183000 71',
  't aws:all-packets-out 1795164183000 71',
  't aws:num-listening-tcp-ports 1795164183000 8',
  't aws:num-established-tcp-connections 1795164183000 2',
  't cpu_usage 1795164183000 96.9',
]

describe('items', () => {
  test("a real agent's report", () => {
    expect(decode(report, { thing: 't' })).toEqual({ rows: reportRows, rejects: [], lines: 1 })
  })

  test('several follow one another; lists are their elements; tags are their content', () => {
    const selfDescribed = [0xd9, 0xd9, 0xf7]
    const list = join([0x82], datapoint, datapoint)
    const bytes = join(selfDescribed, report, datapoint, list)
    expect(decode(bytes, { thing: 't' })).toEqual({
      rows: [...reportRows, datapointRow, datapointRow, datapointRow],
      rejects: [],
      lines: 3,
    })
  })

  test('as bytes or base64 in a wrapper, also one in JSON', () => {
    const topic = '$aws/things/t/defender/metrics/cbor'
    expect(decode(encode({ topic, payload: report })).rows).toEqual(reportRows)
    const builder = newBuilder()
    readDocument({ topic, payload: Buffer.from(report).toString('base64') }, builder, 1, '')
    expect(rowsOf(builder)).toEqual(reportRows)
  })

  test('large integers are numbers, other things are refused by name', () => {
    const large = encode({ thing: 'a', metric: 'cpu_usage', timestamp: 1, value: 2n ** 60n })
    expect(decode(large).rows).toEqual([`a cpu_usage 1000 ${2 ** 60}`])
    const nothing = encode({ thing: 'a', metric: 'cpu_usage', timestamp: 1, value: Number.NaN })
    expect(decode(join([0xf6], nothing, encode(new Uint8Array(2)))).rejects).toEqual([
      '1 malformed: null',
      '2 not-a-number: value NaN',
      '3 malformed: 2 bytes',
    ])
  })
})

describe('bad bytes', () => {
  test('end the decoding, once', () => {
    const bad = join(datapoint, [0x1c], datapoint)
    expect(decode(bad)).toMatchObject({
      rows: [datapointRow],
      rejects: [expect.stringMatching(/^2 malformed: CBOR/)],
      lines: 2,
    })
    const deep = new Uint8Array(1_000_000).fill(0x81)
    expect(decode(deep).rejects).toHaveLength(1)
    expect(decode(Uint8Array.of(0xa1, 0x01, 0x02)).rejects[0]).toMatch(/^1 malformed/)
  })

  test('every cut through an item is told from damage', () => {
    for (let end = 1; end < report.length; end++) {
      const { rows, rejects } = decode(join(datapoint, report.subarray(0, end)), { thing: 't' })
      expect(rows).toEqual([datapointRow])
      expect(rejects).toEqual([`2 truncated: item of which ${end} bytes are there`])
    }
  })

  test('an excerpt is the first bytes in hexadecimal', () => {
    const builder = newBuilder()
    decodeCbor(join(encode({ x: 1 }), report), builder)
    expect(builder.rejects.rows[0]?.text).toBe('a1617801')
  })

  test('whatever comes in', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => decode(bytes)).not.toThrow()
      }),
      { numRuns: 2_000 },
    )
    const damage = fc.tuple(fc.nat(report.length - 1), fc.nat(255))
    fc.assert(
      fc.property(damage, ([at, byte]) => {
        const bad = join(datapoint, report)
        bad[datapoint.length + at] = byte
        expect(decode(bad, { thing: 't' }).rows[0]).toBe(datapointRow)
      }),
      { numRuns: 2_000 },
    )
  })
})
