import { join } from 'node:path'
import { WorkerPool } from '../detect/pool.ts'
import { MIN_DATAPOINTS } from '../detect/training.ts'
import type { SecurityProfile } from '../domain/behavior.ts'
import type { Definitions } from '../domain/definitions.ts'
import { checkCustomMetrics } from '../domain/metric-table.ts'
import type { Targets } from '../domain/targets.ts'
import { backtest, type BacktestReport } from '../service/backtest.ts'
import { type Configuration, readConfiguration } from '../service/configuration.ts'
import { evaluatedRows } from '../store/evaluated.ts'
import { openStoreToRead } from '../store/store.ts'
import { type KeptTraining, keptTraining } from './kept-training.ts'
import type { Reporter, RunOptions } from './options.ts'
import { checked, readDefinitions, readMaintenance, readTargets } from './run-files.ts'
import { BATCH_ROWS, QUANTILES, systemClock } from './session.ts'

export type { BacktestAlarms, BacktestReport } from '../service/backtest.ts'

export interface BacktestOptions
  extends Pick<
    RunOptions,
    'profiles' | 'thingsFile' | 'dimensionsFile' | 'maintenanceFile' | 'windowMs'
  > {
  /** The archive's directory; null: that of the data directory. */
  archive: string | null
  /** A data directory of `serve`, which may be running; null where there is none. */
  data: string | null
  days: number
  model: string
  /** When models are built; null: what the service has, but from one day on. */
  minDays: number | null
  minDatapoints: number | null
  maxThings: number
  threads: number
}

const DEFAULT_MIN_DAYS = 1

/** One report per profile. A profile that is attached in the service is tried on whom it is attached to there. */
export async function backtestProfiles(
  options: BacktestOptions,
  reporter: Reporter,
): Promise<BacktestReport[]> {
  const { data, profiles, days } = options
  const archive = options.archive ?? join(data!, 'archive')
  const service = data === null ? null : ofService(data)
  const settings = {
    windowMs: options.windowMs,
    training: {
      modelKind: options.model,
      ...trainingOf(options, service?.training ?? null, reporter),
      quantiles: QUANTILES,
    },
    batchRows: BATCH_ROWS,
    maxThings: options.maxThings,
    learnOnly: false,
    maintenance: readMaintenance(options, reporter),
  }
  const queries = profiles.map((profile) => {
    const { targets, definitions } = surroundingsOf(
      options,
      profile,
      service?.configuration ?? null,
      reporter,
    )
    checked(profile, checkCustomMetrics([profile], definitions), reporter)
    return { profile, targets, definitions, days }
  })
  const pool = new WorkerPool(options.threads)
  try {
    const reports: BacktestReport[] = []
    for (const query of queries) {
      reports.push(await backtest(archive, query, settings, pool, systemClock))
    }
    return reports
  } finally {
    await pool.close()
  }
}

/** Whom a profile watches, and what its metrics are. */
interface Surroundings {
  targets: Targets
  definitions: Definitions
}

/** From files, and for what no file says from the service. */
function surroundingsOf(
  options: BacktestOptions,
  profile: SecurityProfile,
  service: Configuration | null,
  reporter: Reporter,
): Surroundings {
  const given = { ...options, profiles: [profile] }
  if (service === null) {
    return {
      targets: readTargets(options, reporter),
      definitions: readDefinitions(given, reporter),
    }
  }
  const { targets, definitions } = readConfiguration(service, () => {})
  const attached = Object.hasOwn(service.targets, profile.name)
  return {
    targets: attached && options.thingsFile === null ? targets : readTargets(options, reporter),
    definitions:
      options.dimensionsFile === null
        ? definitions
        : { ...definitions, dimensions: readDefinitions(given, reporter).dimensions },
  }
}

/** When models are built, which is said: a short archive is to say something too. */
function trainingOf(
  given: Pick<BacktestOptions, 'minDays' | 'minDatapoints'>,
  service: KeptTraining | null,
  reporter: Reporter,
): KeptTraining {
  const minDays = given.minDays ?? DEFAULT_MIN_DAYS
  const minDatapoints = given.minDatapoints ?? service?.minDatapoints ?? MIN_DATAPOINTS
  const from = given.minDatapoints === null && service !== null ? ' (as the service)' : ''
  const later =
    service !== null && service.minDays > minDays ? `; the service: ${service.minDays} days` : ''
  reporter.note(
    `models from ${minDays} ${minDays === 1 ? 'day' : 'days'}${later} and ${minDatapoints} datapoints${from} on`,
  )
  return { minDays, minDatapoints }
}

function ofService(data: string): { configuration: Configuration; training: KeptTraining | null } {
  const store = openStoreToRead(data)
  try {
    const { database } = store
    return { configuration: evaluatedRows(database), training: keptTraining(database) }
  } finally {
    store.close()
  }
}
