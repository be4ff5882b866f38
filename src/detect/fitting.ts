import type { SlabSpreads } from '../stats/compact-day.ts'
import type { BeginDayTask } from '../tasks/begin-day.ts'
import type { FitResult, FitTask } from '../tasks/fit.ts'
import type { ClosedSlab, FleetFit, SeriesFitTask } from '../tasks/fit-series.ts'
import type { TaskName, WorkerPool } from './pool.ts'

interface Waiting {
  task: unknown
  resolve(result: unknown): void
  reject(error: unknown): void
}

export function fitterOf(pool: WorkerPool): (task: FitTask) => Promise<FitResult> {
  const send = batched(pool, 'fit')
  return async (task) => (await send(task)) as FitResult
}

export function seriesFitterOf(
  pool: WorkerPool,
): (task: SeriesFitTask) => Promise<ClosedSlab | FleetFit> {
  const send = batched(pool, 'fitSeries')
  return async (task) => (await send(task)) as ClosedSlab | FleetFit
}

export function beginnerOf(pool: WorkerPool): (task: BeginDayTask) => Promise<SlabSpreads> {
  const send = batched(pool, 'beginDay')
  return async (task) => (await send(task)) as SlabSpreads
}

/**
 * Fits on the worker threads. At midnight all behaviors ask at once: what is asked for in one turn goes
 * out as one task per thread, a list to the entry `name`, which answers with a list.
 */
function batched(pool: WorkerPool, name: TaskName): (task: unknown) => Promise<unknown> {
  let waiting: Waiting[] = []
  const sendAll = (): void => {
    const all = waiting
    waiting = []
    for (let thread = 0; thread < pool.threads; thread++) {
      const own = all.filter((_, i) => i % pool.threads === thread)
      if (own.length > 0) void send(pool, name, own)
    }
  }
  return (task) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(sendAll)
      waiting.push({ task, resolve, reject })
    })
}

async function send(pool: WorkerPool, name: TaskName, own: readonly Waiting[]): Promise<void> {
  try {
    const results = await pool.run<unknown[]>(
      name,
      own.map(({ task }) => task),
    )
    for (const [i, waiting] of own.entries()) waiting.resolve(results[i])
  } catch (error) {
    for (const waiting of own) waiting.reject(error)
  }
}
