import type { EpochMs } from '../domain/time.ts'
import { markActive } from './activity.ts'
import {
  accepts,
  metricOf,
  numberOf,
  thingOf,
  timeOf,
  type DocumentSource,
  type Fields,
} from './document-fields.ts'
import { addValue } from './metric-value.ts'

/** What `reason` or `details` of a failure say when a policy forbade it. */
const FORBIDDEN = /authorization[ _-]?fail/i

/**
 * Reads a line of an AWSIotLogsV2 log into the cloud-side metrics of the thing named like its client:
 * a row of 1 per event counted, and zeros for what else the thing could have moved in that window.
 * Lines without a client are about other matters and add nothing.
 */
export function readBrokerLine(event: Fields, source: DocumentSource): void {
  const { clientId, timestamp } = event
  if (clientId === undefined || clientId === null || clientId === '') return
  const time = timeOf(timestamp)
  const fields = {
    metric: null,
    time: timestamp,
    value: 0,
    path: 'clientId',
    timePath: 'timestamp',
  }
  if (!accepts(source, 0, time, 0, fields)) return
  const thing = thingOf(source, clientId, 'clientId')
  if (thing < 0) return
  markActive(source.builder, thing, time)
  for (const name of countedBy(event)) {
    const metric = metricOf(source, name)
    if (metric >= 0) source.builder.push(thing, metric, time, 1)
  }
  if (event.eventType === 'Connect') addAddress(event.sourceIp, 'sourceIp', thing, time, source)
  if (event.eventType === 'Publish-In' && event.payloadSize !== undefined) {
    const metric = metricOf(source, 'aws:message-byte-size')
    const value = numberOf(event.payloadSize)
    const size = { ...fields, value: event.payloadSize, path: 'payloadSize' }
    if (metric >= 0 && accepts(source, metric, time, value, size)) {
      source.builder.push(thing, metric, time, value)
    }
  }
}

/** Notes where a device connected from, if that is said and anybody wants to know. */
export function addAddress(
  address: unknown,
  path: string,
  thing: number,
  time: EpochMs,
  source: DocumentSource,
): void {
  const name = 'aws:source-ip-address'
  const metric = metricOf(source, name)
  if (metric < 0 || address === undefined || address === null) return
  const fields = { metric: name, time, timePath: 'timestamp' }
  addValue({ kind: 'list', value: [address], path }, { metric, thing, time }, fields, source)
}

/** The counters that this event moves (guide, "Cloud-side metrics"): at most two. */
function countedBy(event: Fields): string[] {
  const counted: string[] = []
  const { eventType, status } = event
  if (eventType === 'Connect') counted.push('aws:num-connection-attempts')
  else if (eventType === 'Disconnect') counted.push('aws:num-disconnects')
  else if (eventType === 'Publish-In' && status === 'Success') {
    counted.push('aws:num-messages-sent')
  } else if (eventType === 'Publish-Out' && status === 'Success') {
    counted.push('aws:num-messages-received')
  }
  if (status === 'Failure' && (forbids(event.reason) || forbids(event.details))) {
    counted.push('aws:num-authorization-failures')
  }
  return counted
}

function forbids(why: unknown): boolean {
  return typeof why === 'string' && FORBIDDEN.test(why)
}
