import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeJsonValues, readDocument, splitJson } from '../../src/formats/documents.ts'
import {
  bytesOf,
  movedRows,
  newBuilder,
  rejectsOf,
  rowsOf,
  sampleBytes,
  sampleText,
} from './document-rows.ts'

function read(document: unknown, context = {}): { rows: string[]; rejects: string[] } {
  const builder = newBuilder(context)
  readDocument(document, builder, 7, JSON.stringify(document) ?? '')
  return { rows: rowsOf(builder), rejects: rejectsOf(builder) }
}

function decode(text: string | Uint8Array, context = {}) {
  const builder = newBuilder(context)
  decodeJsonValues(typeof text === 'string' ? bytesOf(text) : text, builder)
  return { rows: rowsOf(builder), rejects: rejectsOf(builder), lines: builder.lines }
}

function datapoint(thing: string, value: number): string {
  return JSON.stringify({ thing, metric: 'cpu_usage', timestamp: 1_790_000_000, value })
}

function row(thing: string, value: number): string {
  return `${thing} cpu_usage 1790000000000 ${value}`
}

describe('datapoints', () => {
  const good = { thing: 'a', metric: 'cpu_usage', timestamp: 1_790_000_000_000, value: -1.5 }

  test('members, aliases, times in seconds, milliseconds and text', () => {
    const expected = { rows: ['a cpu_usage 1790000000000 -1.5'], rejects: [] }
    expect(read(good)).toEqual(expected)
    expect(read({ ...good, timestamp: 1_790_000_000 })).toEqual(expected)
    expect(read({ ...good, timestamp: '2026-09-21T14:13:20Z' })).toEqual(expected)
    expect(read({ metric: 'cpu_usage', thingName: 'a', ts: 1_790_000_000, value: -1.5 })).toEqual(
      expected,
    )
    const { thing: _, ...anonymous } = good
    expect(read(anonymous, { thing: 'a' })).toEqual(expected)
  })

  test.each([
    [{ thing: undefined }, 'no-thing: thing missing'],
    [{ thing: '' }, 'bad-thing-name: thing ""'],
    [{ thing: 5 }, 'bad-thing-name: thing 5'],
    [{ thing: 'a\nb' }, 'bad-thing-name: thing "a\\nb"'],
    [{ thing: '\ud800' }, 'bad-thing-name: thing "\\ud800"'],
    [{ thing: 'ä'.repeat(65) }, `bad-thing-name: thing "${'ä'.repeat(65)}"`],
    [{ metric: 'cpu' }, 'unknown-metric: metric "cpu"'],
    [{ metric: undefined }, 'unknown-metric: metric missing'],
    [{ timestamp: 'yesterday' }, 'bad-timestamp: timestamp "yesterday"'],
    [{ timestamp: null }, 'bad-timestamp: timestamp missing'],
    [{ timestamp: {} }, 'bad-timestamp: timestamp empty object'],
    [{ timestamp: 1_790_000_000_001 }, 'future-dated: timestamp 1790000000001'],
    [{ value: 'abc' }, 'not-a-number: value "abc"'],
    [{ value: '12' }, 'not-a-number: value "12"'],
    [{ value: null }, 'not-a-number: value null'],
    [{ value: undefined }, 'not-a-number: value missing'],
    [{ value: Number.NaN }, 'not-a-number: value NaN'],
    [{ value: Number.POSITIVE_INFINITY }, 'not-a-number: value Infinity'],
    [{ metric: 'aws:all-bytes-in' }, 'negative-count: value -1.5'],
    [{ dimension: 5 }, 'malformed: dimension 5'],
  ])('%j is refused by name', (change, reject) => {
    const { rows, rejects } = read({ ...good, ...change }, { notAfter: 1_790_000_000_000 })
    expect(rows).toEqual([])
    expect(rejects).toEqual([`7 ${reject}`])
  })

  test('a name of 128 bytes is the longest', () => {
    const thing = 'ä'.repeat(64)
    expect(read({ ...good, thing }).rows).toEqual([`${thing} cpu_usage 1790000000000 -1.5`])
  })

  test('a dimension makes a series of its own', () => {
    const document = { ...good, metric: 'aws:num-authorization-failures', value: 2 }
    const series = 'a aws:num-authorization-failures[admin-topics IN] 1790000000000 2'
    expect(read({ ...document, dimension: 'admin-topics' }).rows).toEqual([series])
    expect(read({ ...document, dimension: { name: 'admin-topics' } }).rows).toEqual([series])
    expect(read({ ...document, dimension: 'other' }).rejects).toEqual([
      '7 unknown-metric: metric "aws:num-authorization-failures[other IN]"',
    ])
  })
})

