import type { DecodeContext, DimensionedSeries } from '../columnar/chunk.ts'
import { type Definitions, NO_DEFINITIONS } from '../domain/definitions.ts'
import type { Period } from '../domain/maintenance.ts'
import { listKind, type Metric, seriesParts } from '../domain/metric.ts'
import { isComparable, metricsOf } from '../domain/metric-table.ts'
import type { Targets } from '../domain/targets.ts'
import { StretchCutter } from '../window/stretch.ts'
import { Things } from '../window/things.ts'
import { Windower } from '../window/windower.ts'
import { Evaluation } from './evaluation.ts'
import type { Behavior, Criteria, SecurityProfile } from '../domain/behavior.ts'
import { type Learnings, newLearnings } from './learnings.ts'
import { ListRule } from './list-rule.ts'
import { Members } from './members.ts'
import type { WorkerPool } from './pool.ts'
import { PercentileRule } from './percentile-rule.ts'
import { RuleWatch } from './rules.ts'
import { newRecord, Training, type TrainingRecord, type TrainingSettings } from './training.ts'
import { type Judge, Watch } from './watch.ts'

/** What a run detects, and how; the same settings give the same alarms. */
export interface DetectSettings {
  profiles: readonly SecurityProfile[]
  targets: Targets
  windowMs: number
  training: TrainingSettings
  /** About how many rows are evaluated together; changes nothing in the results. */
  batchRows: number
  /** Things beyond so many are refused. */
  maxThings: number
  /** Only learn: nothing is scored, no rule is looked at. */
  learnOnly: boolean
  /** What is judged but not learned. */
  maintenance: readonly Period[]
  /** Of custom metrics and dimensions. */
  definitions: Definitions
}

/** The parts that hold a run's state. */
export interface Detector {
  settings: DetectSettings
  metrics: readonly Metric[]
  things: Things
  windower: Windower
  cutter: StretchCutter
  watches: readonly Watch[]
  learnings: Learnings
  evaluation: Evaluation
}

/** Where a new detector takes up; nothing known for a fresh run. */
export interface StartingPoint {
  things: Things
  firstOpen: number | null
  openDay: number | null
}

/** A running detector whose models a new one takes over, and the profiles whose models are lost. */
export interface Predecessor {
  detector: Detector
  forgotten: ReadonlySet<string>
}

export function newDetector(
  settings: DetectSettings,
  pool: WorkerPool,
  start: StartingPoint = { things: new Things(settings.maxThings), firstOpen: null, openDay: null },
  predecessor: Predecessor | null = null,
): Detector {
  const metrics = metricsOf(settings.profiles, settings.definitions)
  const { things, firstOpen, openDay } = start
  const windower = new Windower(settings.windowMs, metrics, things, firstOpen ?? undefined)
  const cutter = new StretchCutter(settings.windowMs, settings.batchRows, firstOpen)
  const { training, windowMs } = settings
  const models = inheritedModels(settings.profiles, metrics, predecessor)
  const learnings = newLearnings(
    training,
    models.length,
    windowMs,
    pool,
    predecessor === null
      ? null
      : { before: predecessor.detector.learnings, from: models.map(({ seat }) => seat) },
  )
  const records = models.map(({ record }) => record)
  const watches = watchesOf(settings, metrics, learnings, records)
  const evaluation = new Evaluation({
    watches,
    windower,
    pool,
    memory: learnings.memory,
    series: learnings.series,
    seasons: learnings.seasons,
    members: new Members(
      settings.targets,
      settings.profiles.map((profile) => profile.name),
    ),
    modelKind: settings.training.modelKind,
    batchRows: settings.batchRows,
    learnOnly: settings.learnOnly,
    maintenance: settings.maintenance,
    endedDay: openDay === null ? null : openDay - 1,
  })
  return { settings, metrics, things, windower, cutter, watches, learnings, evaluation }
}

