/** What a side of the whole-job bench is told, and what it answers: one line of JSON each way. */
import { createHash } from 'node:crypto'
import { appendFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { DAY_MS, DEFAULT_WINDOW_MS, type EpochMs, HOUR_MS } from '../../src/domain/time.ts'
import { DATA_START } from '../days.ts'

export type DataFormat = 'parquet' | 'ndjson'

export interface SideTask {
  format: DataFormat
  /** The file that all sides read. */
  path: string
  threads: number
  /** What our own side learns by. */
  model: string
  /** Where the side leaves its events for comparison, one per line. */
  events: string
}

export interface SideResult {
  /** From the loaded libraries to the last event; null when the side cannot run here. */
  ms: number | null
  /** User and system time of all threads. */
  cpuMs: number
  peakRssMb: number
  events: number
  sha256: string
  note: string
}

/** Training ends at midnight of the evaluated day; the model is in force an hour later. */
export const TRAINED_UNTIL: EpochMs = DATA_START + 14 * DAY_MS
export const EVALUATED_FROM: EpochMs = TRAINED_UNTIL + HOUR_MS

/** LOW, MEDIUM and HIGH; alarms are raised at MEDIUM. */
export const QUANTILES = [0.98, 0.995, 0.9995] as const
export const CONSECUTIVE = 3

export type Transition = 'ALARM' | 'CLEAR'

/** One event as all sides write it; `time` is any moment in the window of the datapoint that decided. */
export function eventLine(
  thing: string,
  metric: string,
  time: EpochMs,
  transition: Transition,
): string {
  const window = Math.floor(time / DEFAULT_WINDOW_MS) * DEFAULT_WINDOW_MS
  return `${thing},${metric},${window},${transition}`
}

/** Runs the job of a child process and writes its result to standard output. */
export async function runSide(job: (task: SideTask) => Promise<string[]>): Promise<void> {
  const task = JSON.parse(process.argv[2] ?? '{}') as SideTask
  const before = process.cpuUsage()
  const start = performance.now()
  const events = await job(task)
  const ms = performance.now() - start
  const { user, system } = process.cpuUsage(before)
  const sorted = events.sort()
  writeFileSync(task.events, sorted.join('\n'))
  report({
    ms,
    cpuMs: (user + system) / 1_000,
    peakRssMb: process.resourceUsage().maxRSS / 1_024,
    events: sorted.length,
    sha256: createHash('sha256').update(sorted.join('\n')).digest('hex'),
    note: '',
  })
}

export function absent(note: string): void {
  report({ ms: null, cpuMs: 0, peakRssMb: 0, events: 0, sha256: '', note })
}

function report(result: SideResult): void {
  appendFileSync(process.stdout.fd, `${JSON.stringify(result)}\n`)
}

export function defaultThreads(): number {
  return Math.min(2, availableParallelism())
}
