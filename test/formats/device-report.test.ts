import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDocument } from '../../src/formats/documents.ts'
import { newBuilder, rejectsOf, rowsOf, sampleText } from './document-rows.ts'

function read(document: unknown, context = {}): { rows: string[]; rejects: string[] } {
  const builder = newBuilder(context)
  readDocument(document, builder, 1, '')
  return { rows: rowsOf(builder), rejects: rejectsOf(builder) }
}

const long = JSON.parse(sampleText('agent-report-long.ndjson'))
const short = JSON.parse(sampleText('agent-report-short.ndjson'))

const longRows = (thing: string, time: number): string[] => [
  `${thing} aws:all-bytes-in ${time} 4443`,
  `${thing} aws:all-bytes-out ${time} 4443`,
  `${thing} aws:all-packets-in ${time} 33`,
  `${thing} aws:all-packets-out ${time} 33`,
  `${thing} aws:num-listening-tcp-ports ${time} 8`,
  `${thing} aws:num-established-tcp-connections ${time} 2`,
  `${thing} cpu_usage ${time} 100`,
]

describe('real reports', () => {
  test('long names; the report id is the time', () => {
    expect(read(long, { thing: 'thing-1' })).toEqual({
      rows: longRows('thing-1', 1_795_164_150_000),
      rejects: [],
    })
  })

  test('short and long names mixed', () => {
    expect(read(short, { thing: 'thing-1' })).toEqual({
      rows: [
        'thing-1 aws:num-listening-tcp-ports 1795164184000 7',
        'thing-1 cpu_usage 1795164184000 100',
      ],
      rejects: [],
    })
  })

  test('every short name', () => {
    const document = {
      hed: { rid: 1_795_164_150, v: '1.0' },
      met: {
        tp: { pts: [{ if: 'lo', pt: 1 }], t: 5 },
        up: { pts: [{ if: 'lo', pt: 1 }] },
        ns: { bi: 1, bo: 2, pi: 3, po: 4 },
        tc: { ec: { cs: [{ rad: '127.0.0.1:1' }, { rad: '[::1]:2' }] } },
      },
      cmet: { cpu_usage: [{ number: -2.5 }] },
    }
    expect(read(document, { thing: 't' })).toEqual({
      rows: [
        't aws:all-bytes-in 1795164150000 1',
        't aws:all-bytes-out 1795164150000 2',
        't aws:all-packets-in 1795164150000 3',
        't aws:all-packets-out 1795164150000 4',
        't aws:num-listening-tcp-ports 1795164150000 5',
        't aws:num-listening-udp-ports 1795164150000 1',
        't aws:num-established-tcp-connections 1795164150000 2',
        't cpu_usage 1795164150000 -2.5',
      ],
      rejects: [],
    })
  })
})

describe('thing and time', () => {
  const topic = '$aws/things/lamp-1/defender/metrics/json'
  const expected = { rows: longRows('lamp-1', 1_790_000_000_000), rejects: [] }

  test('a wrapper with a topic, its payload parsed or text', () => {
    expect(read({ topic, timestamp: 1_790_000_000_000, payload: long })).toEqual(expected)
    const payload = JSON.stringify(long)
    expect(read({ topic, timestamp: 1_790_000_000, payload })).toEqual(expected)
    const encoded = Buffer.from(payload).toString('base64')
    expect(read({ topic, timestamp: 1_790_000_000, payload: encoded })).toEqual(expected)
  })

  test('members beside the header, as a rule of IoT SQL adds them', () => {
    expect(read({ ...long, thingName: 'lamp-1', ts: 1_790_000_000_000 })).toEqual(expected)
    expect(read({ ...long, thing: 'lamp-1', timestamp: '2026-09-21T14:13:20Z' })).toEqual(expected)
    expect(read({ ...long, topic, timestamp: 1_790_000_000 }, { thing: 'other' })).toEqual(expected)
  })

  test('the wrapper goes before what it wraps', () => {
    const payload = { ...long, thingName: 'inner', ts: 1 }
    expect(read({ topic, timestamp: 1_790_000_000, payload })).toEqual(expected)
  })

  test.each([
    [
      { ...long },
      'no-thing: thing missing: send a report with its topic or thingName around it, or name the thing (?thing=NAME, --thing NAME)',
    ],
    [{ ...long, thing: 'a\u0007' }, 'bad-thing-name: thing "a\\u0007"'],
    [{ ...long, thing: 't', ts: 'noon' }, 'bad-timestamp: timestamp "noon"'],
    [
      { ...long, thing: 't', header: { report_id: 12, version: '1.0' } },
      'bad-timestamp: header.report_id 12',
    ],
    [{ met: {}, thing: 't', hed: { rid: 'x' } }, 'bad-timestamp: hed.rid "x"'],
    [{ metrics: {}, thing: 't' }, 'bad-timestamp: header.report_id missing'],
    [{ thing: 't', ts: 1_790_000_000, payload: '@@' }, 'malformed: payload "@@"'],
    [{ thing: 't', ts: 1_790_000_000, payload: 'AAAA' }, 'malformed: payload "AAAA"'],
  ])('a report without is refused as a whole (%#)', (document, reject) => {
    expect(read(document)).toEqual({ rows: [], rejects: [`1 ${reject}`] })
  })

  test('report ids in milliseconds, and plausible ones only', () => {
    const header = (report_id: number) => ({ ...long, header: { report_id } })
    expect(read(header(1_795_164_150_123), { thing: 't' }).rows[0]).toContain(' 1795164150123 ')
    for (const id of [1_262_304_000, 4_102_444_799]) {
      expect(read(header(id), { thing: 't' }).rows).toHaveLength(7)
    }
    for (const id of [1_262_303_999, 4_102_444_800]) {
      expect(read(header(id), { thing: 't' }).rows).toHaveLength(0)
    }
  })
})

