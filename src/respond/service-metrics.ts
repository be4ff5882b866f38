import { type EpochMs, SECOND_MS } from '../domain/time.ts'
import { behaviorName, type ViolationEvent } from '../domain/violation.ts'
import type { Database } from '../store/database.ts'
import { outboxDepths } from '../store/undelivered.ts'
import { activeCounts } from '../store/standing-alarms.ts'
import { type Counter, Telemetry } from './telemetry.ts'

/** What the service counts of itself. */
export interface ServiceMetrics {
  telemetry: Telemetry
  deliveries: Counter<'channel' | 'outcome'>
  mitigations: Counter<'action' | 'status'>
  /** Alarms for which an automatic rule would have acted but was not let. */
  refusedMitigations: Counter<'rule'>
  violationEvents(events: readonly ViolationEvent[]): void
}

export interface ModelState {
  profile: string
  behavior: string
  status: 'PENDING_BUILD' | 'ACTIVE' | 'EXPIRED'
}

/** What is counted by others, asked when somebody looks. */
export interface MetricsSources {
  database: Database
  now: () => EpochMs
  /** Up to which event time windows are closed; null: none is. */
  watermark: () => EpochMs | null
  models: () => Iterable<ModelState>
  /** The channels of notifications; a paused one rests after failures. */
  pauses: () => Iterable<{ channel: string; paused: boolean }>
  /** Datapoints of closed windows: what has been evaluated. */
  evaluated: () => number
  /** Rows that could be read. */
  rows: () => number
  /** Rows that do not count, by reason. */
  rejects: () => Iterable<readonly [reason: string, rows: number]>
}

const MODEL_STATUSES = ['PENDING_BUILD', 'ACTIVE', 'EXPIRED'] as const
const NAMES = ['securityprofile', 'behavior'] as const

/** All families of `/metrics`. None has a thing as a label. */
export function serviceMetrics(sources: MetricsSources): ServiceMetrics {
  const telemetry = new Telemetry()
  readIntake(telemetry, sources)
  const events = telemetry.counter(
    'fleet_detect_violation_events',
    'Alarms that began (in-alarm), ended (alarm-cleared) or became void (alarm-invalidated).',
    [...NAMES, 'type'],
  )
  readState(telemetry, sources)
  return {
    telemetry,
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

function readIntake(telemetry: Telemetry, sources: MetricsSources): void {
  const { rows, rejects, evaluated } = sources
  telemetry.reading('counter', 'fleet_detect_rows', 'Rows that could be read.', [], () => [
    [{}, rows()],
  ])
  telemetry.reading(
    'counter',
    'fleet_detect_rejected_rows',
    'Rows that do not count: malformed ones by what is wrong, late ones, ones there is no room for.',
    ['reason'],
    () => [...rejects()].map(([reason, count]) => [{ reason }, count]),
  )
  telemetry.reading(
    'counter',
    'fleet_detect_evaluations',
    'Datapoints of closed windows that were evaluated.',
    [],
    () => [[{}, evaluated()]],
  )
}

function readState(telemetry: Telemetry, sources: MetricsSources): void {
  const { database, now, watermark, models, pauses } = sources
  telemetry.reading('gauge', 'fleet_detect_active_violations', 'Alarms that stand.', NAMES, () =>
    activeCounts(database).map(({ profile, behavior, count }) => [
      { securityprofile: profile, behavior },
      count,
    ]),
  )
  telemetry.reading(
    'gauge',
    'fleet_detect_model_status',
    'Models of learned behaviors: 1 at the status each has.',
    [...NAMES, 'status'],
    function* () {
      for (const { profile, behavior, status } of models()) {
        for (const one of MODEL_STATUSES) {
          const value = one === status ? 1 : 0
          yield [{ securityprofile: profile, behavior, status: one }, value] as const
        }
      }
    },
  )
  telemetry.reading(
    'gauge',
    'fleet_detect_lag_seconds',
    'How far the end of the last closed window is behind the clock.',
    [],
    () => {
      const time = watermark()
      return time === null ? [] : [[{}, (now() - time) / SECOND_MS]]
    },
  )
  telemetry.reading(
    'gauge',
    'fleet_detect_outbox_notifications',
    'Notifications that wait, or were given up (dead).',
    ['channel', 'state'],
    function* () {
      // A channel that has nothing says 0; one that is not configured any more may have something.
      for (const { channel } of pauses()) {
        for (const state of ['waiting', 'dead']) yield [{ channel, state }, 0] as const
      }
      for (const { channel, state, count } of outboxDepths(database)) {
        yield [{ channel, state }, count] as const
      }
    },
  )
  telemetry.reading(
    'gauge',
    'fleet_detect_channel_paused',
    '1 while a channel rests after failures in a row, and is tried once now and then.',
    ['channel'],
    () => [...pauses()].map(({ channel, paused }) => [{ channel }, paused ? 1 : 0]),
  )
}
