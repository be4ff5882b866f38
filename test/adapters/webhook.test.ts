import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addressGuard } from '../../src/adapters/address-guard.ts'
import { type WebhookSettings, webhookChannel } from '../../src/adapters/webhook.ts'
import { event, flood, TIME } from '../respond/events.ts'
import { type Receiver, receiver } from './receiver.ts'

const KEY = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64')
const OTHER = Buffer.from('another key of sufficient length')
const signal = new AbortController().signal
let server: Receiver

beforeEach(async () => {
  server = await receiver()
})
afterEach(() => server.close())

function channel(more: Partial<WebhookSettings> = {}) {
  return webhookChannel({
    name: 'ops',
    url: `${server.url}/hook`,
    keys: [KEY],
    headers: { 'x-tenant': 'a' },
    profiles: null,
    floodFrom: 10,
    source: '/fleet-detect',
    limits: {
      guard: addressGuard(['127.0.0.1']),
      timeoutMs: 20_000,
      maxAnswerBytes: 1_000,
      redirects: 0,
    },
    ...more,
  })
}

function verify(key: Uint8Array): unknown {
  const { body, headers } = server.received[0]!
  return new Webhook(Buffer.from(key).toString('base64')).verify(
    body,
    headers as Record<string, string>,
  )
}

describe('the webhook channel', () => {
  it('posts a CloudEvent that the standardwebhooks package accepts', async () => {
    await channel().deliver(
      { kind: 'event', key: 'k-1', event: event('lamp') },
      '',
      Date.now(),
      signal,
    )
    expect(server.received[0]).toMatchObject({
      path: '/hook',
      headers: {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'webhook-id': 'k-1',
        'x-tenant': 'a',
      },
    })
    expect(verify(KEY)).toEqual({
      specversion: '1.0',
      id: 'k-1',
      source: '/fleet-detect',
      type: 'fleet-detect.violation.in-alarm',
      subject: 'lamp',
      time: new Date(TIME).toISOString(),
      datacontenttype: 'application/json',
      data: expect.objectContaining({ thingName: 'lamp', violationEventTime: TIME }),
    })
  })

  it('is refused by the package under another key, at another time and when a byte was changed', async () => {
    const notification = { kind: 'event', key: 'k-1', event: event('lamp') } as const
    await channel().deliver(notification, '', Date.now(), signal)
    expect(() => verify(OTHER)).toThrow('No matching signature')
    server.received[0]!.body = server.received[0]!.body.replace('lamp', 'lamb')
    expect(() => verify(KEY)).toThrow('No matching signature')
    server.received.length = 0
    await channel().deliver(notification, '', Date.now() - 3_600_000, signal)
    expect(() => verify(KEY)).toThrow('too old')
  })

  it('signs with every key while keys are exchanged, and not at all without one', async () => {
    const notification = { kind: 'event', key: 'k-1', event: event('lamp') } as const
    await channel({ keys: [OTHER, KEY] }).deliver(notification, '', Date.now(), signal)
    expect(verify(KEY)).toEqual(verify(OTHER))
    await channel({ keys: [] }).deliver(notification, '', Date.now(), signal)
    expect(server.received[1]?.headers).not.toHaveProperty('webhook-signature')
  })

  it('says of a flood how many, the first things and the range', async () => {
    const wanted = { kind: 'flood', key: 'k-2', flood: flood(100) } as const
    await channel().deliver(wanted, '', Date.now(), signal)
    expect(verify(KEY)).toMatchObject({
      id: 'k-2',
      type: 'fleet-detect.flood.in-alarm',
      data: {
        violationEventType: 'in-alarm',
        securityProfileName: 'MySecProfile',
        behavior: { name: 'MessagesPub' },
        violationCount: 100,
        thingNames: Array.from({ length: 10 }, (_, i) => `lamp-${i}`),
        firstViolationEventTime: TIME,
        lastViolationEventTime: TIME + 300_000,
        metricValueRange: { lowest: 11, highest: 70 },
        text: '100 things went in alarm of MessagesPub (MySecProfile): lamp-0, lamp-1, lamp-2 and 97 more; measured 11 to 70',
      },
    })
  })
})
