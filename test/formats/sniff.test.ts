import { gzipSync } from 'node:zlib'
import { encode } from 'cborg'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { FORMATS, SNIFF_BYTES, sniffFormat } from '../../src/formats/sniff.ts'
import { bytesOf, sampleBytes, sampleText } from './document-rows.ts'

function sniff(head: string | Uint8Array): string | undefined {
  return sniffFormat(typeof head === 'string' ? bytesOf(head) : head)?.format
}

const line = '{"thing":"a","metric":"m","timestamp":1,"value":2}'

test.each([
  ['agent-report-long.ndjson', 'ndjson'],
  ['agent-report-short.ndjson', 'ndjson'],
  ['agent-report-long.cbor', 'cbor'],
  ['awsiotlogsv2.ndjson', 'ndjson'],
  ['lifecycle.ndjson', 'ndjson'],
  ['metrics-export.ndjson', 'ndjson'],
])('%s is %s', (name, format) => {
  expect(sniff(sampleBytes(name))).toBe(format)
})

test('magic bytes', () => {
  expect(sniff(new Uint8Array(gzipSync('x')))).toBe('gzip')
  expect(sniff('PAR1\u0015')).toBe('parquet')
  expect(sniff('ARROW1\0\0')).toBe('arrow-file')
  expect(sniff(Uint8Array.of(255, 255, 255, 255, 16, 0, 0, 0))).toBe('arrow-stream')
})

test.each([
  ['', 'ndjson'],
  [' \r\n', 'ndjson'],
  [line, 'ndjson'],
  [`\ufeff\n${line}\n`, 'ndjson'],
  [`${line}${line} ${line}\n{`, 'ndjson'],
  [`[${line},${line}]\n`, 'ndjson'],
  [`{"thing":"a","val\n${line}\n${line}\n`, 'ndjson'],
  [`{"thing":\n${line}\n${line}\n`, 'ndjson'],
  [`${line} oops\n`, 'ndjson'],
  ['{\n  "thing": "a"\n}\n', 'json'],
  [`[\n${line}\n]`, 'json'],
  [`${line}{\n"thing":"a"}`, 'json'],
  [`{"thing":"a"`, 'json'],
])('%j is %s', (text, format) => {
  expect(sniff(text)).toBe(format)
})

test('one line longer than can be seen is a file of documents', () => {
  const long = line.repeat(SNIFF_BYTES / line.length + 1)
  expect(sniff(bytesOf(long).subarray(0, SNIFF_BYTES))).toBe('json')
  const even = line.padEnd(64, ' ').repeat(SNIFF_BYTES / 64)
  expect(sniff(even)).toBe('json')
  expect(sniff(`${line}\n`.repeat(2_000).slice(0, SNIFF_BYTES))).toBe('ndjson')
})

test('a header with the needed columns is a table', () => {
  expect(sniff('thing,metric,timestamp,value\na,m,1,2\n')).toBe('csv')
  expect(sniff('\ufeffvalue;Größe;thing;timestamp;metric\r\n')).toBe('csv')
  expect(sniff('Größe,thing,metric,timestamp,value')).toBe('csv')
  expect(sniff('ärger,thing,metric,timestamp,value')).toBe('csv')
  expect(sniff('thing,metric\n')).toBeUndefined()
})

test('CBOR lists, maps and tags', () => {
  expect(sniff(encode([{ thing: 'a' }]))).toBe('cbor')
  expect(sniff(encode({ thing: 'a' }))).toBe('cbor')
  expect(sniff(Uint8Array.of(0xbf, 0xff))).toBe('cbor')
  expect(sniff(Uint8Array.of(0xd9, 0xd9, 0xf7, 0xa1, 0x61, 0x61, 0x01))).toBe('cbor')
  expect(sniff(sampleBytes('agent-report-long.cbor').subarray(0, 100))).toBe('cbor')
  expect(sniff(Uint8Array.of(0xa1, 0x1c))).toBeUndefined()
})

test('other things are not guessed', () => {
  for (const text of ['hello', 'Éric était là', '"text"', '12', '<xml/>', '--- yaml']) {
    expect(sniff(text), text).toBeUndefined()
  }
})

test('lines are told from one whole line on', () => {
  const text = ['awsiotlogsv2.ndjson', 'lifecycle.ndjson'].map(sampleText).join('')
  const firstLine = text.indexOf('\n')
  for (let end = 1; end <= text.length; end++) {
    expect(sniff(text.slice(0, end)), `${end}`).toBe(end < firstLine ? 'json' : 'ndjson')
  }
})

test('any bytes are told or not, and --format knows every format', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const format = sniff(bytes)
      expect(format === undefined || format === 'gzip' || format in FORMATS).toBe(true)
    }),
  )
  expect(Object.keys(FORMATS)).toHaveLength(7)
})
