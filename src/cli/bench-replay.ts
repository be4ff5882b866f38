import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ReplayOptions, type Reporter, replay } from '../compose.ts'
import { DEFAULT_WINDOW_MS, HOUR_MS } from '../domain/time.ts'
import type { BenchData } from './bench-data.ts'
import { benchProfile } from './bench-profile.ts'
import type { Stage } from './bench-run.ts'

const SILENT: Reporter = { progress: () => {}, note: () => {}, warn: () => {} }

/** A whole replay of an NDJSON file in `scratch`: start and end of the threads, training and all. */
export function replayStage(data: BenchData, threads: number, scratch: string): Stage {
  const input = join(scratch, 'datapoints.ndjson')
  writeFileSync(input, data.ndjson)
  const options: ReplayOptions = {
    profiles: [benchProfile()],
    thingsFile: null,
    maintenanceFile: null,
    dimensionsFile: null,
    windowMs: DEFAULT_WINDOW_MS,
    model: 'quantile',
    modelFixed: true,
    minDays: 1,
    minDatapoints: 1_000,
    threads,
    maxThings: Number.POSITIVE_INFINITY,
    archive: null,
    state: null,
    out: join(scratch, 'events.ndjson'),
    rejects: null,
    outArrow: null,
    scores: null,
    retainDays: null,
    format: null,
    thing: null,
    checkpointMs: HOUR_MS,
    inputs: [input],
    from: null,
    to: null,
  }
  return {
    name: `replay of an NDJSON file (${threads} thread${threads === 1 ? '' : 's'})`,
    rows: data.rows,
    bytes: data.ndjson.length,
    long: true,
    work: async () => {
      const { progress } = await replay(options, SILENT)
      if (progress.rows !== data.rows) throw new Error(`${progress.rows} of ${data.rows} rows`)
      return progress.events
    },
  }
}
