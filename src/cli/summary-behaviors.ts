import type { RunSummary } from '../compose.ts'
import type { ModelMemory } from '../detect/model-memory.ts'
import type { BehaviorSummary } from '../detect/run-summary.ts'
import { CONFIDENCE_LEVELS } from '../domain/behavior.ts'
import { DAY_MS } from '../domain/time.ts'
import { bytesText, grouped, numberText, timeText } from './figures.ts'
import { qualityLine } from './model-quality.ts'
import { formatTable } from './table.ts'

/** Names of behaviors, with their profile's where there are several profiles. */
export function behaviorLabels(behaviors: readonly BehaviorSummary[]): string[] {
  const several = new Set(behaviors.map(({ profile }) => profile)).size > 1
  return behaviors.map(({ profile, behavior }) => (several ? `${profile}/${behavior}` : behavior))
}

/** How the models stand; for those still to be built, how far collection is. */
export function modelLines(summary: RunSummary, labels: readonly string[]): string[] {
  const rows = summary.behaviors.flatMap((behavior, i) => {
    const { modelStatus, trainedOn, lastModelRefreshDate, lone } = behavior
    if (behavior.kind !== 'ml') return []
    const trained = trainedOn === null ? '' : grouped(trainedOn)
    const refreshed =
      lastModelRefreshDate === null
        ? collectionText(behavior, summary)
        : timeText(lastModelRefreshDate)
    const status = `${modelStatus ?? ''}${lone === true ? ' as single series' : ''}`
    return [[labels[i]!, status, trained, refreshed]]
  })
  if (rows.length === 0) return []
  const titles = ['models', 'status', 'datapoints', 'refreshed (UTC)']
  return [
    modelText(summary.model),
    qualityLine(summary.model.kind),
    ...formatTable([titles, ...rows], ['left', 'left', 'right', 'left'], 0),
  ]
}

function modelText({ kind, series }: ModelMemory): string {
  if (series === null) return `model ${kind}: one distribution of all things' values per behavior`
  const { count, bytes, fleetBytes } = series
  const each = count === 0 ? 0 : Math.round(bytes / count)
  const fleet = fleetBytes === 0 ? '' : `, and ${bytesText(fleetBytes)} of the fleet's`
  return `model ${kind}: ${grouped(count)} series, of a thing and a behavior each, of ${bytesText(each)}${fleet}`
}

function collectionText(behavior: BehaviorSummary, summary: RunSummary): string {
  const { modelStatus, datapoints, trainingDataCollectionStartDate } = behavior
  const { minDatapoints, minDays, progress } = summary
  if (modelStatus === 'EXPIRED') return 'expired: too few datapoints for 30 days'
  if (trainingDataCollectionStartDate === null) return 'waits for its first datapoint'
  const ms = Math.max(0, (progress.eventTime ?? 0) - trainingDataCollectionStartDate)
  const days = Math.min(minDays, Math.floor((ms / DAY_MS) * 10) / 10)
  const collected = `${grouped(datapoints ?? 0)} of ${grouped(minDatapoints)} datapoints`
  return `waits: ${collected}, ${days} of ${minDays} days`
}

/**
 * The range that is normal at each level, for a model of series that of the fleet's residuals; `*` marks
 * the level a behavior alarms at.
 */
export function thresholdLines(
  { behaviors, model }: RunSummary,
  labels: readonly string[],
): string[] {
  const rows = behaviors.flatMap(({ thresholds, confidenceLevel }, i) => {
    if (thresholds === null) return []
    const ranges = CONFIDENCE_LEVELS.map((level) => {
      const range = thresholds[level]
      const mark = level === confidenceLevel ? ' *' : ''
      return range === undefined ? '' : `${rangeText(range.low, range.high)}${mark}`
    })
    return [[labels[i]!, ...ranges]]
  })
  if (rows.length === 0) return []
  const what = model.series === null ? 'normal range' : 'normal, off its forecast'
  const titles = [what, ...CONFIDENCE_LEVELS.map((level) => `${level} confidence`)]
  return formatTable([titles, ...rows], ['left', 'left', 'left', 'left'], 0)
}

function rangeText(low: number | null, high: number | null): string {
  if (low === null && high === null) return 'any'
  if (low === null) return `up to ${numberText(high!)}`
  if (high === null) return `from ${numberText(low)}`
  return `${numberText(low)} to ${numberText(high)}`
}

/** Alarms by behavior, as events of the run counted them, and those that stand at its end. */
export function alarmLines(
  behaviors: readonly BehaviorSummary[],
  labels: readonly string[],
): string[] {
  const rows = behaviors.flatMap((behavior, i) => {
    const { kind, metric, alarms, cleared, invalidated, standing, suppressed } = behavior
    if (kind === 'unevaluated') return []
    const counts = [alarms, cleared, invalidated, standing].map(grouped)
    return [[labels[i]!, metric, ...counts, suppressed ? 'suppressed' : '']]
  })
  if (rows.length === 0) return []
  const titles = ['alarms', 'metric', 'opened', 'cleared', 'invalidated', 'standing']
  return formatTable(
    [titles, ...rows],
    ['left', 'left', 'right', 'right', 'right', 'right', 'left'],
    0,
  )
}
