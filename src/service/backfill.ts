import type { PackSource } from '../columnar/pack.ts'
import { snapshot } from '../detect/checkpoint.ts'
import { type Detector, newDetector } from '../detect/detector.ts'
import type { WorkerPool } from '../detect/pool.ts'
import type { Watch } from '../detect/watch.ts'
import type { Clock } from '../domain/time.ts'
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
 * sit where they sit in the running detector; those it does not know (any more) are passed over.
 */
export async function learnedFromArchive(
  directory: string,
  keys: readonly BehaviorKey[],
  { settings, things, windower }: Detector,
  pool: WorkerPool,
  clock: Clock,
): Promise<PackSource> {
  const profiles = settings.profiles.flatMap((profile) => {
    const behaviors = profile.behaviors.filter((behavior) =>
      keys.some((key) => isSame(key, { profile: profile.name, behavior: behavior.name })),
    )
    return behaviors.length === 0 ? [] : [{ ...profile, behaviors }]
  })
  const seated = things.snapshot()
  const detector = newDetector({ ...settings, profiles, learnOnly: true }, pool, {
    things: Things.restore({ ...seated, lastSeen: seated.lastSeen.map(() => -1) }, things.count),
    firstOpen: null,
    openDay: null,
  })
  // What is open there will be learned there.
  if (Number.isFinite(windower.firstOpen)) {
    detector.windower.limit = windower.firstOpen * settings.windowMs
  }
  const metrics = new Set(
    profiles.flatMap(({ behaviors }) => behaviors.map(({ metric }) => metric)),
  )
  await replayArchive(directory, metrics, detector, pool, clock, () => {})
  await detector.evaluation.settle()
  return snapshot(detector, null)
}
