import { expect, test } from 'vitest'
import { readDocument } from '../../src/formats/documents.ts'
import { METRICS, newBuilder, rejectsOf, rowsOf, sampleText } from './document-rows.ts'

function read(items: unknown, context = {}) {
  const builder = newBuilder(context)
  readDocument({ version: '1.0', metrics: items }, builder, 1, '')
  return builder
}

const item = {
  name: 'aws:num-messages-sent',
  thing: 't',
  value: { count: 42 },
  timestamp: 1_790_000_000_000,
  version: 1,
}

test('the documented batch, each row with its identity and version', () => {
  const builder = newBuilder()
  readDocument(JSON.parse(sampleText('metrics-export.ndjson')), builder, 1, '')
  expect(rowsOf(builder)).toEqual([
    'thing-1 aws:num-messages-sent 1790000000000 42',
    'thing-1 aws:all-bytes-out 1790000003120 91822',
    'thing-1 cpu_usage 1790000003120 41.5',
    'thing-2 aws:num-authorization-failures[admin-topics IN] 1790000000000 3',
  ])
  expect(rejectsOf(builder)).toEqual([])
  const { identity, version } = builder.versions!
  expect([...version.subarray(0, 4)]).toEqual([1, 1, 1, 2])
  expect(identity[1]).toBe(identity[2])
  expect(identity[0]).toBe(identity[3])
  expect(identity[0]).not.toBe(identity[1])
})

test('versions of one datapoint share an identity, other moments have another, none has none', () => {
  const { identity, version } = read([
    item,
    { ...item, version: 3, value: { count: 40 } },
    { ...item, timestamp: 1_790_000_060_000 },
    { ...item, timestamp: 0, version: undefined },
  ]).versions!
  expect(identity[1]).toBe(identity[0])
  expect(identity[2]).not.toBe(identity[0])
  expect(identity[3]).toBeGreaterThan(0)
  expect([...version.subarray(0, 4)]).toEqual([1, 3, 1, 0])
})

test('rows that came before the first version have none', () => {
  const builder = newBuilder()
  const plain = { thing: 't', metric: 'cpu_usage', timestamp: 1_790_000_000, value: 1 }
  for (let i = 0; i < 40; i++) readDocument(plain, builder, 1, '')
  readDocument({ metrics: [item] }, builder, 2, '')
  readDocument(plain, builder, 3, '')
  const { identity } = builder.versions!
  expect([...identity.subarray(0, 42)].filter((id) => id !== 0)).toHaveLength(1)
  expect(identity[40]).toBeGreaterThan(0)
})

test('sets of values and metrics for rules only are left out', () => {
  const builder = read([
    { ...item, name: 'aws:source-ip-address', value: { cidrs: ['10.0.0.0/8'] } },
    { ...item, name: 'aws:listening-tcp-ports', value: { ports: [22] } },
    { ...item, name: 'whatever', value: { strings: ['a'] } },
    { ...item, name: 'aws:disconnect-duration', value: { count: 5 } },
  ])
  expect([rowsOf(builder), rejectsOf(builder)]).toEqual([[], []])
})

test('a rules-only metric is read where the run knows it', () => {
  const metrics = [...METRICS, 'aws:disconnect-duration']
  const name = 'aws:disconnect-duration'
  expect(rowsOf(read([{ ...item, name }], { metrics }))).toEqual([
    't aws:disconnect-duration 1790000000000 42',
  ])
})

test('a malformed item is refused by its path and leaves the others', () => {
  const builder = read([
    5,
    { ...item, value: 42 },
    { ...item, value: {} },
    { ...item, value: { count: 'x' } },
    { ...item, value: { count: -1 } },
    { ...item, name: 7 },
    { ...item, name: 'unheard' },
    { ...item, timestamp: 'x' },
    { ...item, version: 'x' },
    { ...item, thing: undefined },
    { ...item, thing: '' },
    { ...item, dimension: { operator: 'IN' } },
    item,
  ])
  expect(rejectsOf(builder)).toEqual([
    '1 malformed: metrics[0] 5',
    '1 malformed: metrics[1].value 42',
    '1 malformed: metrics[2].value empty object',
    '1 not-a-number: metrics[3].value.count "x"',
    '1 negative-count: metrics[4].value.count -1',
    '1 malformed: metrics[5].name 7',
    '1 unknown-metric: metric "unheard"',
    '1 bad-timestamp: metrics[7].timestamp "x"',
    '1 malformed: metrics[8].version "x"',
    '1 no-thing: metrics[9].thing missing',
    '1 bad-thing-name: metrics[10].thing ""',
    '1 malformed: metrics[11].dimension object with operator',
  ])
  expect(rowsOf(builder)).toEqual(['t aws:num-messages-sent 1790000000000 42'])
})
