import { fnv1a32, hashName } from '../columnar/name-table.ts'
import { markActive } from './activity.ts'
import { addAddress, addPresence, SOURCE_ADDRESS } from './broker-log.ts'
import {
  accepts,
  describe,
  metricOf,
  thingOf,
  timeOf,
  type DocumentSource,
  type Fields,
} from './document-fields.ts'

/** The counters that each presence event moves; subscription events only show that the thing is active. */
const COUNTED: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['connected', ['aws:num-connection-attempts']],
  ['disconnected', ['aws:num-disconnects']],
  ['connect_failed', ['aws:num-connection-attempts', 'aws:num-authorization-failures']],
  ['subscribed', []],
  ['unsubscribed', []],
])

export function isLifecycleEvent(document: Fields): boolean {
  return COUNTED.has(document.eventType)
}

/**
 * Reads a lifecycle event of a client into the counters of the thing named like it. The broker may
 * repeat events and mix up their order: repetitions carry the same identity and collapse in their
 * window.
 */
export function readLifecycleEvent(event: Fields, source: DocumentSource): void {
  const { timestamp } = event
  const time = timeOf(timestamp)
  const fields = {
    metric: null,
    time: timestamp,
    value: 0,
    path: 'clientId',
    timePath: 'timestamp',
  }
  if (!accepts(source, 0, time, 0, fields)) return
  const thing = thingOf(source, event.clientId, 'clientId')
  if (thing < 0) return
  markActive(source.builder, thing, time)
  if (event.eventType === 'connected' || event.eventType === 'connect_failed') {
    const metric = metricOf(source, SOURCE_ADDRESS)
    addAddress(event.ipAddress, 'ipAddress', { metric, thing, time }, source)
  }
  if (event.eventType === 'connected' || event.eventType === 'disconnected') {
    const connected = event.eventType === 'connected'
    addPresence(connected, event.disconnectReason, thing, time, source)
  }
  const identity = identityOf(event)
  for (const name of COUNTED.get(event.eventType) ?? []) {
    const metric = metricOf(source, name)
    if (metric >= 0) source.builder.pushVersion(thing, metric, time, 1, identity, 0)
  }
}

const encoder = new TextEncoder()

/** 53 bits, never 0, the same for every copy of an event. */
function identityOf(event: Fields): number {
  const { sessionIdentifier, versionNumber, eventType, timestamp } = event
  const parts = [sessionIdentifier, versionNumber, eventType, timestamp]
  const key = parts.map((part) => (typeof part === 'string' ? part : describe(part)))
  const bytes = encoder.encode(key.join(' '))
  const high = hashName(bytes, 0, bytes.length) >>> 11
  return high * 2 ** 32 + fnv1a32(bytes, 0, bytes.length) || 1
}
