import type { ConfidenceLevel } from '../domain/behavior.ts'
import type { EpochMs } from '../domain/time.ts'
import type { Summary } from './summary.ts'
import type { Slabs } from './series-slabs.ts'
import type { SeriesPoint, SeriesVerdict } from './tail-verdict.ts'

/** The datapoints of one behavior's metric in one batch, `[from, to)`, in time order for each thing. */
export interface Columns {
  thing: Int32Array
  /** Number of the window: its start in units of the window length. */
  window: Int32Array
  value: Float64Array
  from: number
  to: number
  /** 1 at the things the behavior's targets hold; null when they hold all. */
  watched: Uint8Array | null
}

/**
 * Scores, one per row, at the same positions as the columns: -log10 of a tail probability, in [0, 15];
 * NaN where the thing is not watched. `s0` is the score before habituation, which holds alarms open;
 * `s` after it, which opens them. Models without habituation write the same to both.
 */
export interface Scores {
  s: Float32Array
  s0: Float32Array
}

/** Scores of a kind that forecasts: besides, what each datapoint was compared with. */
export interface SeriesScores extends Scores {
  mean: Float32Array
  median: Float32Array
  /** What slow averages say, see `slowScore`; part of the scores. */
  slow: Float32Array
}

/** What a model kind is told when it fits. */
export interface FitSettings {
  /** Tail quantiles of LOW, MEDIUM and HIGH, as upper ones: .99, .999, .9999. */
  quantiles: readonly [low: number, medium: number, high: number]
  twoSided: boolean
}

/** Why a datapoint is (or is not) unusual, in the metric's unit. */
export interface Verdict {
  /** The range that is normal at the behavior's level; null where it is open. */
  low: number | null
  high: number | null
  /** The end of the range that the datapoint lies beyond, or else is nearer to. */
  side: 'above' | 'below'
  score: number
  anomalousAt: ConfidenceLevel[]
  season: string
}

/** The memory a pooled model learns in, kept outside it so that it can be shared, checkpointed and resumed. */
export interface ModelState {
  /** Memory of the open day's summaries of this lane, and where this behavior's begins, in bytes. */
  open: SharedArrayBuffer
  openAt: number
}

/** Upper and lower bound per level, for people. */
export type Thresholds = Record<ConfidenceLevel, { low: number | null; high: number | null }>

/**
 * A way of learning from values alone: whose they are, and when, does not matter. All functions are pure
 * but for the state they are handed; all memory is plain bytes, so that models and states cross threads
 * and restarts.
 * Law: `fit` of merged summaries equals the fit over all their datapoints at once, in any order.
 */
export interface PooledKind {
  name: string
  pooled: true
  /** Folds rows into the open day's summary. */
  summarize(state: ModelState, columns: Columns): void
  merge(summaries: readonly Summary[]): Summary
  fit(summary: Summary, settings: FitSettings): Uint8Array
  score(model: Uint8Array, state: ModelState, columns: Columns, out: Scores): void
  explain(model: Uint8Array, value: number, level: ConfidenceLevel): Verdict
  thresholds(model: Uint8Array): Thresholds
}

/**
 * The series of one behavior's things as memory: slabs, and where in each they begin. What a lane learns
 * of the day beside them, for kinds that do, lies in `open` from `openAt` on.
 */
export interface SeriesState {
  slabs: Slabs
  at: number
  windowMs: number
  /** 1 at the rows that are to be learned; null for all. What is not learned is judged all the same. */
  learned: Uint8Array | null
  open: SharedArrayBuffer
  openAt: number
}

/** What is normal at one level about a datapoint's forecasts; infinite where it is open. */
export interface LevelRanges {
  around(point: SeriesPoint): { low: number; high: number }
}

/**
 * A way of learning each thing by itself, with a state per series that every datapoint changes: learning
 * and scoring are one pass. Its days and fits are those of `tail-fit.ts`, under the same law.
 */
export interface SeriesKind {
  name: string
  pooled: false
  /** Its series begin each day anew: of no day may come a row before the one before it is closed. */
  daysApart: boolean
  /** Its closed days and models are of the fleet, and do not grow with it; single things have a state alone. */
  pooledDays: boolean
  /** Takes rows of one UTC day into their series; scores them if there are a model and `out`. */
  advance(
    state: SeriesState,
    columns: Columns,
    model: Uint8Array | null,
    out: SeriesScores | null,
  ): void
  explain(model: Uint8Array, point: SeriesPoint): SeriesVerdict
  /** For many datapoints of a model. */
  ranges(model: Uint8Array, level: ConfidenceLevel): LevelRanges
  /** How far the fleet as a whole allows a datapoint to lie from its forecast. */
  thresholds(model: Uint8Array): Thresholds
}

export type ModelKind = PooledKind | SeriesKind

/** A fitted model as the run keeps it. */
export interface FittedModel {
  kind: string
  /** Trained on the datapoints before this moment, in force an hour after it. */
  refreshed: EpochMs
  datapoints: number
  bytes: Uint8Array
  /** Its one or two things are judged as single series, and by the bytes only while they are young. */
  lone: boolean
}
