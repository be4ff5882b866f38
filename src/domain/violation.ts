import { createHash } from 'node:crypto'
import type { ConfidenceLevel } from './behavior.ts'
import type { ListItems } from './list-value.ts'
import type { Metric } from './metric.ts'
import type { Statistic } from './metric-rules.ts'
import type { EpochMs } from './time.ts'

/** In the order in which they leave when everything else about two events is equal. */
export const VIOLATION_EVENT_TYPES = ['alarm-invalidated', 'alarm-cleared', 'in-alarm'] as const
export type ViolationEventType = (typeof VIOLATION_EVENT_TYPES)[number]

export type MetricValue =
  | { count: number }
  | { number: number }
  | { cidrs: readonly string[] }
  | { ports: readonly number[] }
  | { numbers: readonly number[] }
  | { strings: readonly string[] }

/** Why a datapoint was called anomalous, for people and for dashboards. */
export interface Explanation {
  /** The number, or the items of a list. */
  measured: number | ListItems
  /** The range in which this datapoint would have been normal; null: open on that side. */
  expected: { low: number | null; high: number | null }
  /** The bound that was crossed; null for lists. */
  threshold: number | null
  /** Of lists: items outside the set they should be in, or inside one they should not. */
  side: 'above' | 'below' | 'outside' | 'inside'
  /** The confidence levels at which the datapoint is anomalous; empty for a static threshold. */
  anomalousAt: readonly ConfidenceLevel[]
  /** -log10 of the tail probability, in [0, 15]; null for a static threshold. */
  score: number | null
  tailProbability: number | null
  /** When it was: `weekdays 14:00-15:00 UTC`; empty where no hours are told apart. */
  season: string
  /** ISO 8601: when the model in force was built; null for a static threshold. */
  modelRefreshDate: string | null
  /** What the judgement rests on; null for a static threshold, and for models of values alone. */
  evidence: Evidence | null
  /** Which percentile the threshold is, and of how many things; null for all other behaviors. */
  percentile: { statistic: Statistic; things: number } | null
  /** What the whole fleet did in the same window; null where nothing is learned. */
  sameWindow: SameWindow | null
  /** The items of a list that violate its behavior; null for numbers. */
  violating: ListItems | null
  /** All of it in one sentence. */
  text: string
}

/** What a model that forecasts knows of one datapoint. */
export interface Evidence {
  /** The forecast it came nearest to. */
  expectedValue: number
  /** The range that is normal at each confidence level. */
  ranges: Readonly<Record<ConfidenceLevel, { low: number | null; high: number | null }>>
  /** Whose distribution it was measured against; the fleet's where the thing has no history. */
  judgedBy: 'thing' | 'fleet'
  /**
   * What set its score: the shape of the tail, the thing's own datapoints, or the fleet's; or that the thing
   * has been almost silent for hours, or its level is above all that it was in two weeks; or that it is a
   * series without a fleet, judged by itself alone.
   */
  decidedBy: 'tail' | 'own' | 'fleet' | 'silence' | 'level' | 'series'
  /** Of a single series: in which of its nine views it is most unusual; null where a fleet is judged. */
  view: string | null
  /** Datapoints of the trailing days, and how many of them were as extreme; null well inside. */
  own: Readonly<Seen>
  /** The same of the whole fleet, each thing in its own scale. */
  fleet: Readonly<Seen>
  /** What is usual at that time of day; nothing is judged by it. */
  season: Readonly<Season>
}

/** The behavior's things in one window: whether it is one of them or all. */
export interface SameWindow {
  /** Those with a datapoint, and how many of these were anomalous at the behavior's level. */
  things: number
  anomalous: number
  /** The quartiles of what they measured. */
  low: number
  middle: number
  high: number
}

/**
 * What is usual at a time of day, on days of a kind, as the last two weeks had it: of the thing itself the
 * means of that hour, lowest and highest among them; of a young one what the fleet's datapoints come to,
 * the quartiles. Null where nobody has been seen at that time.
 */
export interface Season {
  /** `weekdays 14:00-15:00 UTC`. */
  when: string
  of: 'thing' | 'fleet'
  usual: number | null
  low: number | null
  high: number | null
  /** Of the thing: days; of the fleet: datapoints. */
  count: number
}