/** What decoders are told of a run. */
export function decodeContext(
  metrics: readonly Metric[],
  windowMs: number,
  keepRejects: number,
  { dimensions }: Definitions = NO_DEFINITIONS,
): DecodeContext {
  return {
    metrics: metrics.map((metric) => metric.name),
    counts: Uint8Array.from(metrics, (metric) => (metric.valueKind === 'count' ? 1 : 0)),
    lists: metrics.map(listKind),
    dimensioned: metrics.flatMap((metric, i) => dimensionedSeries(metric, i, dimensions)),
    notAfter: Number.POSITIVE_INFINITY,
    windowMs,
    keepRejects,
    thing: null,
  }
}

function dimensionedSeries(
  { name }: Metric,
  metric: number,
  dimensions: Definitions['dimensions'],
): DimensionedSeries[] {
  const { metric: of, dimension } = seriesParts(name)
  const known = dimension === null ? undefined : dimensions.get(dimension.name)
  if (dimension === null || known === undefined) return []
  return [{ metric, of, topicFilters: known.topicFilters, operator: dimension.operator }]
}

type RuleCriteria = Exclude<Criteria, { kind: 'ml' | 'unevaluated' }>

/** What became of each learned behavior's model, in order: where it was learned, -1 for a new one. */
function inheritedModels(
  profiles: readonly SecurityProfile[],
  metrics: readonly Metric[],
  predecessor: Predecessor | null,
): { seat: number; record: TrainingRecord }[] {
  const learned = (predecessor?.detector.watches ?? []).flatMap(({ profile, behavior, judge }) =>
    judge.kind === 'ml' ? [{ profile, behavior, record: judge.training.record }] : [],
  )
  return profiles.flatMap((profile) =>
    profile.behaviors.filter(isLearned(metrics)).map((behavior) => {
      const seat = learned.findIndex(
        (before) =>
          before.profile.name === profile.name &&
          before.behavior.name === behavior.name &&
          before.behavior.metric === behavior.metric &&
          predecessor?.forgotten.has(profile.name) === false,
      )
      return { seat, record: learned[seat]?.record ?? newRecord() }
    }),
  )
}

function isLearned(metrics: readonly Metric[]): (behavior: Behavior) => boolean {
  return (behavior) => {
    const metric = metrics.find(({ name }) => name === behavior.metric)
    return behavior.criteria.kind === 'ml' && metric !== undefined && isComparable(behavior, metric)
  }
}

/** A watch for every behavior that is evaluated; those of one metric get score columns 0, 1, 2, ... */
function watchesOf(
  settings: DetectSettings,
  metrics: readonly Metric[],
  learnings: Learnings,
  records: readonly TrainingRecord[],
): Watch[] {
  const unclaimed = [...records]
  const columns = new Map<string, number>()
  return settings.profiles.flatMap((profile) =>
    profile.behaviors.flatMap((behavior) => {
      const { criteria } = behavior
      const metricIndex = metrics.findIndex((metric) => metric.name === behavior.metric)
      const metric = metrics[metricIndex]
      if (criteria.kind === 'unevaluated' || metric === undefined) return []
      if (!isComparable(behavior, metric)) return []
      const ordinal = columns.get(metric.name) ?? 0
      columns.set(metric.name, ordinal + 1)
      const judge: Judge =
        criteria.kind === 'ml'
          ? {
              kind: 'ml',
              level: criteria.confidenceLevel,
              training: new Training(
                settings.training,
                learnings.next(metric.canFall && settings.training.upperTailOnly !== true),
                unclaimed.shift(),
              ),
            }
          : ruleJudge(criteria, metric, metricIndex, metrics.length, settings.windowMs)
      return [new Watch(profile, behavior, metric, metricIndex, ordinal, judge)]
    }),
  )
}

function ruleJudge(
  criteria: RuleCriteria,
  metric: Metric,
  metricIndex: number,
  width: number,
  windowMs: number,
): Judge {
  if (criteria.kind === 'list') return { kind: 'list', rule: new ListRule(criteria) }
  const windows = Math.max(1, (criteria.durationMs ?? 0) / windowMs)
  const { operator } = criteria
  if (criteria.kind === 'static') {
    return { kind: 'rule', rule: new RuleWatch(metric, operator, criteria.threshold, windows) }
  }
  const scope = { metric, metricIndex, width, windows }
  return { kind: 'percentile', rule: new PercentileRule(scope, operator, criteria.statistic) }
}
