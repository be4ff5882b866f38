import { RULES_ONLY_METRICS } from '../domain/metric.ts'
import { seriesName } from './datapoint.ts'
import {
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
import { addValue, openValue } from './metric-value.ts'

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
  const found = openValue(value, `${path}.value`)
  if (found.path === `${path}.value`) {
    refuse(source, 'malformed', `${path}.value ${describe(value)}`)
    return
  }
  const series = seriesName(name, item.dimension)
  if (typeof series !== 'string') {
    const [field, stands] = series === null ? ['dimension', item.dimension] : ['name', name]
    refuse(source, 'malformed', `${path}.${field} ${describe(stands)}`)
    return
  }
  const metric = metricOf(source, series)
  // Detect exports more than this run may want to know: that is no mistake.
  const isSpare = found.kind === 'list' || RULES_ONLY_METRICS.some((known) => known.name === name)
  if (metric < 0 && isSpare) return
  const version = item.version === undefined ? 0 : numberOf(item.version)
  if (!Number.isFinite(version)) {
    refuse(source, 'malformed', `${path}.version ${describe(item.version)}`)
    return
  }
  const time = timeOf(timestamp)
  const thing = thingOf(source, item.thing, `${path}.thing`)
  if (thing < 0) return
  const fields = { metric: series, time: timestamp, timePath: `${path}.timestamp` }
  // Moments start at 0, which as an identity would mean none.
  addValue(found, { metric, thing, time, identity: time + 1, version }, fields, source)
}
