import type { ListKind } from './list-value.ts'

/** The types of CreateCustomMetric, and the member of a MetricValue that holds their values. */
export const CUSTOM_METRIC_TYPES: Readonly<Record<CustomMetricType, 'number' | ListKind>> = {
  number: 'number',
  'number-list': 'numbers',
  'string-list': 'strings',
  'ip-address-list': 'cidrs',
}
export type CustomMetricType = 'number' | 'number-list' | 'string-list' | 'ip-address-list'

/** A dimension of type TOPIC_FILTER: MQTT topic filters, in which `${iot:ClientId}` may stand. */
export interface Dimension {
  name: string
  topicFilters: readonly string[]
}

/** What profiles speak of and is defined beside them, by name; as far as it is known. */
export interface Definitions {
  /** Of others, behaviors tell by what they compare with. */
  customMetrics: ReadonlyMap<string, CustomMetricType>
  dimensions: ReadonlyMap<string, Dimension>
}

export const NO_DEFINITIONS: Definitions = { customMetrics: new Map(), dimensions: new Map() }
