import type { TrainingSummary } from '../api/engine.ts'
import type { Detector } from '../detect/detector.ts'

/** One per learned behavior, in the order of the profiles. */
export function trainingSummaries(detector: Detector, profile: string | null): TrainingSummary[] {
  const { openDay } = detector.evaluation
  return detector.watches.flatMap((watch) => {
    const { judge, behavior } = watch
    if (judge.kind !== 'ml' || (profile !== null && watch.profile.name !== profile)) return []
    const { status, collectionStart, refreshed } = judge.training.record
    return [
      {
        profile: watch.profile.name,
        behavior: behavior.name,
        status,
        collectionStart,
        datapoints: openDay === null ? 0 : judge.training.datapoints(openDay),
        lastRefresh: refreshed,
      },
    ]
  })
}
