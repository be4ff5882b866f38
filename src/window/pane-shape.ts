import { type Aggregation, listKind, type Metric } from '../domain/metric.ts'

/** What a pane needs to know of the run's metrics. */
export interface PaneShape {
  aggregations: readonly Aggregation[]
  /** The metrics that are sizes, ascending; and by metric its place among them, -1 for others. */
  sizeMetrics: readonly number[]
  sizeOrdinals: Int32Array
  /** The metrics whose values are codes of lists. */
  listMetrics: readonly number[]
}

export function paneShape(metrics: readonly Metric[]): PaneShape {
  const indexes = [...metrics.keys()]
  const sizeMetrics = indexes.filter((metric) => metrics[metric]!.aggregation === 'size')
  return {
    aggregations: metrics.map((metric) => metric.aggregation),
    sizeMetrics,
    sizeOrdinals: Int32Array.from(indexes, (metric) => sizeMetrics.indexOf(metric)),
    listMetrics: indexes.filter((metric) => listKind(metrics[metric]!) !== null),
  }
}