export interface Seen {
  asExtreme: number | null
  datapoints: number
}

/** A transition of an alarm: the payload of AWS's notifications with our explanation beside it. */
export interface ViolationEvent {
  /** The end of the window that decided. */
  violationEventTime: EpochMs
  thingName: string
  /** The behavior as its profile wrote it. */
  behavior: Readonly<Record<string, unknown>>
  violationEventType: ViolationEventType
  /** Null on invalidated alarms: nothing was measured. */
  metricValue: MetricValue | null
  /** The same for all events of one alarm. */
  violationId: string
  securityProfileName: string
  /** Null unless the behavior is learned. */
  violationEventAdditionalInfo: { confidenceLevel: ConfidenceLevel } | null
  verificationState: 'UNKNOWN'
  /** The behavior asked for no notification. */
  suppressed: boolean
  explanation: Explanation | null
}

/**
 * 32 lower-case hex digits, the same on every run: the first half of the SHA-256 of the four parts
 * written as a JSON array (so that no two lists of parts run into each other).
 */
export function violationId(
  profile: string,
  behavior: string,
  thing: string,
  firstViolatingWindowStart: EpochMs,
): string {
  const parts = JSON.stringify([profile, behavior, thing, firstViolatingWindowStart])
  return createHash('sha256').update(parts).digest('hex').slice(0, 32)
}

export function metricValue(
  { valueKind }: Pick<Metric, 'valueKind'>,
  value: number | ListItems,
): MetricValue {
  return { [valueKind]: value } as MetricValue
}

/** One line of NDJSON without its line end; keys in a fixed order, members that are null left out. */
export function formatViolationEvent(event: ViolationEvent): string {
  const { metricValue, violationEventAdditionalInfo, explanation } = event
  return JSON.stringify({
    violationEventTime: event.violationEventTime,
    thingName: event.thingName,
    behavior: event.behavior,
    violationEventType: event.violationEventType,
    ...(metricValue === null ? {} : { metricValue }),
    violationId: event.violationId,
    securityProfileName: event.securityProfileName,
    ...(violationEventAdditionalInfo === null ? {} : { violationEventAdditionalInfo }),
    verificationState: event.verificationState,
    ...(event.suppressed ? { suppressed: true } : {}),
    ...(explanation === null ? {} : { explanation: inOrder(explanation) }),
  })
}

function inOrder(explanation: Explanation) {
  const { measured, expected, threshold, side, anomalousAt } = explanation
  const { score, tailProbability, season, modelRefreshDate, evidence, percentile } = explanation
  const { sameWindow, violating, text } = explanation
  return {
    measured,
    expected: { low: expected.low, high: expected.high },
    threshold,
    side,
    anomalousAt,
    score,
    tailProbability,
    season,
    modelRefreshDate,
    ...(evidence === null ? {} : { evidence: evidenceOf(evidence) }),
    ...(percentile === null ? {} : { percentile }),
    ...(sameWindow === null ? {} : { sameWindow }),
    ...(violating === null ? {} : { violating }),
    text,
  }
}

function evidenceOf({ view, ...evidence }: Evidence) {
  return view === null ? evidence : { ...evidence, view }
}

/**
 * The order in which events leave: time, profile, behavior, thing (names by UTF-16 code unit), then an
 * alarm's end before another's beginning.
 */
export function compareEvents(a: ViolationEvent, b: ViolationEvent): number {
  return (
    a.violationEventTime - b.violationEventTime ||
    compareText(a.securityProfileName, b.securityProfileName) ||
    compareText(behaviorName(a), behaviorName(b)) ||
    compareText(a.thingName, b.thingName) ||
    rank(a) - rank(b) ||
    compareText(a.violationId, b.violationId)
  )
}

export function behaviorName(event: ViolationEvent): string {
  return typeof event.behavior.name === 'string' ? event.behavior.name : ''
}

function rank(event: ViolationEvent): number {
  return VIOLATION_EVENT_TYPES.indexOf(event.violationEventType)
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
