import { createHmac } from 'node:crypto'
import { type EpochMs, SECOND_MS } from '../domain/time.ts'
import { formatViolationEvent } from '../domain/violation.ts'
import type { Channel, Notification } from '../respond/channel.ts'
import { floodPayload } from '../respond/payload.ts'
import { type PostLimits, post } from './post.ts'

export interface WebhookSettings {
  /** Tells several webhooks apart, for good: rows of the outbox carry it. */
  name: string
  url: string
  /** Keys of Standard Webhooks, decoded; one signature each, so that keys can be exchanged. Empty: unsigned. */
  keys: readonly Uint8Array[]
  /** Further headers, such as `authorization`. */
  headers: Readonly<Record<string, string>>
  profiles: readonly string[] | null
  floodFrom: number
  /** CloudEvents' `source`. */
  source: string
  limits: PostLimits
}

const SHOWN_IN_FLOOD = 10

/**
 * Posts CloudEvents 1.0 in structured mode, signed as Standard Webhooks: `webhook-id` is the notification's key,
 * the same in every repetition, for the receiver to know what it has.
 */
export function webhookChannel(settings: WebhookSettings): Channel {
  const url = new URL(settings.url)
  return {
    name: `webhook/${settings.name}`,
    bundling: { kind: 'floods', from: settings.floodFrom, shows: SHOWN_IN_FLOOD },
    alertTarget: null,
    concurrency: 4,
    profiles: settings.profiles === null ? null : new Set(settings.profiles),
    standing: null,
    async deliver(notification, _target, now, signal) {
      const body = cloudEvent(notification, settings.source)
      const headers = {
        ...settings.headers,
        'content-type': 'application/cloudevents+json; charset=utf-8',
        ...signed(notification.key, Math.floor(now / SECOND_MS), body, settings.keys),
      }
      await post(url, headers, body, settings.limits, signal)
    },
  }
}

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
function cloudEvent(notification: Notification, source: string): string {
  const { key } = notification
  const more = { source, datacontenttype: 'application/json', specversion: '1.0' }
  if (notification.kind === 'flood') {
    const { type, firstTime } = notification.flood
    const envelope = { id: key, type: `fleet-detect.flood.${type}`, time: iso(firstTime), ...more }
    return withData(envelope, JSON.stringify(floodPayload(notification.flood)))
  }
  const { violationEventType, violationEventTime, thingName } = notification.event
  const type = `fleet-detect.violation.${violationEventType}`
  const envelope = { id: key, type, subject: thingName, time: iso(violationEventTime), ...more }
  return withData(envelope, formatViolationEvent(notification.event))
}

function withData(envelope: Readonly<Record<string, string>>, data: string): string {
  return `${JSON.stringify(envelope).slice(0, -1)},"data":${data}}`
}

function iso(time: EpochMs): string {
  return new Date(time).toISOString()
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function signed(id: string, seconds: number, body: string, keys: readonly Uint8Array[]) {
  const named = { 'webhook-id': id, 'webhook-timestamp': String(seconds) }
  if (keys.length === 0) return named
  const text = `${id}.${seconds}.${body}`
  const signatures = keys.map(
    (key) => `v1,${createHmac('sha256', key).update(text).digest('base64')}`,
  )
  return { ...named, 'webhook-signature': signatures.join(' ') }
}
