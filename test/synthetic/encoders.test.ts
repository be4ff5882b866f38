import { decode as decodeCborItem } from 'cborg'
import { describe, expect, test } from 'vitest'
import type { ChunkBuilder } from '../../src/columnar/chunk.ts'
import { ML_METRICS } from '../../src/domain/metric.ts'
import { decodeCbor } from '../../src/formats/cbor.ts'
import { readCsvHeader } from '../../src/formats/csv-header.ts'
import { decodeCsv } from '../../src/formats/csv.ts'
import { decodeNdjson } from '../../src/formats/ndjson.ts'
import { encoderFor, type FleetFormat } from '../../src/synthetic/encoders.ts'
import { generateFleet } from '../../src/synthetic/generate.ts'
import type { FleetOptions } from '../../src/synthetic/options.ts'
import { newBuilder, rowsOf as decodedRows } from '../formats/document-rows.ts'
import { rowsOf } from './fleet-rows.ts'

/** Imperfect and attacked: incidents from the first day on. */
const FLEET: Partial<FleetOptions> = { seed: 11, things: 60, days: 1, trainingDays: 0 }
/** Logs have a line per message: less of everything. */
const TALKERS: Partial<FleetOptions> = { ...FLEET, fleet: 'uniform', things: 10, days: 0.2 }

function encoded(format: FleetFormat, options: Partial<FleetOptions> = FLEET): Uint8Array {
  const encoder = encoderFor(format, options.cadenceMs)
  const pieces: Uint8Array[] = []
  for (const chunk of generateFleet(options).chunks()) pieces.push(encoder.encode(chunk).slice())
  pieces.push(encoder.end().slice())
  return Buffer.concat(pieces)
}

function decoded(format: FleetFormat, options: Partial<FleetOptions> = FLEET): ChunkBuilder {
  const bytes = encoded(format, options)
  const builder = newBuilder()
  if (format === 'report-cbor') decodeCbor(bytes, builder)
  else if (format === 'csv') {
    const end = bytes.indexOf(10) + 1
    const layout = readCsvHeader(new TextDecoder().decode(bytes.subarray(0, end)))!
    decodeCsv(bytes.subarray(end), builder, layout)
  } else decodeNdjson(bytes, builder)
  expect(builder.rejects.counts).toEqual({})
  return builder
}

function side(rows: readonly string[], side: 'cloud' | 'device'): string[] {
  const names = new Set(ML_METRICS.filter((m) => m.side === side).map((m) => m.name))
  return rows.filter((row) => names.has(row.split(' ')[1]!))
}

/** Sums by thing, metric and window. */
function sums(rows: readonly string[], windowMs: number, metrics: readonly string[]): string[] {
  const totals = new Map<string, number>()
  for (const row of rows) {
    const [thing, metric, time, value] = row.split(' ')
    if (!metrics.includes(metric!)) continue
    const key = `${thing} ${metric} ${Math.floor(Number(time) / windowMs)}`
    totals.set(key, (totals.get(key) ?? 0) + Number(value))
  }
  return [...totals].map(([key, total]) => `${key} ${total}`).sort()
}

describe('datapoints come back row by row', () => {
  test.each(['ndjson', 'csv', 'export'] as const)('%s', (format) => {
    expect(decodedRows(decoded(format))).toEqual(rowsOf(FLEET))
  })
})

describe('device reports bring the device-side metrics back', () => {
  test.each(['report-json', 'report-cbor'] as const)('%s', (format) => {
    expect(decodedRows(decoded(format)).sort()).toEqual(side(rowsOf(FLEET), 'device').sort())
  })

  test('both say the same', () => {
    const options = { ...FLEET, things: 3, days: 0.1 }
    const documents = new TextDecoder()
      .decode(encoded('report-json', options))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line.replace('/metrics/json', '/metrics/cbor')))
    const bytes = encoded('report-cbor', options)
    // One list of all items, by its indefinite-length form.
    const list = decodeCborItem(Buffer.concat([Uint8Array.of(0x9f), bytes, Uint8Array.of(0xff)]))
    expect(list).toEqual(documents)
  })

  test('connections beyond the listed ones are in the total', () => {
    const metrics = ['aws:num-established-tcp-connections']
    const bytes = encoded('report-json', { ...FLEET, things: 300, metrics })
    const lines = new TextDecoder().decode(bytes).trimEnd().split('\n')
    const lists = lines.map((line) => {
      const { established_connections: list } = JSON.parse(line).payload.metrics.tcp_connections
      return [list.total, list.connections.length]
    })
    expect(Math.max(...lists.map(([total]) => total))).toBeGreaterThan(5)
    for (const [total, listed] of lists) expect(listed).toBe(Math.min(total, 5))
  })

  test('a fleet without device-side metrics makes no reports, one of them a partial one', () => {
    const only = (name: string) => ({ ...FLEET, things: 2, days: 0.01, metrics: [name] })
    expect(encoded('report-json', only('aws:num-disconnects'))).toHaveLength(0)
    expect(encoded('report-cbor', only('aws:num-disconnects'))).toHaveLength(0)
    for (const format of ['report-json', 'report-cbor'] as const) {
      for (const name of ['aws:all-bytes-in', 'aws:num-listening-udp-ports']) {
        expect(decodedRows(decoded(format, only(name)))).toEqual(rowsOf(only(name)))
      }
    }
  })
})

