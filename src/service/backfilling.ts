import { join } from 'node:path'
import { readPackFile, removePackFiles, writePackFile } from '../adapters/pack-file.ts'
import { type Pack, packInMemory } from '../columnar/pack.ts'
import type { Detector } from '../detect/detector.ts'
import { WorkerPool } from '../detect/pool.ts'
import { DetectError } from '../domain/errors.ts'
import { type Clock, DAY_MS, type EpochMs } from '../domain/time.ts'
import { type BehaviorKey, learnedFromArchive, learnedSince, unfilled } from './backfill.ts'
import type { Configuration } from './configuration.ts'
import type { Feed } from './feed.ts'
import type { IngestLog } from './ingest-log.ts'
import type { LiveState } from './live-evaluation.ts'

export interface BackfillingParts {
  /** Where what was learned lies until a checkpoint holds it. */
  directory: string
  archiveDirectory: string
  log: IngestLog
  feed: Feed
  clock: Clock
  /** Whether what was learned may still be handed over. */
  evaluating: () => boolean
  tell: (message: string) => void
}

/**
 * Gives behaviors that wait for their first model what the archive knows, beside evaluation, one lot at a time. What
 * they learned becomes a file and its adoption a record of the log, so that recovery does the same again.
 */
export class Backfilling {
  readonly #parts: BackfillingParts
  /** Back-filled, or tried to be, by this process. */
  #asked: BehaviorKey[] = []
  #underWay = false

  constructor(parts: BackfillingParts) {
    this.#parts = parts
  }

  /**
   * What was learned and put into a file, and what the archive has got since; it must hold all windows that the
   * quiet detector has closed.
   */
  async learned(file: string, detector: Detector, pool: WorkerPool): Promise<Pack> {
    const { directory, archiveDirectory, clock } = this.#parts
    const path = join(directory, file)
    const pack = readPackFile(path)
    if (pack === null) throw new DetectError('state', `${path}: no such file`)
    return packInMemory(await learnedSince(archiveDirectory, pack, detector, pool, clock))
  }

  /** Removes the files that records up to this one adopted. */
  trim(sequence: number): void {
    removePackFiles(this.#parts.directory, (file) => Number.parseInt(file, 10) <= sequence)
  }

  /** Whoever is gone and comes again is somebody new. */
  changed(configuration: Configuration): void {
    this.#asked = this.#asked.filter((key) => isIn(configuration, key))
  }

  /** To be called now and then, while nothing waits for evaluation. */
  look({ detector, filled, latest, filedUntil }: LiveState): void {
    if (this.#underWay || !Number.isFinite(latest)) return
    const behaviors = unfilled(detector, [...filled, ...this.#asked])
    if (behaviors.length === 0) return
    this.#asked.push(...behaviors)
    this.#underWay = true
    const { openDay } = detector.evaluation
    const endedUntil = openDay === null ? Number.NEGATIVE_INFINITY : openDay * DAY_MS
    void this.#fill(behaviors, detector, Math.max(filedUntil, endedUntil))
  }

  async #fill(
    behaviors: readonly BehaviorKey[],
    detector: Detector,
    until: EpochMs,
  ): Promise<void> {
    const { directory, archiveDirectory, log, feed, clock, evaluating, tell } = this.#parts
    const names = behaviors.map(({ profile, behavior }) => `${profile}/${behavior}`).join(', ')
    tell(`back-filling ${names} from the archive`)
    const pool = new WorkerPool(1)
    try {
      const pack = await learnedFromArchive(
        archiveDirectory,
        behaviors,
        detector,
        until,
        pool,
        clock,
      )
      if (!evaluating()) return
      const file = `${log.next}.bin`
      writePackFile(directory, file, pack)
      feed.add({ kind: 'models', behaviors, file })
      tell(`back-filled ${names}`)
    } catch (error) {
      tell(`back-filling ${names} failed: ${(error as Error).message}`)
    } finally {
      await pool.close()
      this.#underWay = false
    }
  }
}

function isIn(configuration: Configuration, { profile, behavior }: BehaviorKey): boolean {
  const known = configuration.profiles.find(({ name }) => name === profile)
  const behaviors = known?.source.behaviors as { name?: unknown }[] | undefined
  return behaviors?.some(({ name }) => name === behavior) === true
}
