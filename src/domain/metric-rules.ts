import { LIST_KINDS, type ListKind } from './list-value.ts'
import { ML_METRICS, RULES_ONLY_METRICS } from './metric.ts'

export const NUMERIC_OPERATORS = [
  'less-than',
  'less-than-equals',
  'greater-than',
  'greater-than-equals',
] as const

const CIDR_OPERATORS = ['in-cidr-set', 'not-in-cidr-set']
const PORT_OPERATORS = ['in-port-set', 'not-in-port-set']
const SET_OPERATORS = ['in-set', 'not-in-set']

export const COMPARISON_OPERATORS: readonly string[] = [
  ...NUMERIC_OPERATORS,
  ...CIDR_OPERATORS,
  ...PORT_OPERATORS,
  ...SET_OPERATORS,
]

/** The only windows a static or statistical behavior may sum over, in seconds. */
export const DURATIONS: readonly number[] = [300, 600, 900, 1800, 3600]

export const STATISTICS = [
  'p0',
  'p0.1',
  'p0.01',
  'p1',
  'p10',
  'p50',
  'p90',
  'p99',
  'p99.9',
  'p99.99',
  'p100',
] as const
export type Statistic = (typeof STATISTICS)[number]

/** The share of a fleet that a percentile is about, in ten thousandths. */
export function shareOf(statistic: Statistic): number {
  return Math.round(Number(statistic.slice(1)) * 100)
}

export type ValueKind = 'count' | 'number' | ListKind
export const VALUE_KINDS: readonly ValueKind[] = ['count', 'number', ...LIST_KINDS]

/** What a behavior about one metric may say. */
export interface MetricRules {
  operators: readonly string[]
  /** `required`: a counter, meaningless without its time; `unused`: legal, but each message stands alone. */
  duration: 'required' | 'optional' | 'unused' | 'forbidden'
  statistical: boolean
  ml: boolean
  /** Which behaviors may narrow the metric to some topics. */
  dimension: 'none' | 'rules' | 'rules and ML'
}

const DIMENSIONED_METRICS = [
  'aws:message-byte-size',
  'aws:num-messages-sent',
  'aws:num-messages-received',
  'aws:num-authorization-failures',
]

const LIST: Omit<MetricRules, 'operators'> = {
  duration: 'forbidden',
  statistical: false,
  ml: false,
  dimension: 'none',
}

const RULES: ReadonlyMap<string, MetricRules> = new Map<string, MetricRules>([
  ...ML_METRICS.map(({ name, aggregation }): [string, MetricRules] => [
    name,
    {
      operators: NUMERIC_OPERATORS,
      duration: aggregation === 'sum' ? 'required' : aggregation === 'size' ? 'unused' : 'optional',
      statistical: true,
      ml: true,
      dimension: DIMENSIONED_METRICS.includes(name) ? 'rules and ML' : 'none',
    },
  ]),
  ['aws:source-ip-address', { ...LIST, operators: CIDR_OPERATORS, dimension: 'rules' }],
  ['aws:destination-ip-addresses', { ...LIST, operators: CIDR_OPERATORS }],
  ['aws:listening-tcp-ports', { ...LIST, operators: PORT_OPERATORS }],
  ['aws:listening-udp-ports', { ...LIST, operators: PORT_OPERATORS }],
  [
    'aws:disconnect-duration',
    { ...LIST, operators: ['less-than', 'less-than-equals'], duration: 'optional' },
  ],
])

const CUSTOM: MetricRules = {
  operators: [...NUMERIC_OPERATORS, ...CIDR_OPERATORS, ...SET_OPERATORS],
  duration: 'optional',
  statistical: true,
  ml: true,
  dimension: 'none',
}

export const BUILT_IN_METRICS: readonly string[] = [...ML_METRICS, ...RULES_ONLY_METRICS].map(
  (metric) => metric.name,
)

export function isCustom(metric: string): boolean {
  return !metric.startsWith('aws:')
}

/** The rules of a metric; null for an `aws:` name that Detect does not know. */
export function rulesOf(metric: string): MetricRules | null {
  return isCustom(metric) ? CUSTOM : (RULES.get(metric) ?? null)
}

export function isNumericOperator(operator: string): boolean {
  return (NUMERIC_OPERATORS as readonly string[]).includes(operator)
}

/** The members of `value` that fit a metric and an operator. */
export function valueKindsOf(metric: string, operator: string): readonly ValueKind[] {
  if (CIDR_OPERATORS.includes(operator)) return ['cidrs']
  if (PORT_OPERATORS.includes(operator)) return ['ports']
  if (SET_OPERATORS.includes(operator)) return ['numbers', 'strings']
  return isCustom(metric) ? ['number', 'count'] : ['count']
}
