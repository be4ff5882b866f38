import type { Chunk } from '../../src/columnar/chunk.ts'
import {
  decodeContext,
  type DetectSettings,
  type Detector,
  newDetector,
} from '../../src/detect/detector.ts'
import { Intake } from '../../src/detect/intake.ts'
import type { WorkerPool } from '../../src/detect/pool.ts'
import type { InputRun, Segment } from '../../src/detect/ports.ts'
import { run } from '../../src/detect/run.ts'
import { type Lateness, Windowing } from '../../src/detect/windowing.ts'
import { parseSecurityProfiles } from '../../src/domain/security-profile.ts'
import { ALL_THINGS } from '../../src/domain/targets.ts'
import { HOUR_MS } from '../../src/domain/time.ts'
import { formatViolationEvent, type ViolationEvent } from '../../src/domain/violation.ts'
import { NO_DEFINITIONS } from '../../src/domain/definitions.ts'

export interface Datapoint {
  thing: string
  metric: string
  time: number
  value: number
}

export function settingsOf(
  behaviors: readonly object[],
  more: Partial<DetectSettings> = {},
  training: Partial<DetectSettings['training']> = {},
): DetectSettings {
  const profile = JSON.stringify({ securityProfileName: 'fleet', behaviors })
  const { profiles, problems } = parseSecurityProfiles(profile, 'profile')
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(JSON.stringify(errors))
  return {
    profiles,
    targets: ALL_THINGS,
    windowMs: HOUR_MS,
    training: {
      modelKind: 'quantile',
      minDays: 1,
      minDatapoints: 20,
      quantiles: [0.99, 0.999, 0.9999],
      ...training,
    },
    batchRows: 1e6,
    maxThings: 1e6,
    learnOnly: false,
    maintenance: [],
    definitions: NO_DEFINITIONS,
    ...more,
  }
}

export interface Options {
  /** About how many bytes of text are decoded together. */
  chunkBytes?: number
  /** How many arrivals may be under way. */
  permits?: number
  lateness?: Lateness
}

export interface Told {
  detector: Detector
  events: ViolationEvent[]
  lines: string[]
  late: number
}

/** The pipeline from bytes to events, with one input per list of datapoints. */
export async function detect(
  inputs: readonly (readonly Datapoint[])[],
  settings: DetectSettings,
  pool: WorkerPool,
  { chunkBytes = 1e9, permits = 4, lateness = { kind: 'replay' } }: Options = {},
): Promise<Told> {
  const detector = newDetector(settings, pool)
  const { windower, cutter, metrics } = detector
  const events: ViolationEvent[] = []
  let late = 0
  const observer = {
    chunk: (_: InputRun, chunk: Chunk) => {
      const refused = Object.keys(chunk.rejects.counts)
      if (refused.length > 0) throw new Error(`refused: ${JSON.stringify(chunk.rejects)}`)
    },
    late: (_: InputRun, rows: number) => {
      late += rows
    },
    refused: () => {},
  }
  const windowing = new Windowing(windower, cutter, lateness, observer)
  const context = decodeContext(metrics, settings.windowMs, 10)
  const runs = inputs.map((datapoints, i) => inputRun(`input-${i}`, datapoints, chunkBytes))
  await run(
    {
      detector,
      intake: new Intake(runs, pool, () => context),
      windowing,
      sink: {
        write: async (written) => void events.push(...written),
        flush: async () => events.length,
        close: async () => {},
        abandon: async () => {},
      },
      clock: { now: () => 0 },
      permits,
      save: null,
      checkpointMs: Number.POSITIVE_INFINITY,
      done: () => {},
      until: Number.POSITIVE_INFINITY,
      live: null,
    },
    new AbortController().signal,
  )
  return { detector, events, lines: events.map(formatViolationEvent), late }
}

/** Datapoints as NDJSON in shared memory, cut into segments at line ends. */
function inputRun(name: string, datapoints: readonly Datapoint[], chunkBytes: number): InputRun {
  const segments: Segment[] = []
  let lines: string[] = []
  let length = 0
  const cut = (): void => {
    const text = Buffer.from(lines.join(''))
    const bytes = new Uint8Array(new SharedArrayBuffer(text.length))
    bytes.set(text)
    segments.push({
      source: { kind: 'bytes', bytes, format: { name: 'ndjson' } },
      bytes: text.length,
      mark: segments.length + 1,
      file: null,
      until: null,
    })
    lines = []
    length = 0
  }
  for (const { thing, metric, time, value } of datapoints) {
    const line = `${JSON.stringify({ thing, metric, timestamp: time, value })}\n`
    lines.push(line)
    length += line.length
    if (length >= chunkBytes) cut()
  }
  if (lines.length > 0) cut()
  return {
    name,
    start: datapoints.reduce((least, { time }) => Math.min(least, time), Number.POSITIVE_INFINITY),
    bytes: null,
    skippedLines: 0,
    ordered: true,
    segments: (from) => segments.slice(from),
  }
}

/** Feeds a detector that goes on: at the end its windows close, or stay open with what came last. */
export async function feed(
  detector: Detector,
  datapoints: readonly Datapoint[],
  pool: WorkerPool,
  end: 'close' | 'stay open',
): Promise<ViolationEvent[]> {
  const { windower, cutter, metrics, settings } = detector
  const events: ViolationEvent[] = []
  const stop = new AbortController()
  const source = inputRun('input', datapoints, 4_096)
  const untilStopped = async function* (): AsyncGenerator<Segment> {
    yield* source.segments(0) as Segment[]
    if (end === 'stay open') await new Promise(() => {})
  }
  let unread = datapoints.length
  const chunk = (_: InputRun, { rows }: Chunk): void => {
    unread -= rows
    if (unread === 0 && end === 'stay open') stop.abort()
  }
  const observer = { chunk, late: () => {}, refused: () => {} }
  const lateness = { kind: 'live' as const, allowedMs: 0 }
  const context = decodeContext(metrics, settings.windowMs, 10)
  await run(
    {
      detector,
      intake: new Intake([{ ...source, segments: untilStopped }], pool, () => context),
      windowing: new Windowing(windower, cutter, lateness, observer),
      sink: {
        write: async (written) => void events.push(...written),
        flush: async () => events.length,
        close: async () => {},
        abandon: async () => {},
      },
      clock: { now: () => 0 },
      permits: 4,
      save: null,
      checkpointMs: Number.POSITIVE_INFINITY,
      done: () => {},
      until: Number.POSITIVE_INFINITY,
      live: { idleMs: null },
    },
    stop.signal,
  )
  return events
}
