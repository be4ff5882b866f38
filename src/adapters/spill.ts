import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Chunk, DecodeContext } from '../columnar/chunk.ts'
import { encodeNames } from '../columnar/names-bytes.ts'
import type { WorkerPool } from '../detect/pool.ts'
import type { InputRun, IntakeObserver, Segment } from '../detect/ports.ts'
import { DetectError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/time.ts'
import type { DecodeResult, DecodeTask } from '../tasks/decode.ts'
import { type SortedBucket, SpillBuckets } from './spill-buckets.ts'
import {
  describeInputs,
  readMarker,
  type SpillSettings,
  sync,
  writeMarker,
} from './spill-marker.ts'

const NAMES = 'names'

export interface SpillOptions {
  pool: WorkerPool
  context: DecodeContext
  windowMs: number
  /** For rows that wait to be written; the names of all things come besides. */
  memoryBytes: number
  /** Told of every chunk, in the order of the input: it is decoded only once. */
  observer: IntakeObserver
  /** Rows from this time on are left out. */
  limit?: EpochMs
}

/**
 * Sorts runs in any order by time, as far as windows need it: distributes their rows into buckets of
 * whole windows in a directory of its own, and returns a run per bucket, in order of time. Within a
 * bucket rows stand in any order. Same input and memory, same buckets and segments.
 */
export async function spillRuns(
  runs: readonly InputRun[],
  directory: string,
  options: SpillOptions,
): Promise<InputRun[]> {
  const { context, windowMs, memoryBytes, observer, limit } = options
  emptyDirectory(directory)
  // Looked at before they are read: what changes meanwhile must not pass for what was read.
  const inputs = describeInputs(runs)
  const sorting = new SpillBuckets(directory, windowMs, memoryBytes, context.lists)
  for await (const { run, chunk, bytes } of decoded(runs, options.pool, context)) {
    observer.chunk(run, chunk, bytes, 0)
    sorting.take(chunk, limit ?? Number.POSITIVE_INFINITY)
  }
  const buckets = sorting.finish()
  const names = join(directory, NAMES)
  writeFileSync(names, encodeNames(sorting.names))
  await sync(names)
  await writeMarker(directory, { settings: settingsOf(options), inputs, buckets })
  return buckets.map((bucket) => bucketRun(directory, bucket))
}

/**
 * The runs of a spill that was completed, if it was made of the same input (names, sizes and times of
 * modification) under the same settings; else null: it has to be made anew.
 */
export function reopenSpill(
  directory: string,
  runs: readonly InputRun[],
  options: Pick<SpillOptions, 'context' | 'windowMs' | 'limit'> | null = null,
): InputRun[] | null {
  const marker = readMarker(directory)
  if (marker === null || !existsSync(join(directory, NAMES))) return null
  const inputs = describeInputs(runs)
  if (inputs.some(({ bytes }) => bytes === null)) return null
  if (!isDeepStrictEqual(inputs, marker.inputs)) return null
  if (options !== null && !isDeepStrictEqual(settingsOf(options), marker.settings)) return null
  return marker.buckets.map((bucket) => bucketRun(directory, bucket))
}

export function removeSpill(directory: string): void {
  rmSync(directory, { recursive: true, force: true })
}

function settingsOf({
  context,
  windowMs,
  limit,
}: Pick<SpillOptions, 'context' | 'windowMs' | 'limit'>): SpillSettings {
  // As JSON keeps it: no limit is null there.
  const until = limit === undefined || limit === Number.POSITIVE_INFINITY ? null : limit
  const { metrics, lists, dimensioned, thing } = context
  return { windowMs, metrics, lists, dimensioned, thing, limit: until }
}

function emptyDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true })
  for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true })
}

function bucketRun(directory: string, { start, files }: SortedBucket): InputRun {
  const names = join(directory, NAMES)
  const stretches = files.flatMap(({ name, cuts }) =>
    cuts.slice(1).map((to, i) => ({ path: join(directory, name), from: cuts[i]!, to })),
  )
  return {
    name: `sorted:${new Date(start).toISOString()}`,
    start,
    bytes: stretches.reduce((sum, { from, to }) => sum + to - from, 0),
    skippedLines: 0,
    ordered: false,
    *segments(from) {
      for (let i = from; i < stretches.length; i++) {
        const stretch = stretches[i]!
        yield {
          source: { kind: 'spilled', ...stretch, names },
          bytes: stretch.to - stretch.from,
          mark: i + 1,
          file: null,
          until: null,
        }
      }
    },
  }
}

interface Decoded {
  run: InputRun
  chunk: Chunk
  bytes: number
}

/** The chunks of all runs in order, some of them decoded ahead. A chunk is valid until the next is asked for. */
async function* decoded(
  runs: readonly InputRun[],
  pool: WorkerPool,
  context: DecodeContext,
): AsyncGenerator<Decoded> {
  const memories: SharedArrayBuffer[] = []
  const underWay: { run: InputRun; bytes: number; chunk: Promise<Chunk> }[] = []
  const begin = (run: InputRun, { source, bytes }: Segment): void => {
    const chunk = decode(pool, {
      source,
      context,
      memory: memories.pop() ?? null,
      digest: null,
    })
    // It may fail before it is its turn; whoever takes it then sees the failure.
    chunk.catch(() => {})
    underWay.push({ run, bytes, chunk })
  }
  const first = async function* (): AsyncGenerator<Decoded> {
    const { run, bytes, chunk: promise } = underWay.shift()!
    const chunk = await promise
    yield { run, chunk, bytes }
    if (chunk.time.buffer instanceof SharedArrayBuffer) memories.push(chunk.time.buffer)
  }
  for (const run of runs) {
    for await (const segment of run.segments(0)) {
      begin(run, segment)
      if (underWay.length > pool.threads) yield* first()
    }
  }
  while (underWay.length > 0) yield* first()
}

async function decode(pool: WorkerPool, task: DecodeTask): Promise<Chunk> {
  const result = await pool.run<DecodeResult>('decode', task)
  if ('failed' in result) throw new DetectError('input', result.failed)
  return result.chunk
}
