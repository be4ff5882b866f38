import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChunkBuilder, DecodeContext } from '../../src/columnar/chunk.ts'
import { decodeContext } from '../../src/detect/detector.ts'
import { LIST_KINDS } from '../../src/domain/list-value.ts'
import { customMetric, ML_METRICS, RULES_ONLY_METRICS } from '../../src/domain/metric.ts'
import { readCsvHeader } from '../../src/formats/csv-header.ts'
import { decodeCsv } from '../../src/formats/csv.ts'
import { NdjsonScanner } from '../../src/formats/ndjson-wasm.ts'
import { decodeNdjson } from '../../src/formats/ndjson.ts'
import { bytesOf, newBuilder, rejectsOf } from './document-rows.ts'

const METRICS = [
  ...ML_METRICS,
  ...RULES_ONLY_METRICS,
  customMetric('peers', 'cidrs'),
  customMetric('slots', 'numbers'),
  customMetric('users', 'strings'),
  customMetric('load'),
]
const CONTEXT: DecodeContext = decodeContext(METRICS, 300_000, 100)
const TIME = 1_790_000_000_000

/** `thing metric value`, lists as JSON; without the explicit zeros. */
function told(builder: ChunkBuilder): string[] {
  const { rows, thing, metric, value } = builder.chunk()
  return Array.from({ length: rows }, (_, i) => {
    const { name } = METRICS[metric[i]!]!
    const isList = CONTEXT.lists[metric[i]!] !== null
    const shown = isList ? builder.things.name(value[i]!) : value[i]
    return `${builder.things.name(thing[i]!)} ${name} ${shown}`
  }).filter((row) => !row.endsWith(' 0'))
}

/** By all ways of reading lines, which must agree. */
function read(...documents: readonly unknown[]): { rows: string[]; rejects: string[] } {
  const bytes = bytesOf(
    documents
      .map((document) => `${typeof document === 'string' ? document : JSON.stringify(document)}\n`)
      .join(''),
  )
  const builder = newBuilder(CONTEXT)
  decodeNdjson(bytes, builder)
  const scanner = new NdjsonScanner()
  scanner.input(bytes.length).set(bytes)
  const other = newBuilder(CONTEXT)
  scanner.decode(bytes.length, other)
  const rows = told(builder)
  expect([told(other), rejectsOf(other)]).toEqual([rows, rejectsOf(builder)])
  expect(builder.chunk().lists).toBe(rows.some((row) => row.endsWith(']')))
  return { rows, rejects: rejectsOf(builder) }
}

const datapoint = (metric: string, value: unknown): object => ({
  thing: 't',
  metric,
  timestamp: TIME,
  value,
})

describe('a datapoint with a list', () => {
  test.each([
    ['aws:listening-tcp-ports', [443, 22, 443], '[22,443]'],
    ['aws:listening-udp-ports', { ports: [53] }, '[53]'],
    ['aws:source-ip-address', { cidrs: ['10.0.0.1'] }, '["10.0.0.1"]'],
    ['peers', ['::1', '10.0.0.1'], '["10.0.0.1","::1"]'],
    ['slots', { numbers: [2.5, -1] }, '[-1,2.5]'],
    ['users', { strings: ['root'] }, '["root"]'],
    ['users', [], '[]'],
    ['load', { number: 2 }, '2'],
    ['aws:num-disconnects', { count: 2 }, '2'],
  ])('%s %j', (metric, value, text) => {
    expect(read(datapoint(metric, value))).toEqual({ rows: [`t ${metric} ${text}`], rejects: [] })
  })

  test.each([
    ['users', 5, 'not-a-list: value 5'],
    ['users', { count: 5 }, 'not-a-list: value.count 5'],
    ['users', { strings: 'root' }, 'not-a-list: value.strings "root"'],
    ['load', [5], 'not-a-number: value list of 1'],
    ['load', { ports: [5] }, 'not-a-number: value.ports list of 1'],
    ['load', {}, 'not-a-number: value empty object'],
    ['aws:listening-tcp-ports', [70_000], 'malformed: value[0] 70000'],
    ['users', ['x'.repeat(300_000)], 'oversized: value list of 300004 characters'],
  ])('%s %j is refused', (metric, value, reject) => {
    expect(read(datapoint(metric, value))).toEqual({ rows: [], rejects: [`1 ${reject}`] })
  })

  test('loses no more than its bad items', () => {
    expect(read(datapoint('peers', ['10.0.0.1', 'home', 5, '10.0.0.2']))).toEqual({
      rows: ['t peers ["10.0.0.1","10.0.0.2"]'],
      rejects: ['1 malformed: value[1] "home"', '1 malformed: value[2] 5'],
    })
  })

  test('has a metric of that very name', () => {
    const line = `{"thing":"t","metric":"\\u0000users","timestamp":${TIME},"value":5}`
    const raw = line.replace('\\u0000', '\0')
    expect(read(line).rejects).toHaveLength(1)
    expect(read(raw).rejects).toHaveLength(1)
  })
})

test('a table has lists as JSON', () => {
  const layout = readCsvHeader('thing,metric,timestamp,value')!
  const builder = newBuilder(CONTEXT)
  const lines = [
    `t,users,${TIME},"[""b"",""a""]"`,
    `t,slots,${TIME},[7]`,
    `t,users,${TIME},5`,
    `t,users,${TIME},[`,
    `t,load,${TIME},5`,
  ]
  decodeCsv(bytesOf(`${lines.join('\n')}\n`), builder, layout)
  expect(told(builder)).toEqual(['t users ["a","b"]', 't slots [7]', 't load 5'])
  expect(rejectsOf(builder)).toEqual(['3 not-a-list: value 5', '4 not-a-list: value "["'])
})

