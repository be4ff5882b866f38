import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ChunkBuilder } from '../../src/columnar/chunk.ts'
import { CLOUD_COUNTERS } from '../../src/domain/metric.ts'
import { readDocument } from '../../src/formats/documents.ts'
import { movedRows, newBuilder, rejectsOf, rowsOf, sampleText } from './document-rows.ts'

const [connected, disconnected] = sampleText('lifecycle.ndjson')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
const failed = {
  clientId: '186b5',
  timestamp: 1_460_065_214_626,
  eventType: 'connect_failed',
  connectFailureReason: 'AUTHORIZATION_FAILED',
  sessionIdentifier: '00000000-0000-0000-0000-000000000000',
}

function read(events: unknown[]): ChunkBuilder {
  const builder = newBuilder()
  for (const [i, event] of events.entries()) readDocument(event, builder, i + 1, '')
  return builder
}

/** The identities of the rows that are no explicit zeros. */
function identities(builder: ChunkBuilder): number[] {
  const { value, rows } = builder.chunk()
  return Array.from({ length: rows }, (_, i) => i)
    .filter((i) => value[i] === 1)
    .map((i) => builder.versions!.identity[i]!)
}

test('connect, disconnect and a connect that was not authorized', () => {
  const builder = read([connected, disconnected, failed])
  expect(movedRows(builder)).toEqual([
    '186b5 aws:num-connection-attempts 1573002230757 1',
    '186b5 aws:num-disconnects 1573002340451 1',
    '186b5 aws:num-connection-attempts 1460065214626 1',
    '186b5 aws:num-authorization-failures 1460065214626 1',
  ])
  expect(rejectsOf(builder)).toEqual([])
})

test('zeros are plain rows, events are not', () => {
  const builder = read([connected, disconnected, failed])
  const { value, rows } = builder.chunk()
  for (let i = 0; i < rows; i++) expect(builder.versions!.identity[i] === 0).toBe(value[i] === 0)
  expect(rowsOf(builder).slice(0, 5)).toEqual(
    CLOUD_COUNTERS.map((name) => `186b5 ${name} 1573002230757 0`),
  )
})

test('repetitions share an identity, whatever order they come in', () => {
  const [first, second, third] = identities(read([connected, disconnected, connected]))
  expect(first).toBe(third)
  expect(first).not.toBe(second)
  expect(identities(read([disconnected, connected]))).toEqual([second, first])
})

test('another session, version, kind or moment is another event', () => {
  const changes = [
    {},
    { sessionIdentifier: 'b' },
    { versionNumber: 1 },
    { eventType: 'disconnected' },
    { timestamp: 1_573_002_230_758 },
    { sessionIdentifier: undefined, versionNumber: undefined },
  ]
  const all = identities(read(changes.map((change) => ({ ...connected, ...change }))))
  expect(new Set(all).size).toBe(changes.length)
})

test('identities are whole, positive and exact in a double', () => {
  const part = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.object())
  fc.assert(
    fc.property(part, part, (sessionIdentifier, versionNumber) => {
      const [identity] = identities(read([{ ...connected, sessionIdentifier, versionNumber }]))
      expect(Number.isSafeInteger(identity) && identity! > 0).toBe(true)
    }),
  )
})

test('subscriptions only show that the thing is active', () => {
  const builder = read([
    { ...connected, eventType: 'subscribed', topics: ['a/b'] },
    { ...connected, eventType: 'unsubscribed', topics: ['a/b'] },
  ])
  expect(rowsOf(builder)).toEqual(CLOUD_COUNTERS.map((name) => `186b5 ${name} 1573002230757 0`))
  expect(builder.versions).toBeNull()
})

test('malformed events are refused', () => {
  expect(
    rejectsOf(
      read([
        { ...connected, clientId: undefined },
        { ...connected, clientId: 'a\n' },
        { ...connected, timestamp: 'x' },
      ]),
    ),
  ).toEqual([
    '1 no-thing: clientId missing',
    '2 bad-thing-name: clientId "a\\n"',
    '3 bad-timestamp: timestamp "x"',
  ])
})
