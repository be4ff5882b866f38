import { SECOND_MS } from '../domain/time.ts'
import type { Database } from '../store/database.ts'
import { configurationVersion } from '../store/store.ts'
import type { Schedule } from './dispatch.ts'
import { type RunContext, runTasks } from './run-tasks.ts'

/** Tasks that the API started are seen so soon. */
const LOOK_MS: number = SECOND_MS

export interface RunnerContext extends RunContext {
  database: Database
  now: () => number
  /** Things have joined groups: who is evaluated may have changed. */
  moved: () => void
  /** The store failed; it is tried again. */
  broken: (error: unknown) => void
}

/** Runs mitigation tasks part by part, with room for everything else in between. */
export class TaskRunner {
  readonly #context: RunnerContext
  readonly #schedule: Schedule
  #cancelTimer: () => void = () => {}
  #closed = false

  constructor(context: RunnerContext, schedule: Schedule) {
    this.#context = context
    this.#schedule = schedule
  }

  /** There may be something to do: called at the start, and when a rule has started tasks. */
  wake = (): void => {
    if (this.#closed) return
    this.#cancelTimer()
    this.#cancelTimer = this.#schedule(this.#proceed() ? 0 : LOOK_MS, this.wake)
  }

  /** Between two parts: nothing is half done. */
  stop(): void {
    this.#closed = true
    this.#cancelTimer()
  }

  #proceed(): boolean {
    const { database, now, moved, broken } = this.#context
    try {
      const before = configurationVersion(database)
      const worked = runTasks(database, now(), this.#context)
      if (configurationVersion(database) !== before) moved()
      return worked
    } catch (error) {
      broken(error)
      return false
    }
  }
}
