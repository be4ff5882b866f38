import * as fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { ChunkBuilder, DecodeContext } from '../../src/columnar/chunk.ts'
import { decodeNdjson, readJsonLine } from '../../src/formats/ndjson.ts'
import { NdjsonScanner } from '../../src/formats/ndjson-wasm.ts'
import { MAX_LINE_BYTES } from '../../src/formats/lines.ts'
import { contentsOf, damaged, isFilled, joined, jsonLines, rejectedOf } from './datapoint-lines.ts'
import { bytesOf, METRICS, newBuilder, rejectsOf, rowsOf } from './document-rows.ts'

const scanner = new NdjsonScanner()

/** Both decoders keep every promise. The scanner is the same for all tests, as for all chunks of a run. */
const DECODERS = {
  decodeNdjson,
  NdjsonScanner: (bytes: Uint8Array, builder: ChunkBuilder) => {
    scanner.input(bytes.length).set(bytes)
    scanner.decode(bytes.length, builder)
  },
}

const T = 1_700_000_000_000
const good = `{"thing":"a","metric":"cpu_usage","timestamp":${T},"value":1}`
const goodRow = `a cpu_usage ${T} 1`

describe.each(Object.entries(DECODERS))('%s', (_name, decode) => {
  function decoded(text: string | Uint8Array, context: Partial<DecodeContext> = {}): ChunkBuilder {
    const builder = newBuilder(context)
    decode(typeof text === 'string' ? bytesOf(text) : text, builder)
    return builder
  }

  test('columns, names in the order they came, and lines', () => {
    const builder = decoded(
      [
        `{"thing":"b","metric":"aws:all-bytes-out","timestamp":1700000000,"value":10}`,
        `{"thing":"a","metric":"cpu_usage","timestamp":${T},"value":-0.25}`,
        '',
        `{"thing": "b", "metric": "aws:all-bytes-out", "timestamp": ${T + 1}, "value": 0}\r`,
      ].join('\n'),
    )
    expect(contentsOf(builder)).toEqual({
      thing: [0, 1, 0],
      metric: [6, 13, 6],
      time: [T, T, T + 1],
      value: [10, -0.25, 0],
      names: ['b', 'a'],
      lines: 4,
      rejects: { counts: {}, rows: [] },
    })
  })

  test.each([
    ['other key order', `{"value":1,"timestamp":${T},"metric":"cpu_usage","thing":"a"}`],
    ['white space', `  { "thing" : "a" ,\t"metric":"cpu_usage","timestamp":${T},"value":1 }  `],
    ['seconds', `{"thing":"a","metric":"cpu_usage","timestamp":${T / 1000},"value":1}`],
    ['digits as text', `{"thing":"a","metric":"cpu_usage","timestamp":"${T}","value":1}`],
    ['ISO 8601', '{"thing":"a","metric":"cpu_usage","timestamp":"2023-11-14T22:13:20Z","value":1}'],
    ['exponent', `{"thing":"a","metric":"cpu_usage","timestamp":${T},"value":10e-1}`],
    ['escapes', `{"thing":"\\u0061","metric":"cpu\\u005fusage","timestamp":${T},"value":1}`],
    ['more members', `{"thing":"a","metric":"cpu_usage","timestamp":${T},"value":1,"unit":"%"}`],
    ['CRLF', `${good}\r\n`],
    ['byte order mark', `\ufeff${good}\n`],
    ['no newline at the end', good],
  ])('%s', (_case, text) => {
    const builder = decoded(text)
    expect(rowsOf(builder)).toEqual([goodRow])
    expect(rejectsOf(builder)).toEqual([])
    expect(builder.lines).toBe(1)
  })

  test.each([
    ['malformed', '{"thing":"a","metric":'],
    ['malformed', '12'],
    ['malformed', 'hello'],
    ['malformed', good.replace('"value":1', '"value":01')],
    ['malformed', `${good}${good.slice(0, 9)}`.slice(1)],
    ['no-thing', good.replace('"thing":"a",', '')],
    ['bad-thing-name', good.replace('"a"', '""')],
    ['bad-thing-name', good.replace('"a"', `"${'a'.repeat(129)}"`)],
    ['bad-thing-name', good.replace('"a"', `"${'é'.repeat(65)}"`)],
    ['bad-thing-name', good.replace('"a"', '"a\\u0007"')],
    ['bad-thing-name', good.replace('"a"', '"a\u007f"')],
    ['bad-thing-name', good.replace('"a"', '7')],
    ['unknown-metric', good.replace('cpu_usage', 'cpu')],
    ['unknown-metric', good.replace('cpu_usage', 'cpu_usage2')],
    ['bad-timestamp', good.replace(`${T}`, '-1')],
    ['bad-timestamp', good.replace(`${T}`, '253402300800000')],
    ['bad-timestamp', good.replace(`${T}`, '"soon"')],
    ['future-dated', good.replace(`${T}`, '1900000000001')],
    ['not-a-number', good.replace(':1}', ':"1"}')],
    ['not-a-number', good.replace(':1}', ':null}')],
    ['not-a-number', good.replace(':1}', ':1e999}')],
    ['negative-count', good.replace('cpu_usage', 'aws:all-bytes-in').replace(':1}', ':-1}')],
  ])('%s: %s leaves its neighbours alone', (reason, bad) => {
    const builder = decoded(`${good}\n${bad}\n${good}\n`, { notAfter: 1_900_000_000_000 })
    expect(rowsOf(builder)).toEqual([goodRow, goodRow])
    expect(builder.rejects.counts).toEqual({ [reason]: 1 })
    expect(builder.rejects.rows).toMatchObject([{ line: 2, text: bad }])
    expect(builder.lines).toBe(3)
  })

  test('bytes that are not UTF-8', () => {
    const line = bytesOf(good)
    const bad = line.slice()
    bad[bad.indexOf(97)] = 0xff
    const builder = decoded(joined([line, bad, line], true))
    expect(rowsOf(builder)).toEqual([goodRow, goodRow])
    expect(rejectsOf(builder)).toEqual(['2 not-utf8: character 11'])
    expect(builder.rejects.rows[0]!.text).toBe(good.replace('"a"', '"\ufffd"'))
  })

  test('an unfinished last line is truncated, a complete one a row', () => {
    const builder = decoded(`${good}\n${good.slice(0, -1)}`)
    expect(rowsOf(builder)).toEqual([goodRow])
    expect(rejectsOf(builder)).toEqual(['2 truncated: not JSON'])
    expect(rowsOf(decoded(`${good}\n${good}`))).toEqual([goodRow, goodRow])
  })

  test('documents without newlines between them', () => {
    expect(rowsOf(decoded(`${good}${good} ${good}\n${good}`))).toEqual(Array(4).fill(goodRow))
    const cut = decoded(`${good}${good}${good.slice(0, 20)}`)
    expect(rowsOf(cut)).toEqual([goodRow, goodRow])
    expect(rejectsOf(cut)).toEqual(['1 truncated: not JSON'])
    const torn = decoded(`${good.slice(0, -1)}${good}\n`)
    expect(rowsOf(torn)).toEqual([goodRow])
    expect(rejectsOf(torn)).toEqual(['1 malformed: not JSON'])
    const littered = decoded(`${good}oops${good}\n${good}\n`)
    expect(rowsOf(littered)).toEqual([goodRow, goodRow, goodRow])
    expect(rejectsOf(littered)).toEqual(['1 malformed: not JSON'])
  })

  test('a line longer than 64 MiB is refused, one of 64 MiB is read', () => {
    const prefix = bytesOf(`${good}\n{"thing":"`)
    const bytes = new Uint8Array(prefix.length + MAX_LINE_BYTES + 2 + good.length).fill(97)
    bytes.set(prefix)
    const end = bytes.length - good.length - 1
    bytes[end] = 10
    bytes.set(bytesOf(good), end + 1)
    const builder = decoded(bytes)
    expect(rowsOf(builder)).toEqual([goodRow, goodRow])
    const size = end - good.length - 1
    expect(size).toBeGreaterThan(MAX_LINE_BYTES)
    expect(rejectsOf(builder)).toEqual([`2 oversized: line of ${size} bytes`])
    const start = size - MAX_LINE_BYTES + good.length + 1
    bytes[start] = 123
    expect(rejectsOf(decoded(bytes.subarray(start)))).toEqual(['1 malformed: not JSON'])
  })

  test('blank lines are lines but nothing else', () => {
    const builder = decoded(`\n  \n\r\n\t\n${good}\n\n`)
    expect([builder.rows, rejectedOf(builder), builder.lines]).toEqual([1, 0, 6])
    expect(decoded('').lines).toBe(0)
    expect(decoded('\ufeff').lines).toBe(0)
  })

  test('nothing is known without metrics', () => {
    expect(decoded(`${good}\n`, { metrics: [] }).rejects.counts).toEqual({ 'unknown-metric': 1 })
  })

  test('line numbers start anew with each stretch, lines and names go on', () => {
    const builder = newBuilder()
    decode(bytesOf(`${good.replace('"a"', '"b"')}\n${good}\n`), builder)
    decode(bytesOf(`${good}\nbad\n`), builder)
    expect(contentsOf(builder)).toMatchObject({ thing: [0, 1, 1], names: ['b', 'a'], lines: 4 })
    expect(rejectsOf(builder)).toEqual(['2 malformed: not JSON'])
  })

  test('every byte in every part of a line, as the slow path has it', () => {
    const usual = bytesOf(good.replace('cpu_usage', 'cpu_usage[x IN]'))
    const context = { metrics: ['cpu_usage[x IN]', 'cpu_usage[x'], notAfter: T }
    const expected = newBuilder(context)
    const lines: Uint8Array[] = []
    for (let at = 0; at < usual.length; at++) {
      for (let byte = 0; byte < 256; byte++) {
        if (byte === 10) continue
        const line = usual.slice()
        line[at] = byte
        lines.push(line)
        readJsonLine(line, 0, line.length, expected, lines.length, true)
      }
    }
    expected.lines = lines.length
    expect(contentsOf(decoded(joined(lines, true), context))).toEqual(contentsOf(expected))
  })

  test('usual layouts take the fast path', () => {
    const lines = [
      good,
      `{"thing": "b", "metric": "aws:all-bytes-out", "timestamp": 1700000000, "value": 12.5}`,
      `{"thing":"b","metric":"aws:all-bytes-in","timestamp":${T},"value":0}\r`,
      `{"thing":"${'c'.repeat(128)}","metric":"cpu_usage","timestamp":${T},"value":-123456789.12345}`,
    ]
    const decodeText = vi.spyOn(TextDecoder.prototype, 'decode')
    const builder = decoded(`${lines.join('\n')}\n`, { notAfter: T })
    const calls = decodeText.mock.calls.length
    decodeText.mockRestore()
    expect([builder.rows, calls]).toEqual([lines.length, 0])
  })

  test('a datapoint may be as late as the context allows', () => {
    expect(rowsOf(decoded(`${good}\n`, { notAfter: T }))).toEqual([goodRow])
    expect(decoded(`${good}\n`, { notAfter: T - 1 }).rejects.counts).toEqual({ 'future-dated': 1 })
  })

  test('says of every line what its slow path says', () => {
    const lines = fc.array(fc.oneof(damaged(jsonLines), jsonLines.map(bytesOf)), { maxLength: 12 })
    fc.assert(
      fc.property(lines, fc.boolean(), (lines, terminated) => {
        const context = { notAfter: 1_790_000_000_000 }
        const bytes = joined(lines, terminated)
        const expected = newBuilder(context)
        let start = 0
        let line = 0
        while (start < bytes.length) {
          const newline = bytes.indexOf(10, start)
          const end = newline < 0 ? bytes.length : newline
          readJsonLine(bytes, start, end, expected, ++line, newline >= 0)
          start = end + 1
        }
        expected.lines = line
        expect(contentsOf(decoded(bytes, context))).toEqual(contentsOf(expected))
      }),
      { numRuns: 2_000 },
    )
  })

  test('each line is a row or a reject, whatever happened to it, and its neighbours are rows', () => {
    fc.assert(
      fc.property(damaged(jsonLines).filter(isFilled), (bad) => {
        const builder = decoded(joined([bytesOf(good), bad, bytesOf(good)], true))
        const rows = rowsOf(builder)
        expect([rows[0], rows.at(-1), builder.lines]).toEqual([goodRow, goodRow, 3])
        // More brackets may make it several documents, with something between them.
        const openers = bad.filter((byte) => byte === 123 || byte === 91).length
        const documents = rows.length + rejectedOf(builder) - 2
        expect(documents).toBeGreaterThanOrEqual(1)
        expect(documents).toBeLessThanOrEqual(openers > 1 ? openers * 2 + 1 : 1)
      }),
      { numRuns: 1_000 },
    )
  })

  test('arbitrary bytes never throw, and are counted line by line', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        const builder = decoded(noise)
        const newlines = noise.filter((byte) => byte === 10).length
        expect(builder.lines).toBe(newlines + (noise.length > 0 && noise.at(-1) !== 10 ? 1 : 0))
      }),
      { numRuns: 500 },
    )
  })

  test('the order of the keys does not matter', () => {
    const members = good.slice(1, -1).split(',')
    fc.assert(
      fc.property(fc.shuffledSubarray(members, { minLength: 4 }), (members) => {
        expect(rowsOf(decoded(`{${members.join(',')}}\n`))).toEqual([goodRow])
      }),
    )
  })
})

