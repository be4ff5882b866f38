import { RULES_ONLY_METRICS } from '../domain/metric.ts'
import { seriesName } from './datapoint.ts'
import {
  accepts,
  describe,
  isFields,
  metricOf,
  numberOf,
  refuse,
  thingOf,
  timeOf,
  type DocumentSource,
  type Fields,
} from './document-fields.ts'

/** The kinds of metric values that are sets, not numbers. */
const LISTS = ['cidrs', 'ports', 'numbers', 'strings']

export function isMetricsExport(document: Fields): document is Fields & { metrics: unknown[] } {
  return Array.isArray(document.metrics) && !('header' in document) && !('hed' in document)
}

/**
 * Reads a batch of Detect's metrics export, `{"version":"1.0","metrics":[item, ...]}`. An item that
 * is exported again comes with a higher version: rows carry it, with their time as identity.
 */
export function readMetricsExport(items: readonly unknown[], source: DocumentSource): void {
  for (let i = 0; i < items.length; i++) readItem(items[i], `metrics[${i}]`, source)
}

function readItem(item: unknown, path: string, source: DocumentSource): void {
  if (!isFields(item)) {
    refuse(source, 'malformed', `${path} ${describe(item)}`)
    return
  }
  const { name, value, timestamp } = item
  const kind = isFields(value) ? kindOf(value) : null
  if (!isFields(value) || kind === null) {
    refuse(source, 'malformed', `${path}.value ${describe(value)}`)
    return
  }
  if (kind === 'list') return
  const series = seriesName(name, item.dimension)
  if (typeof series !== 'string') {
    const [field, found] = series === null ? ['dimension', item.dimension] : ['name', name]
    refuse(source, 'malformed', `${path}.${field} ${describe(found)}`)
    return
  }
  const metric = metricOf(source, series)
  if (metric < 0 && typeof name === 'string' && RULES_ONLY_METRICS.includes(name)) return
  const version = item.version === undefined ? 0 : numberOf(item.version)
  if (!Number.isFinite(version)) {
    refuse(source, 'malformed', `${path}.version ${describe(item.version)}`)
    return
  }
  const time = timeOf(timestamp)
  const number = numberOf(value[kind])
  const fields = {
    metric: series,
    time: timestamp,
    value: value[kind],
    path: `${path}.value.${kind}`,
    timePath: `${path}.timestamp`,
  }
  const thing = thingOf(source, item.thing, `${path}.thing`)
  if (thing >= 0 && accepts(source, metric, time, number, fields)) {
    // Moments start at 0, which as an identity would mean none.
    source.builder.pushVersion(thing, metric, time, number, time + 1, version)
  }
}

function kindOf(value: Fields): 'count' | 'number' | 'list' | null {
  if ('count' in value) return 'count'
  if ('number' in value) return 'number'
  return LISTS.some((list) => list in value) ? 'list' : null
}