describe('what a document is', () => {
  test('a list is each of its elements, the bad ones by themselves', () => {
    const list = [JSON.parse(datapoint('a', 1)), 5, [JSON.parse(datapoint('b', 2))]]
    expect(read(list)).toEqual({ rows: [row('a', 1), row('b', 2)], rejects: ['7 malformed: 5'] })
  })

  test.each([
    [null, 'null'],
    [true, 'true'],
    ['text', '"text"'],
    [{}, 'empty object'],
    [{ a: 1, b: 2 }, 'object with a, b'],
    [undefined, 'missing'],
    [Symbol('break'), 'Symbol(break)'],
    [12n, '12'],
    [new Uint8Array(3), '3 bytes'],
  ])('%s is named and refused', (document, found) => {
    const builder = newBuilder()
    readDocument(document, builder, 1, '')
    expect(rejectsOf(builder)).toEqual([`1 malformed: ${found}`])
  })

  test('the CloudWatch envelope holds log lines; its probes are no data', () => {
    const lines = sampleText('awsiotlogsv2.ndjson').trim().split('\n')
    const plain = newBuilder()
    for (const line of lines) readDocument(JSON.parse(line), plain, 7, line)
    const logEvents = lines.map((message, i) => ({ id: `${i}`, timestamp: 1, message }))
    expect(read({ messageType: 'DATA_MESSAGE', logEvents })).toEqual({
      rows: rowsOf(plain),
      rejects: [],
    })
    expect(read({ message: lines[0] }).rows).toEqual(rowsOf(plain).slice(0, 6))
    expect(read({ messageType: 'CONTROL_MESSAGE', logEvents: [{ message: 'probe' }] })).toEqual({
      rows: [],
      rejects: [],
    })
    expect(read({ logEvents: [{ message: 'plain text' }, {}, { message: lines[0] }] })).toEqual({
      rows: rowsOf(plain).slice(0, 6),
      rejects: [
        '7 malformed: logEvents[0].message "plain text"',
        '7 malformed: logEvents[1].message missing',
      ],
    })
  })

  test('wrapped lifecycle events and exports are found too', () => {
    const payload = sampleText('lifecycle.ndjson').split('\n')[0]
    const topic = '$aws/events/presence/connected/186b5'
    expect(read({ topic, payload }).rows).toContain(
      '186b5 aws:num-connection-attempts 1573002230757 1',
    )
    const batch = JSON.parse(sampleText('metrics-export.ndjson'))
    expect(read({ topic: '$aws/rules/export', payload: batch }).rows).toHaveLength(4)
  })

  test('endless nesting is refused', () => {
    let nested: unknown = 1
    for (let i = 0; i < 10_000; i++) nested = i % 2 === 0 ? [nested] : { payload: nested }
    const builder = newBuilder()
    readDocument(nested, builder, 1, '')
    expect(rejectsOf(builder)).toEqual(['1 malformed: nested 17 deep'])
  })
})

