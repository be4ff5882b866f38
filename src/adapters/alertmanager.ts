import { type EpochMs, MINUTE_MS } from '../domain/time.ts'
import { behaviorName, type ViolationEvent } from '../domain/violation.ts'
import type { Channel, Notification } from '../respond/channel.ts'
import { eventText } from '../respond/payload.ts'
import { type PostLimits, post } from './post.ts'

export interface AlertmanagerSettings {
  /** Its root: `http://alertmanager:9093`. */
  url: string
  headers: Readonly<Record<string, string>>
  profiles: readonly string[] | null
  limits: PostLimits
}

/** How often standing alarms are posted again, and for how long a post holds: as Prometheus does. */
const REPEAT_MS: number = MINUTE_MS
const HOLD_MS: number = 4 * REPEAT_MS
/** Alerts in one post. */
const ALERTS = 500

/**
 * Alerts of Alertmanager's API v2. Its own grouping makes the messages for people, so every event becomes an
 * alert, many in one post. Alerts have no ids: labels are what tells them apart, and a repeated post changes
 * nothing.
 */
export function alertmanagerChannel(settings: AlertmanagerSettings): Channel {
  const url = new URL('api/v2/alerts', settings.url.replace(/\/?$/, '/'))
  const headers = { ...settings.headers, 'content-type': 'application/json' }
  const send = (
    events: readonly ViolationEvent[],
    now: EpochMs,
    signal: AbortSignal,
  ): Promise<void> => {
    const alerts = events.map((event) => alertOf(event, now))
    return post(url, headers, JSON.stringify(alerts), settings.limits, signal)
  }
  return {
    name: 'alertmanager',
    bundling: { kind: 'batches', atMost: ALERTS },
    alertTarget: null,
    concurrency: 1,
    profiles: settings.profiles === null ? null : new Set(settings.profiles),
    deliver: (notification, _target, now, signal) => send(eventsOf(notification), now, signal),
    standing: { everyMs: REPEAT_MS, atMost: ALERTS, repeat: send },
  }
}

function eventsOf(notification: Notification): readonly ViolationEvent[] {
  return notification.kind === 'event' ? [notification.event] : notification.flood.events
}

function alertOf(event: ViolationEvent, now: EpochMs) {
  const { violationEventTime, violationEventType, violationEventAdditionalInfo, behavior } = event
  const name = behaviorName(event)
  const fires = violationEventType === 'in-alarm'
  const confidence = violationEventAdditionalInfo?.confidenceLevel
  return {
    labels: {
      alertname: name,
      thing: event.thingName,
      securityprofile: event.securityProfileName,
      behavior: name,
      ...(typeof behavior.metric === 'string' ? { metric: behavior.metric } : {}),
      ...(confidence === undefined ? {} : { confidence }),
    },
    annotations: { summary: eventText(event), violationId: event.violationId },
    ...(fires ? { startsAt: iso(Math.min(violationEventTime, now)) } : {}),
    endsAt: iso(fires ? now + HOLD_MS : Math.min(violationEventTime, now)),
  }
}

function iso(time: EpochMs): string {
  return new Date(time).toISOString()
}
