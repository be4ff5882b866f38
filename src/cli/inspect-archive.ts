import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describeParquet, metricOfPath } from '../columnar/parquet-describe.ts'
import type { ParquetFile } from '../columnar/parquet-format.ts'
import { readThingNames } from '../columnar/parquet-things.ts'
import { bytesText, counted, grouped, timeText } from './figures.ts'
import type { Inspection } from './inspect.ts'
import { formatTable } from './table.ts'

/** What some Parquet files hold together. */
interface Holdings {
  files: number
  rows: number
  bytes: number
  /** ISO 8601; null where the files do not say. */
  firstTime: string | null
  lastTime: string | null
}

interface MetricHoldings extends Holdings {
  metric: string
  days: string[]
}

/** An archive as replay and stream write it: from the footers of its files alone. */
export function inspectArchive(path: string): Inspection {
  const files = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.parquet'))
    .filter((entry) => !/^[._]/.test(entry.name) && entry.name !== 'things.parquet')
    .map((entry) => describeParquet(join(entry.parentPath, entry.name)))
  const metricOf = (file: ParquetFile): string => file.metric ?? metricOfPath(file.path) ?? ''
  const metrics = [...new Set(files.map(metricOf))].sort().map((metric) =>
    metricHoldings(
      metric,
      files.filter((file) => metricOf(file) === metric),
    ),
  )
  const thingsFile = join(path, 'things.parquet')
  const things = existsSync(thingsFile) ? readThingNames(thingsFile).count : null
  const total = holdings(files)
  const days = new Set(metrics.flatMap((metric) => metric.days)).size
  const named = things === null ? '' : `, ${counted(things, 'thing')}`
  return {
    json: { kind: 'archive', path, things, days, ...total, metrics },
    lines: [
      `archive ${path}: ${counted(total.rows, 'datapoint')} of ${counted(metrics.length, 'metric')}${named}, ` +
        `${counted(days, 'day')}, ${bytesText(total.bytes)}`,
      '',
      ...holdingsTable(metrics),
    ],
  }
}

/** One file of datapoints, whoever wrote it. */
export function inspectParquet(path: string): Inspection {
  const file = describeParquet(path)
  const { files: _, ...total } = holdings([file])
  const { things, metric, rowGroups, metadata } = file
  const columns = Object.values(rowGroups[0]?.columns ?? {}).flatMap((chunk) =>
    chunk !== null && 'name' in chunk ? [chunk.name] : [],
  )
  return {
    json: {
      kind: 'parquet',
      path,
      things,
      metric,
      rowGroups: rowGroups.length,
      columns,
      ...total,
      metadata,
    },
    lines: [
      `parquet file ${path}: ${counted(total.rows, 'datapoint')} in ${counted(rowGroups.length, 'row group')}, ` +
        bytesText(total.bytes),
      `columns  ${columns.join(', ')}`,
      `things   ${things === 'archive' ? 'numbers, named in things.parquet' : 'by name'}`,
      ...(metric === null ? [] : [`metric   ${metric} (from the path)`]),
      ...(total.firstTime === null ? [] : [`times    ${total.firstTime} to ${total.lastTime}`]),
    ],
  }
}

function metricHoldings(metric: string, files: readonly ParquetFile[]): MetricHoldings {
  const days = files.map(({ path }) => basename(dirname(path)).replace(/^day=/, ''))
  return { metric, days: [...new Set(days)].sort(), ...holdings(files) }
}

function holdings(files: readonly ParquetFile[]): Holdings {
  const groups = files.flatMap(({ rowGroups }) => rowGroups)
  const first = groups.reduce((least, { minTime }) => Math.min(least, minTime), Infinity)
  const last = groups.reduce((most, { maxTime }) => Math.max(most, maxTime), -Infinity)
  return {
    files: files.length,
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    firstTime: Number.isFinite(first) ? new Date(first).toISOString() : null,
    lastTime: Number.isFinite(last) ? new Date(last).toISOString() : null,
  }
}

function holdingsTable(metrics: readonly MetricHoldings[]): string[] {
  const rows = metrics.map(({ metric, days, files, rows, bytes, firstTime, lastTime }) => [
    metric,
    grouped(days.length),
    grouped(files),
    grouped(rows),
    bytesText(bytes),
    firstTime === null ? '' : timeText(Date.parse(firstTime)),
    lastTime === null ? '' : timeText(Date.parse(lastTime)),
  ])
  const titles = ['metric', 'days', 'files', 'datapoints', 'size', 'first (UTC)', 'last (UTC)']
  return formatTable(
    [titles, ...rows],
    ['left', 'right', 'right', 'right', 'right', 'left', 'left'],
    0,
  )
}
