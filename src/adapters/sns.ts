import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { SNSClient } from '@aws-sdk/client-sns'
import { DetectError } from '../domain/errors.ts'
import { type Channel, DeliveryFailed, type Notification } from '../respond/channel.ts'
import { awsMessage, floodPayload } from '../respond/payload.ts'
import type { AddressGuard } from './address-guard.ts'
import { withDeadline } from './deadline.ts'

export interface SnsSettings {
  /** Null: Amazon's of the region. */
  endpoint: string | null
  /** Null: that of each topic. */
  region: string | null
  /** Null: as the AWS SDK finds them: environment, profile, role of the machine. */
  credentials: { accessKeyId: string; secretAccessKey: string } | null
  floodFrom: number
  timeoutMs: number
  guard: AddressGuard
}

type Sdk = typeof import('@aws-sdk/client-sns')

const SHOWN_IN_FLOOD = 10

/**
 * Publishes to the topics that security profiles name in `alertTargets`. Single events are AWS's own message.
 * The AWS SDK is loaded here and nowhere else; rejects with a usage error where it is not installed.
 */
export async function snsChannel(
  settings: SnsSettings,
  load: () => Promise<Sdk> = () => import('@aws-sdk/client-sns'),
): Promise<Channel> {
  const sdk = await loaded(load)
  const clients = new Map<string, SNSClient>()
  return {
    name: 'sns',
    bundling: { kind: 'floods', from: settings.floodFrom, shows: SHOWN_IN_FLOOD },
    alertTarget: 'SNS',
    concurrency: 4,
    profiles: null,
    standing: null,
    async deliver(notification, topic, _now, signal) {
      const region = settings.region ?? regionOf(topic)
      const client = clients.get(region) ?? makeClient(sdk, region, settings)
      clients.set(region, client)
      const command = new sdk.PublishCommand({ TopicArn: topic, Message: messageOf(notification) })
      try {
        await withDeadline(settings.timeoutMs, signal, (deadline) =>
          client.send(command, { abortSignal: deadline }),
        )
      } catch (error) {
        throw failure(topic, error)
      }
    },
  }
}

async function loaded(load: () => Promise<Sdk>): Promise<Sdk> {
  try {
    return await load()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    const message = 'SNS needs a package that is not installed: npm install @aws-sdk/client-sns'
    throw new DetectError('usage', message, { cause: error })
  }
}

function makeClient(sdk: Sdk, region: string, settings: SnsSettings): SNSClient {
  const { endpoint, credentials, guard } = settings
  if (endpoint !== null) guard.checkHost(new URL(endpoint).hostname)
  const agent = { keepAlive: true, lookup: guard.lookup }
  return new sdk.SNSClient({
    region,
    // The outbox repeats, with its own back-off.
    maxAttempts: 1,
    requestHandler: { httpAgent: new HttpAgent(agent), httpsAgent: new HttpsAgent(agent) },
    ...(endpoint === null ? {} : { endpoint }),
    ...(credentials === null ? {} : { credentials }),
  })
}

const TOPIC = /^arn:[a-z0-9-]+:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_.-]+$/

/** `us-east-1` of `arn:aws:sns:us-east-1:123456789012:alarms`. It becomes part of a host name: checked. */
function regionOf(topic: string): string {
  const region = TOPIC.exec(topic)?.[1]
  if (region === undefined)
    throw new DeliveryFailed(`${JSON.stringify(topic)} is no ARN of an SNS topic`, {
      refused: true,
    })
  return region
}

function messageOf(notification: Notification): string {
  return notification.kind === 'event'
    ? awsMessage(notification.event)
    : JSON.stringify(floodPayload(notification.flood))
}

/** Of one topic, or one message: those of other profiles may be taken. */
const REFUSES_TOPIC: readonly string[] = [
  'AuthorizationErrorException',
  'InvalidParameterException',
  'InvalidParameterValueException',
  'KMSAccessDeniedException',
  'KMSDisabledException',
  'KMSInvalidStateException',
  'KMSNotFoundException',
  'NotFoundException',
]

function failure(topic: string, error: unknown): DeliveryFailed {
  if (error instanceof DeliveryFailed) return error
  const { name, message } =
    error instanceof Error ? error : { name: 'Error', message: String(error) }
  const refused = REFUSES_TOPIC.includes(name)
  return new DeliveryFailed(`${topic}: ${name}: ${message}`, { refused, cause: error })
}
