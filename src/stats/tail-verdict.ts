import { CONFIDENCE_LEVELS, type ConfidenceLevel, LEVEL_SCORE } from '../domain/behavior.ts'
import type { OwnScale } from './excess-model.ts'
import { binFloor, BIN_SPAN, LEAST_BIN } from './float-bins.ts'
import { rangeAbout } from './forecast-range.ts'
import { heldValue, residualBin, SHIFT } from './series-kernel.ts'
import type { TailModel } from './tail-model.ts'
import { GATE_COUNT, GATES, LOWER, type Side, TAIL_WORDS, UPPER } from './thing-tail.ts'

/** What decided a score: the shape of the tail, or what was seen of the thing or of the fleet. */
export type Decider = 'tail' | 'own' | 'fleet'

/** One datapoint of a series, as it was judged. */
export interface SeriesPoint {
  seat: number
  /** The window in which its series began. */
  since: number
  value: number
  /** Its two forecasts. */
  mean: number
  median: number
  /** What its series itself says its residuals compare with; null where the model alone does. */
  own: OwnScale | null
}

/** A range of values; null where it is open. */
export interface Range {
  low: number | null
  high: number | null
}

/** Why a datapoint is unusual, in the metric's unit. */
export interface SeriesVerdict {
  /** The forecast that came nearer. */
  expected: number
  /** What is normal at each level, before habituation. */
  ranges: Record<ConfidenceLevel, Range>
  side: 'above' | 'below'
  /** Before habituation. */
  score: number
  anomalousAt: ConfidenceLevel[]
  decidedBy: Decider
  /** Whose tail it was measured against. */
  judgedBy: 'thing' | 'fleet'
  /** Datapoints of the trailing days, and those of them as extreme; null where they were not counted one by one. */
  own: { asExtreme: number | null; datapoints: number }
  /** The same of the fleet's tails, each in the scale of its own thing; null without a tail of its own. */
  fleet: { asExtreme: number | null; datapoints: number }
}

export function judge(model: TailModel, point: SeriesPoint): SeriesVerdict {
  const { seat, since, mean, median } = point
  const x = heldValue(point.value)
  const record = model.recordOf(seat, since)
  const bin = residualBin(x, mean, median)
  const expected = Math.abs(x - mean) < Math.abs(x - median) ? mean : median
  const side = x < expected ? LOWER : UPPER
  const score = Math.max(0, model.score(record, bin) - SHIFT)
  const isBeyond = bin !== 0 && model.isBeyond(record, side, bin)
  const isOwn = record < model.seats
  return {
    expected,
    ranges: rangesAround(model, record, x, mean, median),
    side: side === UPPER ? 'above' : 'below',
    score,
    anomalousAt: CONFIDENCE_LEVELS.filter((level) => score >= LEVEL_SCORE[level]),
    decidedBy: isBeyond ? decider(model, record, side, bin) : 'own',
    judgedBy: isOwn ? 'thing' : 'fleet',
    own: {
      asExtreme: isBeyond && isOwn ? model.ownExtreme(record, side, bin) : null,
      datapoints: isOwn ? model.datapoints(record) : 0,
    },
    fleet: fleetCounts(model, record, side, bin, isBeyond),
  }
}

function fleetCounts(
  model: TailModel,
  record: number,
  side: Side,
  bin: number,
  isBeyond: boolean,
): SeriesVerdict['fleet'] {
  const datapoints = model.datapoints(model.seats)
  if (!isBeyond) return { asExtreme: null, datapoints }
  if (record === model.seats) return { asExtreme: model.ownExtreme(record, side, bin), datapoints }
  return { asExtreme: model.fleetExtreme(record, side, bin), datapoints }
}

function decider(model: TailModel, record: number, side: Side, bin: number): Decider {
  const tail = model.tailAlone(record, side, bin)
  const own = model.ownCap(record, side, bin)
  const fleet = model.fleetCap(record, side, bin)
  if (tail <= Math.min(own, fleet)) return 'tail'
  return own <= fleet && record !== model.seats ? 'own' : 'fleet'
}

/** What the fleet as a whole allows a datapoint to differ from its forecasts. */
export function fleetRanges(model: TailModel): Record<ConfidenceLevel, Range> {
  return rangesAround(model, model.seats, 0, 0, 0)
}

/** Beyond both forecasts by a residual that reaches the level: outside. */
function rangesAround(
  model: TailModel,
  record: number,
  x: number,
  mean: number,
  median: number,
): Record<ConfidenceLevel, Range> {
  const range = (level: ConfidenceLevel): Range => {
    const { above, below } = reachOf(model, record, level)
    const open = Number.POSITIVE_INFINITY
    const { low, high } = rangeAbout(x, mean, median, below ?? open, above ?? open)
    return { low: below === null ? null : low, high: above === null ? null : high }
  }
  return { LOW: range('LOW'), MEDIUM: range('MEDIUM'), HIGH: range('HIGH') }
}

/** How far beyond its forecasts a datapoint may lie, on either side, before it reaches a level. */
export function reachOf(
  model: TailModel,
  record: number,
  level: ConfidenceLevel,
): { above: number | null; below: number | null } {
  const score = LEVEL_SCORE[level] + SHIFT
  return {
    above: firstAt(model, record, UPPER, score),
    below: firstAt(model, record, LOWER, score),
  }
}

/** The least magnitude of a residual on a side that scores so much; null if none does. */
function firstAt(model: TailModel, record: number, side: Side, score: number): number | null {
  const gates = (record * TAIL_WORDS + GATES) * 2
  const { halves } = model.table
  if (model.datapoints(record) === 0) return null
  const tail = side === UPPER ? halves[gates + GATE_COUNT - 1]! : ~(halves[gates]! - 1)
  const scoreOf = (key: number): number => model.score(record, side === UPPER ? key : ~key)
  let low = Math.max(LEAST_BIN, tail)
  let high = BIN_SPAN - 1
  if (tail >= high || scoreOf(high) < score) return null
  while (low < high) {
    const middle = (low + high) >> 1
    if (scoreOf(middle) >= score) high = middle
    else low = middle + 1
  }
  return binFloor(low)
}
