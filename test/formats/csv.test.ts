import * as fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { ChunkBuilder, DecodeContext } from '../../src/columnar/chunk.ts'
import { decodeCsv } from '../../src/formats/csv.ts'
import { type CsvLayout, readCsvHeader } from '../../src/formats/csv-header.ts'
import {
  contentsOf,
  damaged,
  isFilled,
  joined,
  parts,
  type Parts,
  rejectedOf,
} from './datapoint-lines.ts'
import { bytesOf, newBuilder, rejectsOf, rowsOf } from './document-rows.ts'

const LAYOUT = readCsvHeader('thing,metric,timestamp,value')!
const T = 1_700_000_000_000
const good = `a,cpu_usage,${T},1`
const goodRow = `a cpu_usage ${T} 1`

function decoded(
  text: string | Uint8Array,
  layout: CsvLayout = LAYOUT,
  context: Partial<DecodeContext> = {},
): ChunkBuilder {
  const builder = newBuilder(context)
  decodeCsv(typeof text === 'string' ? bytesOf(text) : text, builder, layout)
  return builder
}

describe('readCsvHeader', () => {
  test.each([
    ['thing,metric,timestamp,value', [44, 0, 1, 2, 3]],
    ['value;ts;name;DEVICE', [59, 3, 2, 1, 0]],
    ['id\tTime\tthing_name\tunit\tmetric\tValue\r\n', [9, 2, 4, 1, 5]],
    ['\ufeff"thingName","Metric", timestamp ,"value"', [44, 0, 1, 2, 3]],
    ['name,thing,metric,time,value,value', [44, 1, 2, 3, 4]],
    ['"a,b",thing,metric,time,value', [44, 1, 2, 3, 4]],
    ['thing,metric,Dimension,time,value', [44, 0, 1, 3, 4, 2]],
  ])('%j', (line, [delimiter, thing, metric, timestamp, value, dimension = -1]) => {
    const layout = { delimiter, thing, metric, timestamp, value, dimension }
    expect(readCsvHeader(line)).toEqual(layout)
  })

  test.each([
    '',
    'thing,metric,value',
    'a,cpu_usage,1700000000,1',
    '{"thing":"a"}',
    '"thing,metric,timestamp,value',
  ])('%j is none', (line) => {
    expect(readCsvHeader(line)).toBeNull()
  })
})