describe('broker logs count up to the cloud-side metrics', () => {
  const counters = ML_METRICS.filter((m) => m.side === 'cloud' && m.aggregation === 'sum').map(
    (m) => m.name,
  )

  test.each([300_000, 900_000])('windows of %d ms', (windowMs) => {
    const options = { ...TALKERS, cadenceMs: windowMs }
    const builder = newBuilder({ windowMs })
    decodeNdjson(encoded('broker-log', options), builder)
    expect(builder.rejects.counts).toEqual({})
    const found = decodedRows(builder)
    expect(sums(found, windowMs, counters)).toEqual(sums(rowsOf(options), windowMs, counters))
  })

  test('message sizes are those of the datapoints with messages', () => {
    const size = 'aws:message-byte-size'
    const sent = 'aws:num-messages-sent'
    const options = { ...TALKERS, clean: true }
    const talked = new Set(
      sums(rowsOf(options), 300_000, [sent])
        .filter((row) => !row.endsWith(' 0'))
        .map((row) => row.replace(sent, size).replace(/ \d+$/, '')),
    )
    const expected = sums(rowsOf(options), 300_000, [size]).filter((row) =>
      talked.has(row.replace(/ \d+$/, '')),
    )
    const found = decodedRows(decoded('broker-log', options)).filter((row) => row.includes(size))
    const largest = new Map<string, number>()
    for (const row of found) {
      const [thing, metric, time, value] = row.split(' ')
      const key = `${thing} ${metric} ${Math.floor(Number(time) / 300_000)}`
      largest.set(key, Math.max(largest.get(key) ?? 0, Number(value)))
    }
    expect([...largest].map(([key, value]) => `${key} ${value}`).sort()).toEqual(expected)
  })

  test('lines are what AWS writes', () => {
    const text = new TextDecoder().decode(encoded('broker-log', TALKERS))
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const traces = new Set(lines.map(({ traceId }) => traceId))
    expect(traces.size).toBe(lines.length)
    for (const line of lines) {
      expect(line.timestamp).toMatch(/^2026-01-0\d \d\d:\d\d:\d\d\.\d{3}$/)
      expect(line.status).toBe(line.reason === 'AUTHORIZATION_FAILURE' ? 'Failure' : 'Success')
      expect(line.principalId).toMatch(/^[0-9a-f]{64}$/)
    }
    expect(new Set(lines.map(({ eventType }) => eventType))).toEqual(
      new Set(['Connect', 'Disconnect', 'Publish-In', 'Publish-Out', 'Subscribe']),
    )
  })
})

describe('lifecycle events count connects and disconnects', () => {
  test('attempts and disconnects', () => {
    const builder = decoded('lifecycle')
    const { versions } = builder
    const metrics = ['aws:num-connection-attempts', 'aws:num-disconnects']
    expect(sums(decodedRows(builder), 300_000, metrics)).toEqual(
      sums(rowsOf(FLEET), 300_000, metrics),
    )
    // No event is taken for the repetition of another.
    const rows = decodedRows(builder)
    const identities = rows.flatMap((row, i) => {
      const identity = versions!.identity[i]!
      return identity === 0 ? [] : [`${row.split(' ').slice(0, 2).join(' ')} ${identity}`]
    })
    expect(new Set(identities).size).toBe(identities.length)
  })

  test('a disconnect ends a session that began before, where there was one', () => {
    const text = new TextDecoder().decode(encoded('lifecycle'))
    const events = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const sessions = new Map<string, Set<string>>()
    for (const { eventType, sessionIdentifier } of events) {
      const types = sessions.get(sessionIdentifier) ?? new Set()
      expect(types.has(eventType)).toBe(false)
      sessions.set(sessionIdentifier, types.add(eventType))
    }
    const pairs = [...sessions.values()].filter((types) => types.size === 2)
    expect(pairs.length).toBeGreaterThan(10)
    for (const types of pairs) expect([...types].sort()).toEqual(['connected', 'disconnected'])
  })
})

test('numbers are written as JSON writes them', async () => {
  const { ByteWriter } = await import('../../src/synthetic/byte-writer.ts')
  const writer = new ByteWriter(16)
  const numbers = [
    0,
    1,
    9,
    10,
    99,
    100,
    2 ** 31 - 1,
    2 ** 31,
    999_999_999,
    1_000_000_000,
    4_294_967_295,
    4_294_967_296,
    1_767_571_209_148,
    999_999_999_999_999,
    1_000_000_000_000_000,
    Number.MAX_SAFE_INTEGER,
    123_000_000_456,
    1.5,
    -3,
    1e21,
    0.1,
  ]
  for (const number of numbers) {
    writer.reserve(32)
    writer.number(number)
    expect(new TextDecoder().decode(writer.take())).toBe(JSON.stringify(number))
  }
})
