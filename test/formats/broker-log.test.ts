import { describe, expect, test } from 'vitest'
import { CLOUD_COUNTERS } from '../../src/domain/metric.ts'
import { readDocument } from '../../src/formats/documents.ts'
import { movedRows, newBuilder, rejectsOf, rowsOf, sampleText } from './document-rows.ts'

function read(lines: unknown[], context = {}) {
  const builder = newBuilder(context)
  for (const [i, line] of lines.entries()) readDocument(line, builder, i + 1, '')
  return builder
}

const sample = sampleText('awsiotlogsv2.ndjson')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))

const line = {
  timestamp: '2026-09-19 19:19:13.620',
  logLevel: 'INFO',
  status: 'Success',
  eventType: 'Connect',
  clientId: 'c1',
}
const T = Date.UTC(2026, 8, 19, 19, 19, 13, 620)

describe('log lines', () => {
  test('the documented lines, with zeros in each of their windows', () => {
    const client = 'abf27092886e49a8a5c1922749736453'
    const builder = read(sample)
    const [first, second, third] = [1_502_379_443_476, 1_502_379_570_961, 1_502_380_043_476]
    const zeros = (time: number) => CLOUD_COUNTERS.map((name) => `${client} ${name} ${time} 0`)
    // The first two lines lie on either side of no window's edge: 15:37 and 15:39 share one.
    expect(rowsOf(builder)).toEqual([
      ...zeros(first),
      `${client} aws:num-connection-attempts ${first} 1`,
      `${client} aws:num-messages-sent ${second} 1`,
      ...zeros(third),
      `${client} aws:num-disconnects ${third} 1`,
    ])
    expect(rejectsOf(builder)).toEqual([])
    expect(builder.versions).toBeNull()
  })

  test.each([
    [{}, ['num-connection-attempts']],
    [{ status: 'Failure' }, ['num-connection-attempts']],
    [{ eventType: 'Publish-In' }, ['num-messages-sent']],
    [{ eventType: 'Publish-In', status: 'Failure' }, []],
    [{ eventType: 'Publish-Out' }, ['num-messages-received']],
    [{ eventType: 'Disconnect', status: 'Failure' }, ['num-disconnects']],
    [{ eventType: 'Subscribe' }, []],
    [
      { status: 'Failure', reason: 'AUTHORIZATION_FAILURE' },
      ['num-connection-attempts', 'num-authorization-failures'],
    ],
    [
      { eventType: 'Subscribe', status: 'Failure', reason: 'AUTHORIZATION_FAILED' },
      ['num-authorization-failures'],
    ],
    [
      { eventType: 'Publish-In', status: 'Failure', details: 'Authorization Failure' },
      ['num-authorization-failures'],
    ],
    [{ eventType: 'Subscribe', reason: 'AUTHORIZATION_FAILURE' }, []],
  ])('%j counts %j', (change, names) => {
    expect(movedRows(read([{ ...line, ...change }]))).toEqual(
      names.map((name) => `c1 aws:${name} ${T} 1`),
    )
  })

  test('a message has a size only where the line says so', () => {
    const publish = { ...line, eventType: 'Publish-In' }
    expect(movedRows(read([{ ...publish, payloadSize: 312 }]))).toEqual([
      `c1 aws:num-messages-sent ${T} 1`,
      `c1 aws:message-byte-size ${T} 312`,
    ])
    const bad = read([
      { ...publish, payloadSize: 'big' },
      { ...publish, payloadSize: -1 },
    ])
    expect(movedRows(bad)).toHaveLength(2)
    expect(rejectsOf(bad)).toEqual([
      '1 not-a-number: payloadSize "big"',
      '2 negative-count: payloadSize -1',
    ])
    expect(movedRows(read([{ ...line, payloadSize: 312 }]))).toHaveLength(1)
  })

  test('lines about other things add nothing, malformed ones are refused', () => {
    const builder = read(
      [
        { ...line, clientId: undefined },
        { ...line, timestamp: 'noon' },
        { ...line, timestamp: '2026-09-19 19:20:00.000' },
        { ...line, clientId: 'x\u0001' },
        { ...line, clientId: 5 },
      ],
      { notAfter: T },
    )
    expect(rowsOf(builder)).toEqual([])
    expect(rejectsOf(builder)).toEqual([
      '2 bad-timestamp: timestamp "noon"',
      '3 future-dated: timestamp "2026-09-19 19:20:00.000"',
      '4 bad-thing-name: clientId "x\\u0001"',
      '5 bad-thing-name: clientId 5',
    ])
  })
})

describe('explicit zeros', () => {
  test('once per thing and window, for the counters that are known', () => {
    const metrics = ['cpu_usage', 'aws:num-disconnects', 'aws:num-messages-sent']
    const at = (minute: number, clientId: string) => ({
      ...line,
      clientId,
      timestamp: `2026-09-19 19:${String(minute).padStart(2, '0')}:00`,
    })
    const builder = read([at(0, 'a'), at(4, 'a'), at(4, 'b'), at(5, 'a')], { metrics })
    const start = Date.UTC(2026, 8, 19, 19)
    expect(rowsOf(builder)).toEqual([
      `a aws:num-disconnects ${start} 0`,
      `a aws:num-messages-sent ${start} 0`,
      `b aws:num-disconnects ${start + 240_000} 0`,
      `b aws:num-messages-sent ${start + 240_000} 0`,
      `a aws:num-disconnects ${start + 300_000} 0`,
      `a aws:num-messages-sent ${start + 300_000} 0`,
    ])
  })

  test('each chunk has its own', () => {
    expect(rowsOf(read([line]))).toEqual(rowsOf(read([line])))
  })
})
