import {
  type ArchiveDocument,
  packArchive,
  unpackArchive,
} from '../adapters/parquet-archive-pack.ts'
import {
  type ArchivePosition,
  NEW_ARCHIVE,
  type ParquetArchive,
} from '../adapters/parquet-archive.ts'
import type { Pack, PackSource } from '../columnar/pack.ts'
import {
  type CheckpointDocument,
  documentOf,
  restore,
  snapshot,
  thingsOf,
} from '../detect/checkpoint.ts'
import {
  type DetectSettings,
  type Detector,
  newDetector,
  type StartingPoint,
} from '../detect/detector.ts'
import type { WorkerPool } from '../detect/pool.ts'
import { Things } from '../window/things.ts'
import type { BehaviorKey } from './backfill.ts'
import type { Batches, OpenBatch } from './batches.ts'
import { type Configuration, NO_CONFIGURATION, readConfiguration } from './configuration.ts'
import type { LiveState } from './live-evaluation.ts'

/** What a checkpoint of the service keeps beside the detector's own state. */
export interface ServiceDocument {
  /** The last record of the log whose effects are in it. */
  sequence: number
  latest: number | null
  origins: LiveState['origins']
  filled: BehaviorKey[]
  batches: Record<string, OpenBatch>
  configuration: Configuration
  archive: ArchiveDocument | null
}

/** How a service detects; profiles and targets come from its configuration. */
export type ServiceSettings = Omit<DetectSettings, 'profiles' | 'targets' | 'definitions'>

/** Batches that were under way when a checkpoint was written. */
export function openBatches(pack: Pack | null): Record<string, OpenBatch> {
  return pack === null ? {} : runOf(pack).batches
}

/** Takes evaluation up from a checkpoint, or makes it anew. */
export function restoreState(
  pack: Pack | null,
  settings: ServiceSettings,
  pool: WorkerPool,
  newArchive: ((detector: Detector, position: ArchivePosition) => ParquetArchive) | null,
  tell: (message: string) => void,
): LiveState {
  const document = pack === null ? null : documentOf(pack, settings.windowMs)
  const run = pack === null ? null : runOf(pack)
  const configuration = run?.configuration ?? NO_CONFIGURATION
  const { profiles, targets, definitions } = readConfiguration(configuration, tell)
  const modelKind = document?.modelKind ?? settings.training.modelKind
  const full = {
    ...settings,
    training: { ...settings.training, modelKind },
    profiles,
    targets,
    definitions,
  }
  const detector = newDetector(full, pool, startOf(pack, document, settings.maxThings))
  if (pack !== null && document !== null) {
    // The same configuration leaves nobody's alarms behind.
    restore(pack, document, detector, () => true)
  }
  const position = pack === null ? null : unpackArchive(pack, run?.archive ?? null)
  return {
    detector,
    archive: newArchive === null ? null : newArchive(detector, position ?? NEW_ARCHIVE),
    configuration,
    sequence: run?.sequence ?? 0,
    latest: run?.latest ?? Number.NEGATIVE_INFINITY,
    filedUntil: Number.NEGATIVE_INFINITY,
    origins: { ...run?.origins },
    filled: [...(run?.filled ?? [])],
  }
}

function startOf(
  pack: Pack | null,
  document: CheckpointDocument | null,
  maxThings: number,
): StartingPoint {
  if (pack === null || document === null) {
    return { things: new Things(maxThings), firstOpen: null, openDay: null }
  }
  const { firstOpen, openDay } = document
  return { things: Things.restore(thingsOf(pack, document), maxThings), firstOpen, openDay }
}

/** What is to be written of a quiet evaluation. */
export async function packState(state: LiveState, batches: Batches): Promise<PackSource> {
  const { detector, archive, configuration, sequence, latest, origins, filled } = state
  await detector.evaluation.settle()
  await archive?.settle()
  const document: ServiceDocument = {
    sequence,
    latest: Number.isFinite(latest) ? latest : null,
    origins,
    filled,
    batches: batches.open,
    configuration,
    archive: null,
  }
  const pack = snapshot(detector, document)
  if (archive !== null) document.archive = packArchive(archive.position, pack.columns)
  return pack
}

function runOf(pack: Pack): ServiceDocument {
  return (pack.document as { run: ServiceDocument }).run
}
