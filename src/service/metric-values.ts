import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { MetricDatum, MetricValuesQuery } from '../api/engine.ts'
import { describeParquet } from '../columnar/parquet-describe.ts'
import { nameAt } from '../columnar/name-table.ts'
import { type ArchiveColumns, readArchiveColumns } from '../columnar/parquet-read.ts'
import { listItems } from '../domain/list-value.ts'
import { type Metric, dimensionedName } from '../domain/metric.ts'
import { dayName, dayOf, type EpochMs } from '../domain/time.ts'
import { type MetricValue, metricValue } from '../domain/violation.ts'
import type { LiveState } from './live-evaluation.ts'

/**
 * What one thing measured, window by window, from the archive and from what waits to be written there; times are the
 * ends of windows, as those of alarms. Empty for things and metrics nobody knows.
 */
export async function metricValues(
  { thing, metric, dimension, from, to }: MetricValuesQuery,
  { detector, archive }: LiveState,
  directory: string,
): Promise<MetricDatum[]> {
  const { metrics, things, settings } = detector
  const name =
    dimension === null ? metric : dimensionedName(metric, dimension.name, dimension.operator)
  const known = metrics.find((candidate) => candidate.name === name)
  const index = things.find(thing)
  if (known === undefined || index < 0 || archive === null) return []
  const ordinal = things.ordinal(index)
  const found: MetricDatum[] = []
  const take = (
    columns: Pick<ArchiveColumns, 'thing' | 'time' | 'value' | 'lists'>,
    rows: number,
  ): void => {
    for (let row = 0; row < rows; row++) {
      if (columns.thing[row] !== ordinal) continue
      const timestamp = columns.time[row]! + settings.windowMs
      if (timestamp < from || timestamp > to) continue
      found.push({ timestamp, value: valueOf(known, columns, row) })
    }
  }
  const pending = archive.position.pending[name]
  if (pending !== undefined) take(pending, pending.rows)
  const folder = join(directory, `metric=${encodeURIComponent(name)}`)
  for (const day of daysIn(folder, from - settings.windowMs, to)) {
    for (const path of partsIn(join(folder, day))) {
      // A part at a time: evaluation goes on in between.
      await setImmediate()
      const file = describeParquet(path)
      for (const [i, { rows }] of file.rowGroups.entries()) take(readArchiveColumns(file, i), rows)
    }
  }
  return found.sort((a, b) => a.timestamp - b.timestamp)
}

/** The folders of the days from one time to another. */
function daysIn(folder: string, from: EpochMs, to: EpochMs): string[] {
  if (!existsSync(folder)) return []
  const [first, last] = [`day=${dayName(dayOf(from))}`, `day=${dayName(dayOf(to))}`]
  return readdirSync(folder).filter((name) => name >= first && name <= last)
}

function partsIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => /^part-\d+\.parquet$/.test(name))
    .sort()
    .map((name) => join(folder, name))
}

function valueOf(
  metric: Metric,
  { value, lists }: Pick<ArchiveColumns, 'value' | 'lists'>,
  row: number,
): MetricValue {
  if (lists === null) return metricValue(metric, value[row]!)
  return metricValue(metric, listItems(nameAt(lists.texts, lists.code[row]!)))
}
