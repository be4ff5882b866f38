import { packInMemory } from '../columnar/pack.ts'
import { Things } from '../window/things.ts'
import { type CheckpointDocument, restore, snapshot } from './checkpoint.ts'
import { type Detector, type DetectSettings, newDetector } from './detector.ts'
import type { WorkerPool } from './pool.ts'
import type { Orphan } from './watch.ts'

/** A detector under new settings, and the alarms that nobody watches over any more. */
export interface Rebuilt {
  detector: Detector
  orphans: readonly Orphan[]
}

/**
 * Goes on under other profiles or targets with everything a quiet detector knows: open windows, alarms,
 * runs of datapoints, and the models of behaviors that are still there, which stay in memory. The old
 * detector must not be used afterwards. Models of the `forgotten` profiles are lost.
 */
export async function rebuilt(
  before: Detector,
  settings: DetectSettings,
  pool: WorkerPool,
  forgotten: ReadonlySet<string>,
): Promise<Rebuilt> {
  await before.evaluation.settle()
  const pack = packInMemory(snapshot(before, null, false))
  const document = pack.document as CheckpointDocument
  const things = Things.restore(before.things.snapshot(), settings.maxThings)
  const { firstOpen, openDay } = document
  const start = { things, firstOpen, openDay }
  const detector = newDetector(settings, pool, start, { detector: before, forgotten })
  const known = {
    ...document,
    watches: document.watches.map((watch) =>
      forgotten.has(watch.profile) ? { ...watch, behavior: '' } : watch,
    ),
  }
  const orphans = restore(pack, known, detector, (profile, thing) =>
    settings.targets.watches(profile, thing),
  )
  return { detector, orphans }
}