describe('splitJson', () => {
  test('values with and without blanks between', () => {
    expect(splitJson('{"a":"}{\\"["}{"b":[1,{}]} \n[2]\r\n')).toEqual({
      values: ['{"a":"}{\\"["}', '{"b":[1,{}]}', '[2]'],
      rest: '',
    })
    expect(splitJson(' ')).toEqual({ values: [], rest: '' })
  })

  test('the rest is what is cut off or no JSON', () => {
    expect(splitJson('{"a":1}{"b":"ü').rest).toBe('{"b":"ü')
    expect(splitJson('{"a":1} tail')).toEqual({ values: ['{"a":1}'], rest: 'tail' })
    expect(splitJson('text')).toEqual({ values: [], rest: 'text' })
  })

  test('a broken stretch between values does not take its neighbours along', () => {
    expect(splitJson('{"a":1}{"b":oops oops}{"c":3}{bad}{"d":4}').values).toEqual([
      '{"a":1}',
      '{"b":oops oops}',
      '{"c":3}',
      '{bad}',
      '{"d":4}',
    ])
  })

  test('any objects and lists, however spaced, come apart as they were', () => {
    const value = fc.oneof(fc.array(fc.jsonValue({ maxDepth: 3 })), fc.object({ maxDepth: 3 }))
    const text = fc.tuple(value, fc.boolean()).map(([value, wide]) => {
      return JSON.stringify(value, null, wide ? 2 : 0)
    })
    const gap = fc.constantFrom('', ' ', '\n', '\r\n  ')
    fc.assert(
      fc.property(fc.array(fc.tuple(text, gap)), (parts) => {
        const split = splitJson(parts.map(([text, gap]) => text + gap).join(''))
        expect(split).toEqual({ values: parts.map(([text]) => text), rest: '' })
      }),
    )
  })
})

