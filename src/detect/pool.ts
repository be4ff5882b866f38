import { Piscina } from 'piscina'

const entry = (name: string): string =>
  new URL(`../../workers/${name}${EXTENSION}`, import.meta.url).href
const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js'

/** What the worker threads can do; each is one entry under workers/. */
export type TaskName = 'decode' | 'score' | 'fit' | 'fit-series' | 'begin-day' | 'archive'

/**
 * The pool of worker threads. Tasks are coarse (a stretch of a file, a lane of a batch) and carry
 * handles of shared memory, not rows.
 */
export class WorkerPool {
  readonly threads: number
  readonly #piscina: Piscina

  constructor(threads: number) {
    this.threads = threads
    this.#piscina = new Piscina({
      minThreads: threads,
      maxThreads: threads,
      idleTimeout: Number.POSITIVE_INFINITY,
      // Lets a thread work while a file of the archive is on its way to the disk.
      concurrentTasksPerWorker: 4,
      recordTiming: false,
      // From source, threads need the TypeScript loader; compiled, an empty list would drop the flags
      // they inherit.
      ...(EXTENSION === '.ts' ? { execArgv: ['--import', typescriptLoader()] } : {}),
    })
  }

  /** Runs a task; its result's type is the entry's own. */
  async run<Result>(name: TaskName, task: unknown): Promise<Result> {
    return (await this.#piscina.run(task, { filename: entry(name) })) as Result
  }

  async close(): Promise<void> {
    await this.#piscina.destroy()
  }
}

/** A module that lets a thread import TypeScript; the loader's own entry does so in the main thread only. */
function typescriptLoader(): string {
  const api = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  return `data:text/javascript,import{register}from${encodeURIComponent(api)};register()`
}
