import { randomUUID } from 'node:crypto'
import { metricsRoute } from '../api/metrics-route.ts'
import { mitigationRuleRoutes } from '../api/mitigation-rule-routes.ts'
import { outboxRoutes } from '../api/outbox-routes.ts'
import type { OwnRoute } from '../api/own-routes.ts'
import { type EpochMs, SECOND_MS } from '../domain/time.ts'
import type { Refusal } from '../respond/automatic.ts'
import type { Channel } from '../respond/channel.ts'
import { Dispatch, type Schedule } from '../respond/dispatch.ts'
import { respond } from '../respond/respond.ts'
import { type Retention, type SweepTimes, startSweeping } from '../respond/retention.ts'
import {
  type MetricsSources,
  type ServiceMetrics,
  serviceMetrics,
} from '../respond/service-metrics.ts'
import { TaskRunner } from '../respond/task-runner.ts'
import type { Responder } from '../service/effects.ts'
import type { Service } from '../service/service.ts'
import { profilesWithTarget } from '../store/alert-targets.ts'
import { outboxDepths } from '../store/undelivered.ts'
import type { Store } from '../store/store.ts'
import { channelsOf } from './channels.ts'
import { DeliveryLog } from './delivery-log.ts'
import type { NotifySettings } from './notify-file.ts'
import type { Reporter } from './options.ts'
import { systemClock } from './session.ts'

export interface RespondingSettings {
  notify: NotifySettings
  retention: Retention
  /** Whether `/metrics` wants a signature; scrapers cannot make one. */
  metricsNeedKey: boolean
  /** The datapoints are the clock: violations are old by their time. */
  eventClock: boolean
}

export interface RespondingReporter extends Reporter {
  /** A notification, as the log channel delivers it. */
  alarm(message: string, fields: Readonly<Record<string, unknown>>): void
}

/** What follows from alarms: notifications, mitigation, counts; and what is deleted when it is old. */
export interface Responding {
  responder: Responder
  routes: OwnRoute[]
  /** From now on things leave; what was left over by the process before goes first. */
  start(): void
  /** What is under way may end within a while; all else waits for the next start. */
  stop(): Promise<void>
}

/** Deliveries may take so long to come to their end when the service stops. */
const PATIENCE_MS: number = 5 * SECOND_MS
/** Executions of mitigation actions in one transaction. */
const EXECUTIONS_AT_ONCE = 200

/** `service` is asked for once it runs. Throws usage errors for channels that cannot be made. */
export async function responding(
  store: Store,
  settings: RespondingSettings,
  service: () => Service,
  reporter: RespondingReporter,
): Promise<Responding> {
  const { database } = store
  const { notify, retention } = settings
  const now = (): number => systemClock.now()
  const channels = await channelsOf(notify, (message, fields) => reporter.alarm(message, fields))
  const metrics = metricsOf(store, settings, service, () => dispatch.pauses())
  const log = new DeliveryLog(now, reporter)
  const broken = (error: unknown): void => reporter.warn(`the store: ${String(error)}`)
  const dispatch = new Dispatch(
    channels,
    {
      database,
      now,
      chance: () => Math.random(),
      backOff: {
        firstMs: notify.retries.firstSeconds * SECOND_MS,
        longestMs: notify.retries.longestSeconds * SECOND_MS,
        attempts: notify.retries.attempts,
      },
      ended(channel, outcome, key, error) {
        metrics.deliveries.add({ channel, outcome })
        log.note(channel, outcome, key, error)
      },
    },
    schedule,
  )
  const runner = new TaskRunner(
    {
      database,
      now,
      atOnce: EXECUTIONS_AT_ONCE,
      ended: (action, status) => metrics.mitigations.add({ action, status }),
      moved: () => service().engine.configurationChanged(),
      broken,
    },
    schedule,
  )
  const context = {
    channels,
    floodWindowMs: notify.floods.windowSeconds * SECOND_MS,
    uuid: () => randomUUID(),
  }
  const wake = (): void => {
    dispatch.wake()
    runner.wake()
  }
  let started = false
  let stopSweeping = (): void => {}
  return {
    responder: {
      respond(_database, events, at) {
        metrics.violationEvents(events.map(({ event }) => event))
        noteRefusals(respond(database, events, at, context), metrics, reporter)
      },
      committed() {
        if (started) wake()
      },
    },
    routes: [
      metricsRoute(metrics.telemetry, settings.metricsNeedKey ? 'read' : 'nothing'),
      ...mitigationRuleRoutes(database, systemClock, () => randomUUID()),
      ...outboxRoutes(database, systemClock, (channel) => dispatch.retry(channel)),
    ],
    start() {
      started = true
      warnOfUnreachable(store, channels, reporter)
      wake()
      const times = (): SweepTimes => ({
        now: now(),
        eventTime: settings.eventClock ? watermarkOf(service()) : now(),
      })
      stopSweeping = startSweeping({ database, times, retention, broken }, schedule)
    },
    async stop() {
      started = false
      runner.stop()
      stopSweeping()
      await dispatch.stop(new Promise((done) => setTimeout(done, PATIENCE_MS).unref()))
    },
  }
}

const schedule: Schedule = (ms, run) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

/** Up to which event time windows are closed. */
function watermarkOf({ live }: Service): EpochMs | null {
  const { windower } = live.state.detector
  return Number.isFinite(windower.firstOpen) ? windower.firstOpen * windower.windowMs : null
}

function metricsOf(
  { database }: Store,
  { eventClock }: RespondingSettings,
  service: () => Service,
  pauses: MetricsSources['pauses'],
): ServiceMetrics {
  const live = () => service().live
  return serviceMetrics({
    database,
    now: () => systemClock.now(),
    // Datapoints that are their own clock are behind no other.
    watermark: () => (eventClock ? null : watermarkOf(service())),
    models: () => service().engine.trainingSummaries(null),
    pauses,
    evaluated: () => live().state.archive?.rows ?? 0,
    rows: () => live().counts.rows,
    rejects() {
      const { rejected, late, refused } = live().counts
      return [...Object.entries(rejected), ['late', late], ['no-room', refused]]
    },
  })
}

/** What will not arrive as things are. */
function warnOfUnreachable(
  { database }: Store,
  channels: readonly Channel[],
  reporter: Reporter,
): void {
  const names = channels.map(({ name }) => name)
  for (const { channel, state, count } of outboxDepths(database)) {
    if (state !== 'waiting' || names.includes(channel)) continue
    reporter.warn(`${count} notifications wait for ${channel}, which is not configured`)
  }
  const topics = names.includes('sns') ? [] : profilesWithTarget(database, 'SNS')
  if (topics.length > 0) {
    const some = topics.slice(0, 3).join(', ') + (topics.length > 3 ? ' and others' : '')
    reporter.warn(`security profiles name SNS topics (${some}), but --notify has no "sns"`)
  }
}

function noteRefusals(
  refusals: readonly Refusal[],
  metrics: ServiceMetrics,
  reporter: Reporter,
): void {
  for (const { rule, violations, reason } of refusals) {
    metrics.refusedMitigations.add({ rule }, violations)
    reporter.warn(`mitigation rule ${rule} did not act on ${violations} alarms: ${reason}`)
  }
}
