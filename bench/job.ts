/**
 * The whole job, end to end: two weeks of a fleet's datapoints in a file, thresholds from them, and the
 * alarms of the day after. Every side runs in a process of its own, in interleaved rounds, on the same
 * file; all must come to the same events.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { benchData } from './data.ts'
import { type DataFormat, defaultThreads, type SideResult, type SideTask } from './sides/side.ts'
import { median, table } from './table.ts'

export interface JobOptions {
  things: number
  rounds: number
  formats: readonly DataFormat[]
}

/** How one side did with one format; times are medians over the rounds. */
export interface JobResult {
  format: DataFormat
  side: string
  rows: number
  threads: number
  /** Inside the process, from the loaded libraries on; null when the side is absent. */
  ms: number | null
  bestMs: number | null
  /** The whole process. */
  wallMs: number
  cpuMs: number
  peakRssMb: number
  /** The median of DuckDB by this one: 2 is twice as fast. */
  timesDuckDB: number | null
  events: number
  /** Events that only one of this side and DuckDB has; null too for another model than thresholds. */
  differing: number | null
  note: string
}

/** The sides' entries; ours also does the job by the models that learn each thing by itself. */
const SIDES = [
  { name: 'ours', entry: 'ours', model: 'quantile' },
  { name: 'ours, model compact', entry: 'ours', model: 'compact' },
  { name: 'ours, model full', entry: 'ours', model: 'full' },
  { name: 'duckdb', entry: 'duckdb', model: 'quantile' },
  { name: 'polars', entry: 'polars', model: 'quantile' },
] as const
type Side = (typeof SIDES)[number]
const PEER: Side['name'] = 'duckdb'

interface Run {
  result: SideResult
  wallMs: number
  events: string[]
}

export async function benchJob({ things, rounds, formats }: JobOptions): Promise<JobResult[]> {
  const data = await benchData(things)
  console.error(`data: ${data.directory}`)
  const scratch = mkdtempSync(join(tmpdir(), 'fleet-detect-bench-'))
  const threads = defaultThreads()
  try {
    const results: JobResult[] = []
    for (const format of formats) {
      const task = { format, path: data[format], threads, events: join(scratch, 'events') }
      const runs = await interleaved(task, rounds)
      for (const { name, model } of SIDES) {
        const result = judged(runs, name)
        const differing = model === 'quantile' ? result.differing : null
        results.push({ format, side: name, rows: data.rows, threads, ...result, differing })
      }
    }
    return results
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

async function interleaved(
  task: Omit<SideTask, 'model'>,
  rounds: number,
): Promise<Map<string, Run[]>> {
  const runs = new Map<string, Run[]>(SIDES.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const side of SIDES) {
      const own = runs.get(side.name)!
      if (own[0]?.result.ms === null) continue
      console.error(`${task.format}, round ${round + 1} of ${rounds}: ${side.name}`)
      own.push(await runOnce(side.entry, { ...task, model: side.model }))
    }
  }
  return runs
}

const execute = promisify(execFile)

async function runOnce(side: Side['entry'], task: SideTask): Promise<Run> {
  const extension = import.meta.url.slice(-3)
  const entry = fileURLToPath(new URL(`sides/${side}${extension}`, import.meta.url))
  const start = performance.now()
  const { stdout } = await execute(process.execPath, [
    ...process.execArgv,
    entry,
    JSON.stringify(task),
  ])
  const wallMs = performance.now() - start
  const result = JSON.parse(stdout) as SideResult
  const events = result.events === 0 ? [] : readFileSync(task.events, 'utf8').split('\n')
  return { result, wallMs, events }
}

type Judged = Omit<JobResult, 'format' | 'side' | 'rows' | 'threads'>

function judged(runs: ReadonlyMap<string, readonly Run[]>, side: Side['name']): Judged {
  const own = runs.get(side)!
  const peer = runs.get(PEER)!
  const times = timesOf(own)
  const ms = times.length === 0 ? null : median(times)
  const last = own.at(-1)!
  return {
    ms,
    bestMs: ms === null ? null : Math.min(...times),
    wallMs: median(own.map(({ wallMs }) => wallMs)),
    cpuMs: median(own.map(({ result }) => result.cpuMs)),
    peakRssMb: Math.max(...own.map(({ result }) => result.peakRssMb)),
    timesDuckDB: ms === null ? null : median(timesOf(peer)) / ms,
    events: last.result.events,
    differing: ms === null ? null : differing(last.events, peer.at(-1)!.events),
    note: last.result.note,
  }
}

function timesOf(runs: readonly Run[]): number[] {
  return runs.flatMap(({ result }) => (result.ms === null ? [] : [result.ms]))
}

/** How many lines only one of the two has. */
function differing(a: readonly string[], b: readonly string[]): number {
  const [inA, inB] = [new Set(a), new Set(b)]
  return a.filter((line) => !inB.has(line)).length + b.filter((line) => !inA.has(line)).length
}

function sameness(differing: number | null): string {
  if (differing === null) return 'another model'
  return differing === 0 ? 'identical' : `${differing} differ`
}

export function jobTable(results: readonly JobResult[]): string {
  const head = ['', 'ms', 'best', 'process', 'cpu', 'RSS MB', 'M rows/s', 'x DuckDB', 'events', '']
  const rows = results.map((result) => {
    const { format, side, rows, ms, bestMs, wallMs, cpuMs, peakRssMb, timesDuckDB } = result
    if (ms === null) return [`${format} ${side}`, '', '', '', '', '', '', '', '', result.note]
    const sizes = [ms, bestMs!, wallMs, cpuMs, peakRssMb].map((size) => size.toFixed(0))
    const speed = (rows / ms / 1_000).toFixed(1)
    const same = sameness(result.differing)
    return [`${format} ${side}`, ...sizes, speed, timesDuckDB!.toFixed(2), `${result.events}`, same]
  })
  return table(head, rows)
}
