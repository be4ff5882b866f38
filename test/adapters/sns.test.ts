import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addressGuard } from '../../src/adapters/address-guard.ts'
import { type SnsSettings, snsChannel } from '../../src/adapters/sns.ts'
import { event, flood } from '../respond/events.ts'
import { type Receiver, receiver } from './receiver.ts'

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:alarms'
const PUBLISHED =
  '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m-1</MessageId></PublishResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></PublishResponse>'
const REFUSED =
  '<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist</Message></Error><RequestId>r-1</RequestId></ErrorResponse>'
const signal = new AbortController().signal
let server: Receiver
let refusing = false

beforeEach(async () => {
  refusing = false
  server = await receiver((response) => {
    response.writeHead(refusing ? 404 : 200, { 'content-type': 'text/xml' })
    response.end(refusing ? REFUSED : PUBLISHED)
  })
})
afterEach(() => server.close())

function channel(more: Partial<SnsSettings> = {}) {
  return snsChannel({
    endpoint: server.url,
    region: null,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 's3cret' },
    floodFrom: 10,
    timeoutMs: 20_000,
    guard: addressGuard(['127.0.0.1']),
    ...more,
  })
}

function form(): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(server.received[0]!.body))
}

describe('the SNS channel, through the AWS SDK', () => {
  it("publishes AWS's own message to the topic, signed for its region", async () => {
    const alarm = event('dev-IZWB', 'in-alarm', {
      violationId: '37e18651d207bbc74236c13faf146127',
    })
    await (await channel()).deliver({ kind: 'event', key: 'k', event: alarm }, TOPIC, 0, signal)
    const { method, path, headers } = server.received[0]!
    expect({ method, path }).toEqual({ method: 'POST', path: '/' })
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect(headers.authorization).toMatch(
      /Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/sns\/aws4_request/,
    )
    const { Message, ...rest } = form()
    // Neither Subject nor MessageAttributes.
    expect(rest).toEqual({ Action: 'Publish', Version: '2010-03-31', TopicArn: TOPIC })
    expect(JSON.parse(Message!)).toEqual({
      violationEventTime: 1573786800000,
      thingName: 'dev-IZWB',
      behavior: alarm.behavior,
      violationEventType: 'in-alarm',
      metricValue: { count: 54 },
      violationId: '37e18651d207bbc74236c13faf146127',
      securityProfileName: 'MySecProfile',
    })
  })

  it('adds the confidence level of learned behaviors, and leaves out what was not measured', async () => {
    const alarm = event('lamp', 'alarm-invalidated', {
      violationEventAdditionalInfo: { confidenceLevel: 'HIGH' },
    })
    await (await channel()).deliver({ kind: 'event', key: 'k', event: alarm }, TOPIC, 0, signal)
    const message = JSON.parse(form().Message!) as Record<string, unknown>
    expect(message.violationEventAdditionalInfo).toEqual({ confidenceLevel: 'HIGH' })
    expect(message).not.toHaveProperty('metricValue')
  })

  it('publishes one message of a flood', async () => {
    await (await channel()).deliver(
      { kind: 'flood', key: 'k', flood: flood(100) },
      TOPIC,
      0,
      signal,
    )
    expect(JSON.parse(form().Message!)).toMatchObject({ violationCount: 100 })
  })

  it('fails with what SNS said, and asks once only', async () => {
    refusing = true
    const delivery = (await channel()).deliver(
      { kind: 'event', key: 'k', event: event('lamp') },
      TOPIC,
      0,
      signal,
    )
    await expect(delivery).rejects.toThrow(/alarms: NotFound.*: Topic does not exist/)
    expect(server.received.length).toBe(1)
  })

  it('does not make a host name of what is no topic, nor connect where it must not', async () => {
    const notification = { kind: 'event', key: 'k', event: event('lamp') } as const
    const sns = await channel({ endpoint: null })
    await expect(sns.deliver(notification, 'arn:aws:sns:evil.com/:1:x', 0, signal)).rejects.toThrow(
      '"arn:aws:sns:evil.com/:1:x" is no ARN of an SNS topic',
    )
    const guarded = await channel({ guard: addressGuard([]) })
    await expect(guarded.deliver(notification, TOPIC, 0, signal)).rejects.toThrow('private address')
    const byName = await channel({
      endpoint: server.url.replace('127.0.0.1', 'localhost'),
      guard: addressGuard([]),
    })
    await expect(byName.deliver(notification, TOPIC, 0, signal)).rejects.toThrow('private address')
    expect(server.received).toEqual([])
  })

  it('says what to install where the SDK is missing', async () => {
    const missing = Object.assign(new Error('Cannot find package'), {
      code: 'ERR_MODULE_NOT_FOUND',
    })
    const load = (): Promise<never> => Promise.reject(missing)
    const settings = { endpoint: null, region: null, credentials: null, floodFrom: 1, timeoutMs: 1 }
    await expect(snsChannel({ ...settings, guard: addressGuard([]) }, load)).rejects.toThrow(
      'SNS needs a package that is not installed: npm install @aws-sdk/client-sns',
    )
  })
})
