import { dimensionedName } from '../domain/metric.ts'
import {
  describe,
  isFields,
  metricOf,
  refuse,
  thingOf,
  timeOf,
  type DocumentSource,
  type Fields,
} from './document-fields.ts'

import { addValue, openValue } from './metric-value.ts'

/**
 * Reads `{"thing","metric","timestamp","value"}`, the plain datapoint, also with `thingName` and `ts`,
 * with the `dimension` of a metrics export, and with a list or a member such as `{"ports": [22]}` for value. One row, or one refusal.
 */
export function readDatapoint(document: Fields, source: DocumentSource): void {
  const thing = thingOf(source, document.thing ?? document.thingName)
  if (thing < 0) return
  const series = seriesName(document.metric, document.dimension)
  if (series === null) {
    refuse(source, 'malformed', `dimension ${describe(document.dimension)}`)
    return
  }
  const metric = typeof series === 'string' ? metricOf(source, series) : -1
  const timestamp = document.timestamp ?? document.ts
  const time = timeOf(timestamp)
  const fields = { metric: series, time: timestamp, timePath: 'timestamp' }
  addValue(openValue(document.value, 'value'), { metric, thing, time }, fields, source)
}

/** The series a metric with this `dimension` belongs to; null when the dimension is malformed. */
export function seriesName(metric: unknown, dimension: unknown): unknown {
  if (dimension === undefined || dimension === null || typeof metric !== 'string') return metric
  if (typeof dimension === 'string') return dimensionedName(metric, dimension, 'IN')
  if (!isFields(dimension) || typeof dimension.name !== 'string') return null
  const operator = dimension.operator ?? 'IN'
  return typeof operator === 'string' ? dimensionedName(metric, dimension.name, operator) : null
}
