import type { ListKind } from './list-value.ts'
import { DISCONNECT_DURATION } from './presence.ts'

/**
 * What happens to several values of one metric in one window: counters add up, the message size
 * keeps minimum, maximum, sum and count (ML looks at the maximum), the addresses of a device's connects
 * come together, everything else keeps the last.
 */
export type Aggregation = 'sum' | 'size' | 'union' | 'last'

export interface Metric {
  name: string
  side: 'cloud' | 'device' | 'custom'
  /** The member of its values; a `count` is never negative. */
  valueKind: 'count' | 'number' | ListKind
  aggregation: Aggregation
  unit: string
  /** Whether a fall below the usual is suspicious too: its model then watches both tails. */
  canFall: boolean
}

function count(
  side: 'cloud' | 'device',
  name: string,
  unit: string,
  aggregation: Aggregation,
  canFall: boolean,
): Metric {
  return { name, side, valueKind: 'count', aggregation, unit, canFall }
}

/** The six cloud-side and seven device-side metrics that ML Detect learns (guide, "Supported metrics"). */
export const ML_METRICS: readonly Metric[] = [
  count('cloud', 'aws:num-authorization-failures', 'failures', 'sum', false),
  count('cloud', 'aws:num-connection-attempts', 'attempts', 'sum', false),
  count('cloud', 'aws:num-disconnects', 'disconnects', 'sum', false),
  count('cloud', 'aws:message-byte-size', 'bytes', 'size', true),
  count('cloud', 'aws:num-messages-sent', 'messages', 'sum', true),
  count('cloud', 'aws:num-messages-received', 'messages', 'sum', true),
  count('device', 'aws:all-bytes-out', 'bytes', 'sum', true),
  count('device', 'aws:all-bytes-in', 'bytes', 'sum', true),
  count('device', 'aws:all-packets-out', 'packets', 'sum', true),
  count('device', 'aws:all-packets-in', 'packets', 'sum', true),
  count('device', 'aws:num-listening-tcp-ports', 'ports', 'last', true),
  count('device', 'aws:num-listening-udp-ports', 'ports', 'last', true),
  count('device', 'aws:num-established-tcp-connections', 'connections', 'last', true),
]

function list(
  side: 'cloud' | 'device',
  name: string,
  valueKind: ListKind,
  aggregation: Aggregation,
): Metric {
  return { name, side, valueKind, aggregation, unit: '', canFall: false }
}

/** The metrics Detect knows besides: for rules only, and most of them lists, not numbers. */
export const RULES_ONLY_METRICS: readonly Metric[] = [
  list('cloud', 'aws:source-ip-address', 'cidrs', 'union'),
  count('cloud', DISCONNECT_DURATION, 'seconds', 'last', false),
  list('device', 'aws:listening-tcp-ports', 'ports', 'last'),
  list('device', 'aws:listening-udp-ports', 'ports', 'last'),
  list('device', 'aws:destination-ip-addresses', 'cidrs', 'last'),
]

/** The cloud-side counters: a device active in a window has an explicit 0 for each it did not move. */
export const CLOUD_COUNTERS: readonly string[] = ML_METRICS.filter(
  (metric) => metric.side === 'cloud' && metric.aggregation === 'sum',
).map((metric) => metric.name)

/** A custom metric: of type `number`, or a list. */
export function customMetric(name: string, valueKind: 'number' | ListKind = 'number'): Metric {
  const canFall = valueKind === 'number'
  return { name, side: 'custom', valueKind, aggregation: 'last', unit: '', canFall }
}

/** The kind of list a metric is; null for numbers. */
export function listKind({ valueKind }: Pick<Metric, 'valueKind'>): ListKind | null {
  return valueKind === 'count' || valueKind === 'number' ? null : valueKind
}

/** The name under which datapoints of a dimensioned metric travel: a series of its own. */
export function dimensionedName(metric: string, dimension: string, operator: string): string {
  return `${metric}[${dimension} ${operator}]`
}

export interface SeriesParts {
  /** The metric's own name. */
  metric: string
  dimension: { name: string; operator: 'IN' | 'NOT_IN' } | null
}

/** What a series' name is made of. */
export function seriesParts(series: string): SeriesParts {
  const match = /^([^[]*)\[(.*) (IN|NOT_IN)\]$/.exec(series)
  if (match === null) return { metric: series, dimension: null }
  const [, metric, name, operator] = match
  return { metric: metric!, dimension: { name: name!, operator: operator as 'IN' | 'NOT_IN' } }
}
