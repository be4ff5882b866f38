import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { ConfidenceLevel } from '../../src/domain/behavior.ts'
import { DetectError } from '../../src/domain/errors.ts'
import { show } from '../../src/domain/problem.ts'
import type { EpochMs } from '../../src/domain/time.ts'

/** The columns of `--scores FILE.csv`. */
const COLUMNS = [
  'thing',
  'metric',
  'behavior',
  'timestamp',
  'value',
  'score',
  'score0',
  'level',
  'low',
  'high',
] as const
const HEADER = COLUMNS.join(',')

export interface ScoredPoint {
  time: EpochMs
  value: number
  score: number
  level: ConfidenceLevel | 'NONE'
  /** What was normal; an open end is infinite. */
  low: number
  high: number
}

/** What to read: one metric of one thing, in [from, to). */
export interface Excerpt {
  thing: string
  metric: string
  from: EpochMs
  to: EpochMs
}

/** Scored datapoints by behavior, each in order of time. */
export type ScoredSeries = ReadonlyMap<string, readonly ScoredPoint[]>

/** Throws an input error when the file is not one of scores, or holds nothing of what is wanted. */
export async function readScores(path: string, wanted: Excerpt): Promise<ScoredSeries> {
  const byBehavior = new Map<string, ScoredPoint[]>()
  let header: string | null = null
  try {
    for await (const line of createInterface({ input: createReadStream(path) })) {
      if (header !== null) add(byBehavior, line, wanted)
      else if ((header = line) !== HEADER) break
    }
  } catch (cause) {
    throw new DetectError('input', `${path}: ${(cause as Error).message}`, { cause })
  }
  if (header !== HEADER) {
    throw new DetectError('input', `${path}: should begin with ${HEADER}, not ${show(header)}`)
  }
  if (byBehavior.size === 0) {
    const { thing, metric } = wanted
    throw new DetectError('input', `${path}: has nothing of ${thing}, ${metric} at that time`)
  }
  for (const points of byBehavior.values()) points.sort((a, b) => a.time - b.time)
  return byBehavior
}

function add(byBehavior: Map<string, ScoredPoint[]>, line: string, wanted: Excerpt): void {
  const [thing, metric, behavior, timestamp, value, score, , level, low, high] = fields(line)
  const time = Number(timestamp)
  if (thing !== wanted.thing || metric !== wanted.metric) return
  if (!(time >= wanted.from && time < wanted.to)) return
  const points = byBehavior.get(behavior!) ?? []
  byBehavior.set(behavior!, points)
  points.push({
    time,
    value: Number(value),
    score: Number(score),
    level: level as ScoredPoint['level'],
    low: low === '' ? Number.NEGATIVE_INFINITY : Number(low),
    high: high === '' ? Number.POSITIVE_INFINITY : Number(high),
  })
}

/** The fields of a line of CSV, whose names may be quoted. */
function fields(line: string): string[] {
  if (!line.includes('"')) return line.split(',')
  const found = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)
  return [...found].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!)
}
