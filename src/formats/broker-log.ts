import { CONNECTED, DISCONNECT_DURATION, DISCONNECTED, isTakenOver } from '../domain/presence.ts'
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
import { addValue, type ValuePlace } from './metric-value.ts'
import { seriesOnTopic } from './topics.ts'

export const SOURCE_ADDRESS = 'aws:source-ip-address'

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
  const { builder } = source
  markActive(builder, thing, time)
  const seriesOf = (name: string): number[] => concerned(name, event, source)
  for (const name of countedBy(event)) {
    for (const metric of seriesOf(name)) builder.push(thing, metric, time, 1)
  }
  if (event.eventType === 'Connect' && event.status === 'Success') {
    addPresence(true, event.disconnectReason, thing, time, source)
  } else if (event.eventType === 'Disconnect') {
    addPresence(false, event.disconnectReason, thing, time, source)
  }
  for (const metric of addressed(event, source)) {
    addAddress(event.sourceIp, 'sourceIp', { metric, thing, time }, source)
  }
  if (event.eventType === 'Publish-In' && event.payloadSize !== undefined) {
    const value = numberOf(event.payloadSize)
    const size = { ...fields, value: event.payloadSize, path: 'payloadSize' }
    for (const metric of seriesOf('aws:message-byte-size')) {
      if (!accepts(source, metric, time, value, size)) break
      builder.push(thing, metric, time, value)
    }
  }
}

/** The series of a metric that an event adds to: the metric itself, and those of topics like its own. */
function concerned(name: string, event: Fields, source: DocumentSource): number[] {
  const own = metricOf(source, name)
  const { topicName, clientId } = event
  const narrowed =
    typeof topicName === 'string' && typeof clientId === 'string'
      ? seriesOnTopic(source.builder, name, topicName, clientId)
      : []
  return own < 0 ? narrowed : [own, ...narrowed]
}

/** Where a device connects from counts, and for topics whence what concerns them comes. */
function addressed(event: Fields, source: DocumentSource): number[] {
  const own = metricOf(source, SOURCE_ADDRESS)
  const series = concerned(SOURCE_ADDRESS, event, source)
  return event.eventType === 'Connect' ? series : series.filter((metric) => metric !== own)
}

/** Notes that a device came or went, if anybody wants to know: see `Presence`. */
export function addPresence(
  connected: boolean,
  disconnectReason: unknown,
  thing: number,
  time: EpochMs,
  source: DocumentSource,
): void {
  const metric = metricOf(source, DISCONNECT_DURATION)
  if (metric < 0 || (!connected && isTakenOver(disconnectReason))) return
  source.builder.push(thing, metric, time, connected ? CONNECTED : DISCONNECTED)
}

/** Notes where a device connected from, if that is said and anybody wants to know. */
export function addAddress(
  address: unknown,
  path: string,
  place: ValuePlace,
  source: DocumentSource,
): void {
  if (place.metric < 0 || address === undefined || address === null) return
  const fields = { metric: SOURCE_ADDRESS, time: place.time, timePath: 'timestamp' }
  addValue({ kind: 'list', value: [address], path }, place, fields, source)
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
