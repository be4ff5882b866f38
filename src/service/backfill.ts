import type { Pack, PackSource } from '../columnar/pack.ts'
import { documentOf, restore, snapshot } from '../detect/checkpoint.ts'
import { type Detector, newDetector, type StartingPoint } from '../detect/detector.ts'
import type { WorkerPool } from '../detect/pool.ts'
import type { Watch } from '../detect/watch.ts'
import type { Clock, EpochMs } from '../domain/time.ts'
import { Things } from '../window/things.ts'
import { replayArchive } from './archive-replay.ts'

/** A learned behavior, by profile and name. */
export interface BehaviorKey {
  profile: string
  behavior: string
}

/** Behaviors that wait for their first model and have not been back-filled. */
export function unfilled(detector: Detector, filled: readonly BehaviorKey[]): BehaviorKey[] {
  return detector.watches.flatMap(({ profile, behavior, judge }) => {
    if (judge.kind !== 'ml' || judge.training.record.status !== 'PENDING_BUILD') return []
    const key = { profile: profile.name, behavior: behavior.name }
    return filled.some((known) => isSame(known, key)) ? [] : [key]
  })
}

export function isSame(a: BehaviorKey, b: BehaviorKey): boolean {
  return a.profile === b.profile && a.behavior === b.behavior
}

export function isWatchOf(watch: Watch, { profile, behavior }: BehaviorKey): boolean {
  return watch.profile.name === profile && watch.behavior.name === behavior
}

/**
 * What behaviors would have learned from an archive, as a checkpoint of a detector that has nobody but them. Things
 * sit where they sit in the running detector; those it does not know (any more) are passed over. Windows from
 * `until` on are left out.
 */
export async function learnedFromArchive(
  directory: string,
  keys: readonly BehaviorKey[],
  running: Detector,
  until: EpochMs,
  pool: WorkerPool,
  clock: Clock,
): Promise<PackSource> {
  const detector = learner(running, keys, until, { firstOpen: null, openDay: null }, pool)
  return learnFrom(directory, detector, Number.NEGATIVE_INFINITY, pool, clock)
}

/** The same, gone on with where `learned` ends, up to what is open in the running detector: that will be learned there. */
export async function learnedSince(
  directory: string,
  learned: Pack,
  running: Detector,
  pool: WorkerPool,
  clock: Clock,
): Promise<PackSource> {
  const { windowMs } = running.settings
  const document = documentOf(learned, windowMs)
  const keys = document.watches.filter((saved) =>
    running.watches.some((watch) => isWatchOf(watch, saved) && watch.metric.name === saved.metric),
  )
  const until = running.windower.firstOpen * windowMs
  const detector = learner(running, keys, until, document, pool)
  restore(learned, document, detector, () => true)
  const from = (document.firstOpen ?? Number.NEGATIVE_INFINITY) * windowMs
  return learnFrom(directory, detector, from, pool, clock)
}

/** A detector that learns behaviors of a running one, up to `until`. */
function learner(
  { settings, things }: Detector,
  keys: readonly BehaviorKey[],
  until: EpochMs,
  start: Pick<StartingPoint, 'firstOpen' | 'openDay'>,
  pool: WorkerPool,
): Detector {
  const profiles = settings.profiles.flatMap((profile) => {
    const behaviors = profile.behaviors.filter((behavior) =>
      keys.some((key) => isSame(key, { profile: profile.name, behavior: behavior.name })),
    )
    return behaviors.length === 0 ? [] : [{ ...profile, behaviors }]
  })
  const seated = things.snapshot()
  const detector = newDetector({ ...settings, profiles, learnOnly: true }, pool, {
    things: Things.restore({ ...seated, lastSeen: seated.lastSeen.map(() => -1) }, things.count),
    firstOpen: start.firstOpen,
    openDay: start.openDay,
  })
  detector.windower.limit = until
  return detector
}

async function learnFrom(
  directory: string,
  detector: Detector,
  from: EpochMs,
  pool: WorkerPool,
  clock: Clock,
): Promise<PackSource> {
  const metrics = new Set(detector.metrics.map(({ name }) => name))
  await replayArchive(directory, { metrics, from }, detector, pool, clock, () => {})
  await detector.evaluation.settle()
  return snapshot(detector, null)
}
