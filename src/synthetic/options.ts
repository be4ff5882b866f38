import { DetectError } from '../domain/errors.ts'
import { ML_METRICS } from '../domain/metric.ts'
import { DAY_MS, DEFAULT_WINDOW_MS, HOUR_MS, MINUTE_MS, type EpochMs } from '../domain/time.ts'

/** uniform: one archetype. mixed: four, their levels up to a hundred times apart. sparse: a report each 45 minutes. */
export const FLEET_SUITES = ['mixed', 'uniform', 'sparse'] as const
export type FleetSuite = (typeof FLEET_SUITES)[number]

export interface FleetOptions {
  /** Whole number in [0, 2^53). */
  seed: number
  fleet: FleetSuite
  things: number
  days: number
  start: EpochMs
  cadenceMs: number
  /** Names of the metrics that come out, a subset of the 13. Leaving some out changes no value of the others. */
  metrics: readonly string[]
  incidents: boolean
  /** No gaps, skew, late or repeated rows, resets: then rows come out sorted by time. */
  clean: boolean
  /** Incidents, and the labels of everything else, lie after them. */
  trainingDays: number
}

/** 2026-01-05T00:00:00Z, a Monday. */
const DEFAULT_START: EpochMs = Date.UTC(2026, 0, 5)
const DEFAULT_THINGS: Readonly<Record<FleetSuite, number>> = {
  mixed: 200,
  uniform: 200,
  sparse: 60,
}
export const ALL_METRICS: readonly string[] = ML_METRICS.map((metric) => metric.name)

/** Fills in the defaults. Throws a usage error that names the option and its value. */
export function fleetOptions(given: Partial<FleetOptions>): FleetOptions {
  const fleet = given.fleet ?? 'mixed'
  require(FLEET_SUITES.includes(fleet), 'fleet', fleet, FLEET_SUITES.join(', '))
  const options: FleetOptions = {
    seed: given.seed ?? 1,
    fleet,
    things: given.things ?? DEFAULT_THINGS[fleet],
    days: given.days ?? 21,
    start: given.start ?? DEFAULT_START,
    cadenceMs: given.cadenceMs ?? DEFAULT_WINDOW_MS,
    metrics: given.metrics ?? ALL_METRICS,
    incidents: given.incidents ?? true,
    clean: given.clean ?? false,
    trainingDays: given.trainingDays ?? 14,
  }
  const { seed, things, days, start, cadenceMs, metrics, trainingDays } = options
  require(Number.isSafeInteger(seed) && seed >= 0, 'seed', seed, 'a whole number from 0 on')
  require(Number.isInteger(things) && things >= 1 && things <= 2e7, 'things', things, '1 or more')
  require(days > 0 && days <= 3_650, 'days', days, 'between 0 and 3650')
  // The day in hand makes room for clocks that run an hour behind.
  require(Number.isSafeInteger(start) && start >= DAY_MS, 'start', start, 'a moment after 1970')
  require(Number.isInteger(cadenceMs) &&
    cadenceMs >= 1_000 &&
    cadenceMs <= HOUR_MS, 'cadence', cadenceMs, '1 s to 1 h in whole ms')
  require(trainingDays >= 0, 'training days', trainingDays, '0 or more')
  require(metrics.length > 0, 'metrics', 'none', 'at least one')
  for (const name of metrics) {
    require(ALL_METRICS.includes(name), 'metric', name, 'one of the 13 ML metrics')
  }
  return options
}

function require(holds: boolean, option: string, value: unknown, wanted: string): void {
  if (!holds)
    throw new DetectError('usage', `${option} ${JSON.stringify(value)}: must be ${wanted}`)
}

export function stepsOf(options: FleetOptions): number {
  return Math.max(1, Math.round((options.days * DAY_MS) / options.cadenceMs))
}

/** The first step after the training days; the number of steps if the run ends before. */
export function firstEvaluatedStep(options: FleetOptions): number {
  const step = Math.ceil((options.trainingDays * DAY_MS) / options.cadenceMs)
  return Math.min(stepsOf(options), step)
}

/** Steps between two datapoints of a thing that reports every 45 minutes. */
export function sparseInterval(options: FleetOptions): number {
  return Math.max(1, Math.round((45 * MINUTE_MS) / options.cadenceMs))
}
