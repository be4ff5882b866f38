import type { FitResult, FitTask } from '../tasks/fit.ts'
import type { WorkerPool } from './pool.ts'

interface Waiting {
  task: FitTask
  resolve(result: FitResult): void
  reject(error: unknown): void
}

/**
 * Fits on the worker threads. At midnight all behaviors ask at once: what is asked for in one turn goes
 * out as one task per thread.
 */
export function fitterOf(pool: WorkerPool): (task: FitTask) => Promise<FitResult> {
  let waiting: Waiting[] = []
  const sendAll = (): void => {
    const all = waiting
    waiting = []
    for (let thread = 0; thread < pool.threads; thread++) {
      const own = all.filter((_, i) => i % pool.threads === thread)
      if (own.length > 0) void send(pool, own)
    }
  }
  return (task) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(sendAll)
      waiting.push({ task, resolve, reject })
    })
}

async function send(pool: WorkerPool, own: readonly Waiting[]): Promise<void> {
  try {
    const results = await pool.run<FitResult[]>(
      'fit',
      own.map(({ task }) => task),
    )
    for (const [i, waiting] of own.entries()) waiting.resolve(results[i]!)
  } catch (error) {
    for (const waiting of own) waiting.reject(error)
  }
}
