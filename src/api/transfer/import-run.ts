import { type JsonObject, Problems } from '../../domain/problem.ts'
import type { EpochMs } from '../../domain/time.ts'
import type { Database } from '../../store/database.ts'
import type { Context } from '../context.ts'
import type { OperationName } from '../operations.ts'
import { pageOf } from '../page.ts'
import type { Kind } from './kind.ts'
import { ANYWHERE, runHandler } from './run-handler.ts'

export type Outcome = 'created' | 'updated' | 'unchanged'

/** How many of each kind met each outcome. */
export type Tally = Map<string, Record<Outcome, number>>

export interface ImportParts {
  database: Database
  now: EpochMs
  uuid: () => string
}

/** One import under way: what it has done, and what it could not do. */
export class ImportRun {
  readonly context: Context
  readonly tally: Tally = new Map()
  readonly #failed = new Set<string>()

  constructor({ database, now, uuid }: ImportParts) {
    const engine = {
      configurationChanged() {},
      trainingSummaries: () => [],
      metricValues: () => Promise.resolve([]),
    }
    const page = pageOf('', {}, 1, undefined)
    this.context = { database, identity: ANYWHERE, now, uuid, engine, host: '', page }
  }

  count(noun: string, outcome: Outcome): void {
    const counts = this.tally.get(noun) ?? { created: 0, updated: 0, unchanged: 0 }
    counts[outcome]++
    this.tally.set(noun, counts)
  }

  /** That something could not be made; that it is missing elsewhere goes without saying. */
  fail(resource: string): void {
    this.#failed.add(resource)
  }

  hasFailed(...resources: string[]): boolean {
    return resources.some((resource) => this.#failed.has(resource))
  }

  /** Something as the API describes it; null when it is not there. */
  stored(kind: Kind, name: string): JsonObject | null {
    return runHandler(kind.describe, { [kind.label]: name }, this.context, new Problems(''))
  }

  /** Runs an operation; says what is wrong with it at the place it was asked for. */
  perform(name: OperationName, input: JsonObject, path: string, problems: Problems): boolean {
    const own = new Problems(problems.place)
    const done = runHandler(name, input, this.context, own) !== null
    for (const { message } of own.list) problems.error(path, message)
    return done
  }
}