describe('decodeJsonValues', () => {
  const a = datapoint('a', 1)
  const b = datapoint('b', 2)
  const wide = JSON.stringify(JSON.parse(a), null, 2)

  test('values spanning lines, following one another, or in a list', () => {
    const expected = { rows: [row('a', 1), row('b', 2)], rejects: [], lines: 2 }
    expect(decode(`${wide}\n${b}`)).toEqual(expected)
    expect(decode(`\ufeff${wide}${b}\n`)).toEqual(expected)
    expect(decode(`[${wide},\n${b}]\n`)).toEqual(expected)
    expect(decode(`[[${a}],[],[${b}]]`)).toEqual(expected)
    expect(decode('')).toEqual({ rows: [], rejects: [], lines: 0 })
  })

  test.each([
    ['{"thing":"x","value":NaN}', 'malformed: not JSON'],
    ['{"thing":"x","value":', 'malformed: not JSON'],
    ['{"thing":"x}', 'malformed: not JSON'],
    ['{"thing":"x",}', 'malformed: not JSON'],
    ['{"ports":[{"port":1},{"port":2}', 'malformed: not JSON'],
    ['{"ports":[{"port":1},{"port":2]}', 'malformed: not JSON'],
    ['no "JSON" at all', 'malformed: not JSON'],
    ['{\n  "thing": {\n    "x": [\n', 'malformed: not JSON'],
  ])('%j leaves its neighbours, on lines of their own', (bad, reject) => {
    expect(decode(`${wide}\n${bad}\n${b}\n${a}`)).toEqual({
      rows: [row('a', 1), row('b', 2), row('a', 1)],
      rejects: [`7 ${reject}`],
      lines: 4,
    })
  })

  test('without newlines, and in lists, neighbours live as well', () => {
    for (const bad of ['{"thing":"x}', '{"thing":"x",}', '{"thing":tru', '{x}']) {
      expect(decode(`${a}${bad}${b}${a}`), bad).toMatchObject({
        rows: [row('a', 1), row('b', 2), row('a', 1)],
        rejects: ['1 malformed: not JSON'],
      })
    }
    for (const bad of ['{"thing":"x","value":}', '{"thing":"x",}', '{"thing":[1,2}', 'tru', '7']) {
      expect(decode(`[\n${a},\n${bad},\n${b}\n]`), bad).toMatchObject({
        rows: [row('a', 1), row('b', 2)],
        rejects: ['3 malformed: not JSON'],
      })
      expect(decode(`[${a}, ${bad}, ${b}]`).rows, bad).toEqual([row('a', 1), row('b', 2)])
    }
  })

  test('what the end cuts off is truncated', () => {
    expect(decode(`${a}\n{"thing":\n"b"`)).toMatchObject({
      rows: [row('a', 1)],
      rejects: ['2 truncated: not JSON'],
    })
    expect(decode(`[${a},\n`).rejects).toEqual(['2 truncated: list without its end'])
    expect(decode(`[${a},{"x"`).rejects).toEqual(['1 truncated: not JSON'])
  })

  test('bytes that are not UTF-8 spoil only their document', () => {
    const bytes = bytesOf(`${a}\n{"thing":"?"}\n${b}`)
    bytes[bytes.indexOf(0x3f)] = 0xff
    expect(decode(bytes)).toEqual({
      rows: [row('a', 1), row('b', 2)],
      rejects: ['2 not-utf8: character 11'],
      lines: 3,
    })
  })

  test('rejects keep the start of the text', () => {
    const builder = newBuilder()
    decodeJsonValues(bytesOf(`{"x":"${'y'.repeat(500)}"}`), builder)
    expect(builder.rejects.rows[0]?.text).toMatch(/^\{"x":"y{190,}$/)
  })

  test('deep and repeated opening brackets end soon', () => {
    for (const piece of [
      '[',
      '{"a":',
      '{"a":[\n',
      '[\n',
      '{',
      '}{"',
      '{"a":"}{',
      '"',
      '[{',
      '},{',
    ]) {
      const bytes = bytesOf(piece.repeat(200_000))
      expect(() => decodeJsonValues(bytes, newBuilder({ keepRejects: 1 }))).not.toThrow()
    }
  })

  test('the line decoder of a pretty-printed sample is the sample', () => {
    const report = sampleText('agent-report-long.ndjson')
    const spread = JSON.stringify(JSON.parse(report), null, '\t')
    const one = decode(sampleBytes('agent-report-long.ndjson'), { thing: 't' })
    expect(one.rows).toHaveLength(7)
    expect(decode(`${spread}\n`, { thing: 't' })).toEqual(one)
  })
})

describe('whatever comes in', () => {
  const samples = [
    'agent-report-long.ndjson',
    'agent-report-short.ndjson',
    'awsiotlogsv2.ndjson',
    'lifecycle.ndjson',
    'metrics-export.ndjson',
  ].flatMap((name) => sampleText(name).trim().split('\n'))

  const members =
    'thing thingName metric value timestamp ts topic payload message logEvents metrics met header ' +
    'hed custom_metrics ns eventType clientId name version dimension count number total __proto__'
  const names = fc.constantFrom(...members.split(' '))
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom('connected', 'Connect', 'cpu_usage', '$aws/things/t/defender/metrics/json'),
      fc.constantFrom(1_790_000_000, -1, 0, Number.NaN, 10n ** 20n, new Uint8Array([0xa0])),
      fc.dictionary(names, tie('tree'), { maxKeys: 6 }),
      fc.array(tie('tree'), { maxLength: 3 }),
    ),
  }))

  test('any value is read or refused', () => {
    fc.assert(
      fc.property(tree, (document) => {
        const builder = newBuilder()
        readDocument(document, builder, 1, '')
        const { rows, time, value, thing } = builder.chunk()
        for (let i = 0; i < rows; i++) {
          expect(Number.isFinite(value[i]) && time[i]! >= 0).toBe(true)
          expect(thing[i]).toBeLessThan(builder.things.count)
        }
        for (const { detail } of builder.rejects.rows) expect(detail.length).toBeLessThan(301)
      }),
      { numRuns: 2_000 },
    )
  })

  test('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        decodeJsonValues(bytes, newBuilder())
      }),
    )
    const json = fc.string({
      unit: fc.constantFrom(...Array.from('{}[],:"\\\n 1tx')),
      maxLength: 60,
    })
    fc.assert(
      fc.property(json, (text) => {
        const { lines, rejects } = decode(text)
        expect(rejects.length).toBeGreaterThanOrEqual(lines)
      }),
      { numRuns: 2_000 },
    )
  })

  test('a damaged sample leaves its neighbours', () => {
    const damage = fc.tuple(
      fc.constantFrom(...samples),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', 'x', '\\', '\n', '\u0000', '9'),
      fc.boolean(),
    )
    fc.assert(
      fc.property(damage, ([sample, where, insert, cut]) => {
        const at = Math.floor(where * sample.length)
        const bad = sample.slice(0, at) + insert + (cut ? '' : sample.slice(at + 1))
        const builder = newBuilder({ thing: 't' })
        const first = datapoint('first', 1)
        decodeJsonValues(bytesOf(`${first}\n${bad}\n${datapoint('next', 2)}\n${first}`), builder)
        const rows = movedRows(builder)
        expect(rows[0]).toBe(row('first', 1))
        expect(rows).toContain(row('next', 2))
        expect(rows.at(-1)).toBe(row('first', 1))
      }),
      { numRuns: 2_000 },
    )
  })
})
