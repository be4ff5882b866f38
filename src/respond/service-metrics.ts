import { DAY_MS, type EpochMs, SECOND_MS } from '../domain/time.ts'
import { behaviorName, type ViolationEvent } from '../domain/violation.ts'
import type { Database } from '../store/database.ts'
import { outboxDepths } from '../store/outbox.ts'
import { activeCounts } from '../store/standing-alarms.ts'
import { type Counter, Telemetry } from './telemetry.ts'

/** What the service counts of itself, for whoever does the work to add to. */
export interface ServiceMetrics {
  telemetry: Telemetry
  /** Datapoints judged. */
  evaluations: Counter<never>
  /** Rows that came in and were taken. */
  ingestedRows: Counter<never>
  rejectedRows: Counter<'reason'>
  deliveries: Counter<'channel' | 'outcome'>
  mitigations: Counter<'action' | 'status'>
  /** Alarms for which an automatic rule asked in vain. */
  refusedMitigations: Counter<'rule'>
  violationEvents(events: readonly ViolationEvent[]): void
}

export interface ModelState {
  profile: string
  behavior: string
  status: 'PENDING_BUILD' | 'ACTIVE' | 'EXPIRED'
}

export interface MetricsSources {
  database: Database
  now: () => EpochMs
  /** How far evaluation has come in event time; null: nothing has come yet. */
  watermark: () => EpochMs | null
  models: () => Iterable<ModelState>
}

const MODEL_STATUSES = ['PENDING_BUILD', 'ACTIVE', 'EXPIRED'] as const
const NAMES = ['securityprofile', 'behavior'] as const
/** A source that stands still for longer is not behind, it is over. */
const LONGEST_LAG_MS: number = 365 * DAY_MS

/** All families of `/metrics`. None has a thing as a label. */
export function serviceMetrics({
  database,
  now,
  watermark,
  models,
}: MetricsSources): ServiceMetrics {
  const telemetry = new Telemetry()
  const events = telemetry.counter(
    'fleet_detect_violation_events',
    'Violation events: alarms that began (in-alarm), ended (alarm-cleared) or became void (alarm-invalidated).',
    [...NAMES, 'type'],
  )
  telemetry.reading('fleet_detect_active_violations', 'Alarms that stand.', NAMES, () =>
    activeCounts(database).map(({ profile, behavior, count }) => [
      { securityprofile: profile, behavior },
      count,
    ]),
  )
  telemetry.reading(
    'fleet_detect_model_status',
    'Models of learned behaviors: 1 at the status each has.',
    [...NAMES, 'status'],
    function* () {
      for (const { profile, behavior, status } of models()) {
        for (const one of MODEL_STATUSES) {
          yield [{ securityprofile: profile, behavior, status: one }, one === status ? 1 : 0]
        }
      }
    },
  )
  telemetry.reading(
    'fleet_detect_lag_seconds',
    'How far the watermark is behind the clock.',
    [],
    () => {
      const time = watermark()
      return time === null ? [] : [[{}, Math.min(now() - time, LONGEST_LAG_MS) / SECOND_MS]]
    },
  )
  telemetry.reading(
    'fleet_detect_outbox_notifications',
    'Notifications that wait, or were given up (dead).',
    ['channel', 'state'],
    () => outboxDepths(database).map(({ channel, state, count }) => [{ channel, state }, count]),
  )
  return {
    telemetry,
    evaluations: telemetry.counter('fleet_detect_evaluations', 'Datapoints judged.', []),
    ingestedRows: telemetry.counter('fleet_detect_ingested_rows', 'Rows taken.', []),
    rejectedRows: telemetry.counter('fleet_detect_rejected_rows', 'Rows refused.', ['reason']),
    deliveries: telemetry.counter(
      'fleet_detect_deliveries',
      'Attempts to deliver a notification, by how they ended.',
      ['channel', 'outcome'],
    ),
    mitigations: telemetry.counter(
      'fleet_detect_mitigation_executions',
      'Mitigation actions run on a violation, by how they ended.',
      ['action', 'status'],
    ),
    refusedMitigations: telemetry.counter(
      'fleet_detect_refused_mitigations',
      'Alarms for which an automatic rule would have acted but was not let.',
      ['rule'],
    ),
    violationEvents(some) {
      for (const event of some) {
        const behavior = behaviorName(event)
        const { securityProfileName: securityprofile, violationEventType: type } = event
        events.add({ securityprofile, behavior, type })
      }
    },
  }
}
