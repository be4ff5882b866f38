import { readFileSync } from 'node:fs'
import { WorkerPool } from '../detect/pool.ts'
import type { SecurityProfile } from '../domain/behavior.ts'
import { NO_DEFINITIONS } from '../domain/definitions.ts'
import { DetectError } from '../domain/errors.ts'
import { formatProblem, hasErrors } from '../domain/problem.ts'
import { ALL_THINGS, parseTargets } from '../domain/targets.ts'
import { backtest, type BacktestReport } from '../service/backtest.ts'
import { BATCH_ROWS, QUANTILES, systemClock } from './session.ts'

export type { BacktestAlarms, BacktestReport } from '../service/backtest.ts'

export interface BacktestOptions {
  /** The archive's directory. */
  archive: string
  profiles: readonly SecurityProfile[]
  /** Null: all things. */
  thingsFile: string | null
  days: number
  windowMs: number
  model: string
  minDays: number
  minDatapoints: number
  maxThings: number
  threads: number
}

/** One report per profile. */
export async function backtestProfiles(options: BacktestOptions): Promise<BacktestReport[]> {
  const { archive, profiles, days } = options
  const targets = targetsOf(options)
  const settings = {
    windowMs: options.windowMs,
    training: {
      modelKind: options.model,
      minDays: options.minDays,
      minDatapoints: options.minDatapoints,
      quantiles: QUANTILES,
    },
    batchRows: BATCH_ROWS,
    maxThings: options.maxThings,
    learnOnly: false,
    maintenance: [],
  }
  const pool = new WorkerPool(options.threads)
  try {
    const reports: BacktestReport[] = []
    for (const profile of profiles) {
      const query = { profile, targets, definitions: NO_DEFINITIONS, days }
      reports.push(await backtest(archive, query, settings, pool, systemClock))
    }
    return reports
  } finally {
    await pool.close()
  }
}

function targetsOf({ thingsFile, profiles }: BacktestOptions) {
  if (thingsFile === null) return ALL_THINGS
  const names = profiles.map(({ name }) => name)
  const { targets, problems } = parseTargets(readFileSync(thingsFile, 'utf8'), thingsFile, names)
  if (!hasErrors(problems)) return targets
  throw new DetectError('profile', problems.map((problem) => formatProblem(problem)).join('\n'))
}