describe('decodeCsv', () => {
  test.each([
    ['plain', good],
    ['CRLF', `${good}\r\n`],
    ['quotes', `"a","cpu_usage","${T}","1"`],
    ['seconds', `a,cpu_usage,${T / 1000},1\n`],
    ['ISO 8601', 'a,cpu_usage,2023-11-14T22:13:20Z,1\n'],
    ['ISO 8601 with a zone', 'a,cpu_usage,2023-11-14T23:13:20+01:00,1\n'],
    ['exponent', `a,cpu_usage,${T},10e-1\n`],
    ['white space around numbers', `a,cpu_usage, ${T} , 1\n`],
    ['more fields', `${good},x,"y, z"\n`],
    ['more plain fields', `${good},x,,z\n`],
    ['byte order mark', `\ufeff${good}`],
  ])('%s', (_case, text) => {
    const builder = decoded(text)
    expect(rowsOf(builder)).toEqual([goodRow])
    expect(rejectsOf(builder)).toEqual([])
    expect(builder.lines).toBe(1)
  })

  test('any order of columns, any delimiter, columns between', () => {
    const layout = readCsvHeader('id;value;timestamp;unit;metric;thing')!
    const lines = ['1;0,5;x', `1;-0.5;${T};%;cpu_usage;a`, `2;0;${T};"°;C";cpu_usage;b;`, '']
    const builder = decoded(lines.join('\n'), layout)
    expect(rowsOf(builder)).toEqual([`a cpu_usage ${T} -0.5`, `b cpu_usage ${T} 0`])
    expect(rejectsOf(builder)).toEqual(['1 malformed: 3 fields'])
  })

  test('quoted fields hold delimiters and doubled quotes', () => {
    const builder = decoded(`"a, ""b""",cpu_usage,${T},1\nc"d,cpu_usage,${T},1\n`)
    expect(rowsOf(builder)).toEqual([`a, "b" cpu_usage ${T} 1`, `c"d cpu_usage ${T} 1`])
  })

  test.each([
    ['malformed', `a,cpu_usage,${T}`],
    ['malformed', `"a,cpu_usage,${T},1`],
    ['malformed', `"a"b,cpu_usage,${T},1`],
    ['bad-thing-name', `,cpu_usage,${T},1`],
    ['bad-thing-name', `${'a'.repeat(129)},cpu_usage,${T},1`],
    ['bad-thing-name', `a\u0001,cpu_usage,${T},1`],
    ['unknown-metric', `a,cpu,${T},1`],
    ['unknown-metric', `a,,${T},1`],
    ['bad-timestamp', 'a,cpu_usage,,1'],
    ['bad-timestamp', 'a,cpu_usage,-5,1'],
    ['bad-timestamp', 'a,cpu_usage,2026-02-31T99:00:00Z,1'],
    ['future-dated', 'a,cpu_usage,1900000000001,1'],
    ['not-a-number', `a,cpu_usage,${T},`],
    ['not-a-number', `a,cpu_usage,${T},""`],
    ['not-a-number', `a,cpu_usage,${T}, `],
    ['not-a-number', `a,cpu_usage,${T},abc`],
    ['not-a-number', `a,cpu_usage,${T},NaN`],
    ['not-a-number', `a,cpu_usage,${T},Infinity`],
    ['not-a-number', `a,cpu_usage,${T},1.2.3`],
    ['negative-count', `a,aws:all-bytes-in,${T},-1`],
  ])('%s: %s leaves its neighbours alone', (reason, bad) => {
    const context = { notAfter: 1_900_000_000_000 }
    const builder = decoded(`${good}\n${bad}\n${good}\n`, LAYOUT, context)
    expect(rowsOf(builder)).toEqual([goodRow, goodRow])
    expect(builder.rejects.counts).toEqual({ [reason]: 1 })
    expect(builder.rejects.rows).toMatchObject([{ line: 2, text: bad }])
    expect(builder.lines).toBe(3)
  })

  test('every byte in a field, as in quotes', () => {
    const context = { notAfter: T }
    for (let byte = 0; byte < 256; byte++) {
      if (byte === 10 || byte === 34 || byte === 44) continue
      for (const at of [0, 1, 5, 11, 20, good.length]) {
        const plain = [...bytesOf(good)]
        plain.splice(at, 0, byte)
        const quoted = plain.flatMap((b) => (b === 44 ? [34, 44, 34] : [b]))
        const left = contentsOf(decoded(Uint8Array.from([...plain, 10]), LAYOUT, context))
        const right = contentsOf(decoded(Uint8Array.from([34, ...quoted, 34, 10]), LAYOUT, context))
        expect([left.value, left.names]).toEqual([right.value, right.names])
        if (byte !== 13) expect(left.rejects.counts).toEqual(right.rejects.counts)
      }
    }
  })

  test('plain fields take the fast path', () => {
    const lines = [
      good,
      `b,aws:all-bytes-in,1700000000,12.5,x\r`,
      'a,cpu_usage,2023-11-14 22:13:20,-0.5',
    ]
    const decodeText = vi.spyOn(TextDecoder.prototype, 'decode')
    const builder = decoded(`${lines.join('\n')}\n`)
    const calls = decodeText.mock.calls.length
    decodeText.mockRestore()
    expect([builder.rows, calls]).toEqual([lines.length, 0])
  })

  test('says what was wrong', () => {
    const bad = [`a,cpu,${T},1`, 'a,cpu_usage,soon,1', `a,cpu_usage,${T},much`, `,cpu_usage,${T},1`]
    expect(rejectsOf(decoded(bad.join('\n')))).toEqual([
      '1 unknown-metric: metric "cpu"',
      '2 bad-timestamp: timestamp "soon"',
      '3 not-a-number: value "much"',
      '4 bad-thing-name: thing ""',
    ])
  })

  test('bytes that are not UTF-8, in any column', () => {
    const bad = Uint8Array.from([...bytesOf(`${good},`), 0xff])
    const builder = decoded(joined([bytesOf(good), bad, bytesOf(good)], true))
    expect(rowsOf(builder)).toEqual([goodRow, goodRow])
    expect(builder.rejects.counts).toEqual({ 'not-utf8': 1 })
  })

  test('an unfinished last line is truncated', () => {
    expect(rejectsOf(decoded(`${good}\na,cpu_us`))).toEqual(['2 truncated: 2 fields'])
  })

  function plainLine({ thing, metric, timestamp, value }: Parts): string {
    return [thing, metric, timestamp.replaceAll('"', ''), value.replaceAll('"', '')].join(',')
  }
  const csvLines = parts.map(plainLine)

  test('a line means the same with each of its fields quoted', () => {
    const unquotable = parts.filter(({ thing }) => !/[",]/.test(thing)).map(plainLine)
    fc.assert(
      fc.property(fc.array(unquotable, { maxLength: 12 }), (lines) => {
        const context = { notAfter: 1_790_000_000_000 }
        const quoted = lines.map((line) => `"${line.replaceAll(',', '","')}"`)
        const plain = contentsOf(decoded(`${lines.join('\n')}\n`, LAYOUT, context))
        const expected = contentsOf(decoded(`${quoted.join('\n')}\n`, LAYOUT, context))
        for (const row of [...plain.rejects.rows, ...expected.rejects.rows]) row.text = ''
        expect(plain).toEqual(expected)
      }),
      { numRuns: 2_000 },
    )
  })

  test('each line is a row or a reject, whatever happened to it, and its neighbours are rows', () => {
    fc.assert(
      fc.property(damaged(csvLines).filter(isFilled), (bad) => {
        const builder = decoded(joined([bytesOf(good), bad, bytesOf(good)], true))
        const rows = rowsOf(builder)
        expect(rows.length + rejectedOf(builder)).toBe(3)
        expect([rows[0], rows.at(-1), builder.lines]).toEqual([goodRow, goodRow, 3])
      }),
      { numRuns: 1_000 },
    )
  })

  test('arbitrary bytes never throw, and are counted line by line', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        const newlines = noise.filter((byte) => byte === 10).length
        const unfinished = noise.length > 0 && noise.at(-1) !== 10 ? 1 : 0
        expect(decoded(noise).lines).toBe(newlines + unfinished)
      }),
      { numRuns: 500 },
    )
  })
})
