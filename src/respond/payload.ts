import { behaviorName, type ViolationEvent } from '../domain/violation.ts'
import type { Flood } from './channel.ts'

/**
 * AWS's own SNS message of an event (detect-reference of AWS IoT, payloads of 2018 to 2020): the members of
 * ViolationEvent with the time in epoch milliseconds; `violationEventAdditionalInfo` on learned behaviors.
 */
export function awsMessage(event: ViolationEvent): string {
  const { metricValue, violationEventAdditionalInfo } = event
  return JSON.stringify({
    violationEventTime: event.violationEventTime,
    thingName: event.thingName,
    behavior: event.behavior,
    violationEventType: event.violationEventType,
    ...(metricValue === null ? {} : { metricValue }),
    violationId: event.violationId,
    securityProfileName: event.securityProfileName,
    ...(violationEventAdditionalInfo === null ? {} : { violationEventAdditionalInfo }),
  })
}

/** What a notification of a flood carries, whatever the channel. Times are epoch milliseconds. */
export interface FloodPayload {
  violationEventType: string
  securityProfileName: string
  behavior: Readonly<Record<string, unknown>>
  violationCount: number
  /** The first of them. */
  thingNames: readonly string[]
  violationIds: readonly string[]
  firstViolationEventTime: number
  lastViolationEventTime: number
  metricValueRange?: { lowest: number; highest: number }
  text: string
}

export function floodPayload(flood: Flood): FloodPayload {
  return {
    violationEventType: flood.type,
    securityProfileName: flood.profile,
    behavior: flood.events[0]?.behavior ?? { name: flood.behavior },
    violationCount: flood.count,
    thingNames: flood.events.map(({ thingName }) => thingName),
    violationIds: flood.events.map(({ violationId }) => violationId),
    firstViolationEventTime: flood.firstTime,
    lastViolationEventTime: flood.lastTime,
    ...(flood.measured === null ? {} : { metricValueRange: flood.measured }),
    text: floodText(flood),
  }
}

const TYPE_WORDS = {
  'in-alarm': 'went in alarm',
  'alarm-cleared': 'cleared their alarms',
  'alarm-invalidated': 'had their alarms invalidated',
} as const

/** In one sentence: `100 things went in alarm of bytes-out (sensors): a, b, c and 97 more; measured 5 to 70`. */
export function floodText(flood: Flood): string {
  const named = flood.events.slice(0, 3).map(({ thingName }) => thingName)
  const more = flood.count - named.length
  const things = `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  const { measured } = flood
  const range = measured === null ? '' : `; measured ${rangeText(measured)}`
  return `${flood.count} things ${TYPE_WORDS[flood.type]} of ${flood.behavior} (${flood.profile}): ${things}${range}`
}

function rangeText({ lowest, highest }: { lowest: number; highest: number }): string {
  return lowest === highest ? String(lowest) : `${lowest} to ${highest}`
}

/** One event in a sentence: the explanation where there is one. */
export function eventText(event: ViolationEvent): string {
  const what = `${event.thingName} ${event.violationEventType} of ${behaviorName(event)} (${event.securityProfileName})`
  return event.explanation === null ? what : `${what}: ${event.explanation.text}`
}