describe('malformed parts', () => {
  const base = { thing: 't', ts: 1_790_000_000 }

  test('each is refused by its path and leaves the rest', () => {
    const document = {
      ...base,
      header: 5,
      metrics: {
        network_stats: { bytes_in: 'abc', bytes_out: -1, packets_in: null, po: 9 },
        listening_tcp_ports: { total: [], ports: [{ port: 1 }] },
        up: { pts: 'none' },
        tcp_connections: { ec: 'none' },
      },
      custom_metrics: { cpu_usage: { number: 1 } },
    }
    expect(read(document)).toEqual({
      rows: ['t aws:all-packets-out 1790000000000 9'],
      rejects: [
        '1 malformed: header 5',
        '1 not-a-number: metrics.network_stats.bytes_in "abc"',
        '1 negative-count: metrics.network_stats.bytes_out -1',
        '1 not-a-number: metrics.network_stats.packets_in null',
        '1 not-a-number: metrics.listening_tcp_ports.total list of 0',
        '1 malformed: metrics.up.pts "none"',
        '1 malformed: metrics.tcp_connections.ec "none"',
        '1 malformed: custom_metrics.cpu_usage object with number',
      ],
    })
  })

  test('a malformed container is refused once', () => {
    expect(read({ ...base, header: {}, metrics: 5, cmet: [] }).rejects).toEqual([
      '1 malformed: metrics 5',
      '1 malformed: cmet list of 0',
    ])
    expect(read({ ...base, header: {}, met: { ns: [] } }).rejects).toEqual([
      '1 malformed: met.ns list of 0',
    ])
    expect(read({ ...base, header: {} }).rejects).toEqual([
      '1 malformed: neither metrics nor custom_metrics',
    ])
  })

  test('custom metrics of others and of other types are not ours', () => {
    const cmet = {
      cpu_usage: [{ number_list: [1, 2] }],
      memory: [{ number: 5 }],
      peers: [{ ip_list: ['172.0.0.10'] }],
      odd: 'anything',
      'aws:num-disconnects': [{ number: 5 }],
      broken: [{ number: 'many' }],
    }
    expect(read({ ...base, hed: {}, cmet })).toEqual({
      rows: [],
      rejects: [
        '1 not-a-number: cmet.cpu_usage[0].number_list list of 2',
        '1 not-a-number: cmet.broken[0].number "many"',
      ],
    })
    expect(read({ ...base, hed: {}, cmet: { cpu_usage: [{ number: 'many' }] } }).rejects).toEqual([
      '1 not-a-number: cmet.cpu_usage[0].number "many"',
    ])
    expect(read({ ...base, cmet: { cpu_usage: [{ number: 1 }, { number: 2 }] } }).rejects).toEqual([
      '1 malformed: cmet.cpu_usage list of 2',
    ])
  })

  test('metrics that the run does not know are left out', () => {
    expect(read({ ...long, thing: 't' }, { metrics: ['aws:all-bytes-in'] })).toEqual({
      rows: ['t aws:all-bytes-in 1795164150000 4443'],
      rejects: [],
    })
  })

  test('one bad leaf costs one row at most', () => {
    const leaves = ['bytes_in', 'bytes_out', 'packets_in', 'packets_out']
    const other = fc.oneof(
      fc.string(),
      fc.constant(null),
      fc.boolean(),
      fc.constant([]),
      fc.object(),
    )
    fc.assert(
      fc.property(fc.constantFrom(...leaves), other, (leaf, value) => {
        const network_stats = { ...long.metrics.network_stats, [leaf]: value }
        const metrics = { ...long.metrics, network_stats }
        const { rows, rejects } = read({ ...long, metrics, thing: 't' })
        expect(rows).toHaveLength(6)
        expect(rejects).toHaveLength(1)
        expect(rejects[0]).toContain(`not-a-number: metrics.network_stats.${leaf} `)
      }),
    )
  })
})