describe('a report', () => {
  const report = (metrics: object, custom: object = {}): object => ({
    thing: 't',
    timestamp: TIME,
    hed: {},
    met: metrics,
    cmet: custom,
  })

  test('lists ports, addresses and custom sets', () => {
    const connections = ['10.0.0.1:80', '[2001:db8::1]:443', '::1', '10.0.0.1'].map((rad) => ({
      rad,
    }))
    const { rows, rejects } = read(
      report(
        {
          tp: { pts: [{ pt: 22 }, { port: 80 }], t: 90 },
          listening_udp_ports: { ports: [] },
          tc: { ec: { cs: connections, t: 4 } },
        },
        {
          peers: [{ ip_list: ['10.0.0.9'] }],
          slots: [{ number_list: [1, 2] }],
          users: [{ string_list: ['web'] }],
        },
      ),
    )
    expect(rejects).toEqual([])
    expect(rows.filter((row) => row.endsWith(']'))).toEqual([
      't aws:listening-tcp-ports [22,80]',
      't aws:listening-udp-ports []',
      't aws:destination-ip-addresses ["10.0.0.1","2001:db8::1","::1"]',
      't peers ["10.0.0.9"]',
      't slots [1,2]',
      't users ["web"]',
    ])
  })

  test('without a list says none where the total says so', () => {
    const { rows } = read(report({ tp: { t: 0 }, up: { t: 3 } }))
    expect(rows.filter((row) => row.endsWith(']'))).toEqual(['t aws:listening-tcp-ports []'])
  })

  test('loses no more than its bad items', () => {
    const { rows, rejects } = read(report({ tp: { pts: [{ pt: 22 }, { pt: 'x' }, {}, 5], t: 4 } }))
    expect(rows).toEqual(['t aws:num-listening-tcp-ports 4', 't aws:listening-tcp-ports [5,22]'])
    expect(rejects).toEqual([
      '1 malformed: met.tp.pts[1] "x"',
      '1 malformed: met.tp.pts[2] missing',
    ])
  })
})

describe('the address of a connect', () => {
  test('comes from broker logs, of successes and failures', () => {
    const connect = { timestamp: TIME, eventType: 'Connect', clientId: 't', sourceIp: '192.0.2.1' }
    const { rows, rejects } = read(
      { ...connect, status: 'Success' },
      { ...connect, status: 'Failure', reason: 'AUTHORIZATION_FAILURE', sourceIp: '192.0.2.2' },
      { ...connect, eventType: 'Publish-In', status: 'Success', sourceIp: '192.0.2.3' },
      { ...connect, status: 'Success', sourceIp: undefined },
      { ...connect, status: 'Success', sourceIp: 'somewhere' },
    )
    expect(rows.filter((row) => row.endsWith(']'))).toEqual([
      't aws:source-ip-address ["192.0.2.1"]',
      't aws:source-ip-address ["192.0.2.2"]',
    ])
    expect(rejects).toEqual(['5 malformed: sourceIp[0] "somewhere"'])
  })

  test('comes from lifecycle events', () => {
    const event = { clientId: 't', timestamp: TIME, sessionIdentifier: 's', ipAddress: '192.0.2.1' }
    const { rows } = read(
      { ...event, eventType: 'connected' },
      { ...event, eventType: 'disconnected' },
      { ...event, eventType: 'connect_failed', ipAddress: '::1' },
    )
    expect(rows.filter((row) => row.endsWith(']'))).toEqual([
      't aws:source-ip-address ["192.0.2.1"]',
      't aws:source-ip-address ["::1"]',
    ])
  })
})

test('an exported list comes in versions', () => {
  const item = { name: 'users', thing: 't', timestamp: TIME, version: 3, value: { strings: ['a'] } }
  const builder = newBuilder(CONTEXT)
  decodeNdjson(bytesOf(`${JSON.stringify({ version: '1.0', metrics: [item] })}\n`), builder)
  expect(told(builder)).toEqual(['t users ["a"]'])
  expect([builder.versions!.identity[0], builder.versions!.version[0]]).toEqual([TIME + 1, 3])
})

test('whatever stands for a value, a line makes a row or is refused', () => {
  const metric = fc.constantFrom('users', 'peers', 'slots', 'load', 'aws:listening-tcp-ports')
  const member = fc.constantFrom('count', 'number', ...LIST_KINDS)
  const item = fc.oneof(fc.string(), fc.double(), fc.constant('10.0.0.1'), fc.constant(null))
  const list = fc.array(item, { maxLength: 4 })
  const value = fc.oneof(
    list,
    item,
    fc.dictionary(member, fc.oneof(list, item), { maxKeys: 2 }),
    fc.anything(),
  )
  fc.assert(
    fc.property(metric, value, (metric, value) => {
      const line = JSON.stringify(datapoint(metric, value), (_, part: unknown) =>
        typeof part === 'bigint' ? String(part) : part,
      )
      const { rejects } = read(line)
      const builder = newBuilder(CONTEXT)
      decodeNdjson(bytesOf(`${line}\n`), builder)
      expect(builder.chunk().rows + rejects.length).toBeGreaterThan(0)
    }),
    { examples: [['load', { count: 0 }]] },
  )
})
