import { Piscina } from 'piscina'

const FROM_SOURCE: boolean = import.meta.url.endsWith('.ts')
/** What threads run; the build makes one file of it and all it needs, which loads in a fraction of the time. */
const ENTRY: string = new URL(`../../workers/tasks${FROM_SOURCE ? '.ts' : '.cjs'}`, import.meta.url)
  .href

/** What the worker threads can do; each is a function of the entry. */
export type TaskName =
  | 'decode'
  | 'score'
  | 'scoreBlock'
  | 'fit'
  | 'fitSeries'
  | 'beginDay'
  | 'archive'

/**
 * The pool of worker threads. Tasks are coarse (a stretch of a file, a lane of a batch) and carry
 * handles of shared memory, not rows. A thread is given the next one when it is done with the last:
 * one that waited in the thread would hold up the result before it.
 */
export class WorkerPool {
  readonly threads: number
  readonly #piscina: Piscina
  /** Fits models, so that nothing else waits behind a fit; null: all threads do everything. */
  readonly #trainers: Piscina | null
  /** Threads that work; what waits for the disk does not count. */
  #busy = 0
  /** Decoding is ahead of all the rest, so it comes last. */
  readonly #urgent: (() => void)[] = []
  readonly #decoding: (() => void)[] = []

  constructor(threads: number, trainers = 0) {
    this.threads = threads
    this.#piscina = newPiscina(threads)
    this.#trainers = trainers === 0 ? null : newPiscina(trainers)
  }

  /** Runs a task; its result's type is the entry's own. */
  async run<Result>(name: TaskName, task: unknown): Promise<Result> {
    if (FITS.includes(name) && this.#trainers !== null) {
      return (await this.#trainers.run(task, { name })) as Result
    }
    if (name === 'archive') return (await this.#piscina.run(task, { name })) as Result
    await this.#thread(name === 'decode' ? this.#decoding : this.#urgent)
    try {
      return (await this.#piscina.run(task, { name })) as Result
    } finally {
      this.#free()
    }
  }

  /** What has not been begun fails. */
  async close(): Promise<void> {
    const destroyed = Promise.all([this.#piscina.destroy(), this.#trainers?.destroy()])
    for (const begin of [...this.#urgent.splice(0), ...this.#decoding.splice(0)]) begin()
    await destroyed
  }

  /** Waits for a thread. */
  async #thread(queue: (() => void)[]): Promise<void> {
    if (this.#busy < this.threads) this.#busy++
    else await new Promise<void>((begin) => queue.push(begin))
  }

  #free(): void {
    const next = this.#urgent.shift() ?? this.#decoding.shift()
    if (next === undefined) this.#busy--
    else next()
  }
}

const FITS: readonly TaskName[] = ['fit', 'fitSeries']

function newPiscina(threads: number): Piscina {
  return new Piscina({
    filename: ENTRY,
    // A thread gets its first task when this one is loaded.
    name: 'decode' satisfies TaskName,
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Number.POSITIVE_INFINITY,
    // Lets a thread work while a file of the archive is on its way to the disk.
    concurrentTasksPerWorker: 4,
    recordTiming: false,
    // From source, threads need the TypeScript loader; compiled, an empty list would drop the flags
    // they inherit.
    ...(FROM_SOURCE ? { execArgv: ['--import', typescriptLoader()] } : {}),
  })
}

/** A module that lets a thread import TypeScript; the loader's own entry does so in the main thread only. */
function typescriptLoader(): string {
  const api = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  return `data:text/javascript,import{register}from${encodeURIComponent(api)};register()`
}
