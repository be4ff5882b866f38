import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileRun } from '../adapters/file-runs.ts'
import { inputFiles } from '../adapters/inputs.ts'
import { decodeContext, type Detector } from '../detect/detector.ts'
import { Intake } from '../detect/intake.ts'
import type { WorkerPool } from '../detect/pool.ts'
import { run } from '../detect/run.ts'
import { Windowing } from '../detect/windowing.ts'
import { type Clock, dayName, dayOf, type EpochMs } from '../domain/time.ts'
import type { ViolationEvent } from '../domain/violation.ts'

/** What was read. */
export interface Replayed {
  rows: number
  /** Earliest and latest event time; null where there was nothing. */
  from: EpochMs | null
  to: EpochMs | null
}

/**
 * Runs what an archive holds of some metrics through a detector of its own; nobody but `tell` hears of its events.
 * All windows are closed at the end. Days before that of `from` are not read.
 */
export async function replayArchive(
  directory: string,
  { metrics, from }: { metrics: ReadonlySet<string>; from: EpochMs },
  detector: Detector,
  pool: WorkerPool,
  clock: Clock,
  tell: (events: readonly ViolationEvent[]) => void,
): Promise<Replayed> {
  const first = Number.isFinite(from) ? `day=${dayName(dayOf(from))}` : ''
  const folders = archivedMetrics(directory)
    .filter(({ metric }) => metrics.has(metric))
    .flatMap(({ days }) => days.filter((day) => basename(day) >= first))
  const read: Replayed = { rows: 0, from: null, to: null }
  if (folders.length === 0) return read
  const { windower, cutter, settings } = detector
  const context = decodeContext(detector.metrics, settings.windowMs, 0)
  const files = inputFiles(folders, 'parquet')
  const observer = {
    chunk: (_run: unknown, chunk: { rows: number; minTime: EpochMs; maxTime: EpochMs }) => {
      if (chunk.rows === 0) return
      read.rows += chunk.rows
      read.from = Math.min(read.from ?? chunk.minTime, chunk.minTime)
      read.to = Math.max(read.to ?? chunk.maxTime, chunk.maxTime)
    },
    late: () => {},
    refused: () => {},
  }
  await run(
    {
      detector,
      intake: new Intake(
        files.map((file) => fileRun(file, context)),
        pool,
        () => context,
      ),
      windowing: new Windowing(windower, cutter, { kind: 'replay' }, observer),
      sink: {
        write: (events) => Promise.resolve(tell(events)),
        flush: () => Promise.resolve(0),
        close: () => Promise.resolve(),
        abandon: () => Promise.resolve(),
      },
      clock,
      permits: pool.threads + 1,
      save: null,
      checkpointMs: Number.POSITIVE_INFINITY,
      done: () => {},
      until: Number.POSITIVE_INFINITY,
      live: null,
    },
    new AbortController().signal,
  )
  return read
}

/** The metrics an archive holds, each with the folders of its days. */
function archivedMetrics(directory: string): { metric: string; days: string[] }[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .filter((name) => name.startsWith('metric='))
    .map((name) => ({
      metric: decodeURIComponent(name.slice('metric='.length)),
      days: readdirSync(join(directory, name))
        .filter((day) => day.startsWith('day='))
        .map((day) => join(directory, name, day)),
    }))
}