describe('NdjsonScanner', () => {
  /** Rows of many things, in an order that no guess foresees. */
  function manyLines(count: number, things: number): Uint8Array {
    const lines = Array.from({ length: count }, (_, i) => {
      const thing = `${'x'.repeat(i % 100)}${(i * 7_919) % things}`
      const metric = METRICS[(i * i) % METRICS.length]!
      return `{"thing":"${thing}","metric":"${metric}","timestamp":${T + i},"value":${i / 4}}\n`
    })
    return bytesOf(lines.join(''))
  }

  test('any number of things and rows', () => {
    const bytes = manyLines(60_000, 50_000)
    const expected = newBuilder()
    decodeNdjson(bytes, expected)
    const builder = newBuilder()
    DECODERS.NdjsonScanner(bytes, builder)
    expect(builder.rows).toBe(60_000)
    expect(builder.things.count).toBeGreaterThan(40_000)
    expect(contentsOf(builder)).toEqual(contentsOf(expected))
  })

  test('the shortest lines fill the table of things', () => {
    const lines = Array.from({ length: 9_000 }, (_, i) => {
      const thing = String.fromCharCode(
        48 + (i % 10),
        48 + ((i / 10) % 10),
        65 + ((i / 100) % 26),
        97 + i / 2_600,
      )
      return `{"thing":"${thing}","metric":"m","timestamp":1,"value":1}\n`
    })
    const builder = newBuilder({ metrics: ['m'] })
    const fresh = new NdjsonScanner()
    const bytes = bytesOf(lines.join(''))
    fresh.input(bytes.length).set(bytes)
    fresh.decode(bytes.length, builder)
    expect([builder.rows, builder.things.count]).toEqual([9_000, 9_000])
  })

  test('input grows without losing what it held, and serves other runs in between', () => {
    const fresh = new NdjsonScanner()
    const text = bytesOf(`${good}\n`)
    fresh.input(text.length).set(text)
    fresh.decode(text.length, newBuilder({ metrics: ['m'] }))
    const region = fresh.input(5_000_000)
    expect(region.length).toBeGreaterThanOrEqual(5_000_000)
    const builder = newBuilder()
    fresh.decode(text.length, builder)
    expect(rowsOf(builder)).toEqual([goodRow])
    const other = newBuilder({ metrics: ['cpu_usage'], thing: 'x' })
    fresh.decode(text.length, other)
    expect(rowsOf(other)).toEqual([goodRow])
  })

  test('what an earlier, longer input left behind is not read', () => {
    const fresh = new NdjsonScanner()
    const long = bytesOf(`${good}\n${good}\n`)
    fresh.input(long.length).set(long)
    const builder = newBuilder()
    fresh.decode(good.length - 4, builder)
    expect([builder.rows, builder.lines]).toEqual([0, 1])
    expect(builder.rejects.counts).toEqual({ truncated: 1 })
  })

  test('more bytes than the input has are a mistake of the caller', () => {
    const fresh = new NdjsonScanner()
    const size = fresh.input(1).length
    expect(() => fresh.decode(size + 1, newBuilder())).toThrow(RangeError)
    expect(() => fresh.decode(Number.NaN, newBuilder())).toThrow(RangeError)
  })
})
