import { type Detector, newDetector } from '../detect/detector.ts'
import type { WorkerPool } from '../detect/pool.ts'
import type { ModelStatus } from '../detect/training.ts'
import {
  type Behavior,
  CONFIDENCE_LEVELS,
  type ConfidenceLevel,
  type SecurityProfile,
} from '../domain/behavior.ts'
import type { Definitions } from '../domain/definitions.ts'
import type { Targets } from '../domain/targets.ts'
import { type Clock, DAY_MS, type EpochMs } from '../domain/time.ts'
import { behaviorName, type ViolationEvent } from '../domain/violation.ts'
import { replayArchive } from './archive-replay.ts'
import type { ServiceSettings } from './checkpoint.ts'

export interface BacktestQuery {
  profile: SecurityProfile
  targets: Targets
  definitions: Definitions
  /** The last days of the archive that count; what is before them is learned from. */
  days: number
}

/** What a profile would have said. */
export interface BacktestReport {
  profile: string
  rows: number
  /** The days that count; null where the archive holds nothing of its metrics. */
  from: EpochMs | null
  to: EpochMs | null
  behaviors: BacktestBehavior[]
}

export interface BacktestBehavior {
  name: string
  metric: string
  /** Of a learned one, how its model stands at the end; null of others. */
  model: { status: ModelStatus; datapoints: number } | null
  /** Of a learned one at each confidence level; of others under `RULE`. */
  alarms: Record<string, BacktestAlarms>
}

export interface BacktestAlarms {
  alarms: number
  things: number
  perDay: number
  /** The first of them. */
  examples: { thing: string; time: EpochMs; text: string }[]
}

const EXAMPLES = 3
/** What stands between the name of the profile and the level it is tried at. */
const MARK = '\u0000'

/**
 * "If this profile had been attached for the last days, these alarms": replays the archive, learning as it goes, at
 * all confidence levels at once. Notifies nobody and leaves nothing behind.
 */
export async function backtest(
  directory: string,
  { profile, targets, definitions, days }: BacktestQuery,
  settings: ServiceSettings,
  pool: WorkerPool,
  clock: Clock,
): Promise<BacktestReport> {
  const tried = CONFIDENCE_LEVELS.map((level) => atLevel(profile, level))
  const detector = newDetector(
    {
      ...settings,
      profiles: tried,
      definitions,
      targets: {
        watches: (_name, thing) => targets.watches(profile.name, thing),
        everything: () => targets.everything(profile.name),
      },
    },
    pool,
  )
  const events: ViolationEvent[] = []
  const metrics = new Set(profile.behaviors.map(({ metric }) => metric))
  const { rows, from, to } = await replayArchive(
    directory,
    { metrics, from: Number.NEGATIVE_INFINITY },
    detector,
    pool,
    clock,
    (told) => events.push(...told.filter(({ violationEventType: type }) => type === 'in-alarm')),
  )
  const end = to === null ? null : to + settings.windowMs
  const start = end === null || from === null ? null : Math.max(from, end - days * DAY_MS)
  const counted = events.filter(({ violationEventTime: time }) => time > (start ?? 0))
  const length = start === null || end === null ? 1 : Math.max(1 / 24, (end - start) / DAY_MS)
  return {
    profile: profile.name,
    rows,
    from: start,
    to: end,
    behaviors: profile.behaviors.map((behavior) => ({
      name: behavior.name,
      metric: behavior.metric,
      model: modelOf(behavior, detector),
      alarms: alarmsOf(behavior, profile, counted, length),
    })),
  }
}

/** Rules are the same at all levels: they are tried at the first one alone. */
function atLevel(profile: SecurityProfile, level: ConfidenceLevel): SecurityProfile {
  const behaviors = profile.behaviors.flatMap((behavior): Behavior[] => {
    if (behavior.criteria.kind !== 'ml') return level === CONFIDENCE_LEVELS[0] ? [behavior] : []
    return [{ ...behavior, criteria: { kind: 'ml', confidenceLevel: level } }]
  })
  return { ...profile, name: `${profile.name}${MARK}${level}`, behaviors }
}

function alarmsOf(
  { name, criteria }: Behavior,
  profile: SecurityProfile,
  events: readonly ViolationEvent[],
  days: number,
): Record<string, BacktestAlarms> {
  const levels = criteria.kind === 'ml' ? [...CONFIDENCE_LEVELS].reverse() : ['RULE']
  return Object.fromEntries(
    levels.map((level) => {
      const tried = level === 'RULE' ? CONFIDENCE_LEVELS[0] : level
      const own = events.filter(
        (event) =>
          behaviorName(event) === name &&
          event.securityProfileName === `${profile.name}${MARK}${tried}`,
      )
      const examples = own.slice(0, EXAMPLES).map((event) => ({
        thing: event.thingName,
        time: event.violationEventTime,
        text: event.explanation?.text ?? '',
      }))
      const things = new Set(own.map(({ thingName }) => thingName)).size
      return [level, { alarms: own.length, things, perDay: own.length / days, examples }]
    }),
  )
}

function modelOf({ name }: Behavior, detector: Detector): BacktestBehavior['model'] {
  const { openDay } = detector.evaluation
  for (const { behavior, judge } of detector.watches) {
    if (behavior.name !== name || judge.kind !== 'ml') continue
    const { status } = judge.training.record
    const datapoints = openDay === null ? 0 : judge.training.datapoints(openDay)
    return { status, datapoints }
  }
  return null
}
