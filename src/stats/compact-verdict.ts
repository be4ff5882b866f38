import { CONFIDENCE_LEVELS, type ConfidenceLevel, LEVEL_SCORE } from '../domain/behavior.ts'
import { compactResidual } from './compact-forecast.ts'
import { ringValue, ringWord } from './compact-ring.ts'
import { excessBin, LAST_EXCESS_BIN, LEAST_EXCESS_BIN } from './compact-summary.ts'
import type { ExcessModel, OwnScale } from './excess-model.ts'
import { binFloor } from './float-bins.ts'
import { rangeAbout } from './forecast-range.ts'
import type { LevelRanges, Thresholds } from './model.ts'
import { SHIFT } from './series-kernel.ts'
import type { Range, SeriesPoint, SeriesVerdict } from './tail-verdict.ts'
import { LOWER, type Side, UPPER } from './thing-tail.ts'

/** The verdict on one datapoint; `point.own` is what its series is compared with, null for the fleet's. */
export function judgeCompact(model: ExcessModel, point: SeriesPoint): SeriesVerdict {
  const { mean, median, own } = point
  const x = ringValue(ringWord(point.value))
  const scale = own ?? model.young
  const residual = compactResidual(x, mean, median)
  const expected = Math.abs(x - mean) < Math.abs(x - median) ? mean : median
  const side = x < expected ? LOWER : UPPER
  const excess = Math.abs(residual) - scale.from[side]
  const bin = excess > 0 && model.isJudged(side) ? excessBin(excess / scale.unit[side]) : null
  const score = bin === null ? 0 : Math.max(0, model.score(side, bin) - SHIFT)
  const range = (level: ConfidenceLevel): Range => {
    const { low, high } = around(reaches(model, level), scale, x, mean, median)
    return { low: finite(low), high: finite(high) }
  }
  return {
    expected,
    ranges: { LOW: range('LOW'), MEDIUM: range('MEDIUM'), HIGH: range('HIGH') },
    side: side === UPPER ? 'above' : 'below',
    score,
    anomalousAt: CONFIDENCE_LEVELS.filter((level) => score >= LEVEL_SCORE[level]),
    decidedBy: bin !== null && model.cap(side, bin) < model.tailAlone(side, bin) ? 'fleet' : 'tail',
    judgedBy: own === null ? 'fleet' : 'thing',
    own: { asExtreme: null, datapoints: own?.datapoints ?? 0 },
    fleet: {
      asExtreme: bin === null ? null : model.extreme(side, bin),
      datapoints: model.judged,
    },
  }
}

/** What the fleet's things, but for the widest few, may differ from their forecasts. */
export function compactThresholds(model: ExcessModel): Thresholds {
  const range = (level: ConfidenceLevel): Range => {
    const { low, high } = around(reaches(model, level), model.widest, 0, 0, 0)
    return { low: finite(low), high: finite(high) }
  }
  return { LOW: range('LOW'), MEDIUM: range('MEDIUM'), HIGH: range('HIGH') }
}

export function compactRanges(model: ExcessModel, level: ConfidenceLevel): LevelRanges {
  const reach = reaches(model, level)
  return {
    around: ({ value, mean, median, own }) =>
      around(reach, own ?? model.young, value, mean, median),
  }
}

/** The least excess on each side, in units, that reaches a level; infinite if none does. */
type Reaches = readonly [upper: number, lower: number]

function reaches(model: ExcessModel, level: ConfidenceLevel): Reaches {
  const score = LEVEL_SCORE[level] + SHIFT
  return [firstAt(model, UPPER, score), firstAt(model, LOWER, score)]
}

function firstAt(model: ExcessModel, side: Side, score: number): number {
  let low = LEAST_EXCESS_BIN
  let high = LAST_EXCESS_BIN
  if (model.score(side, high) < score) return Number.POSITIVE_INFINITY
  while (low < high) {
    const middle = (low + high) >> 1
    if (model.score(side, middle) >= score) high = middle
    else low = middle + 1
  }
  return low === LEAST_EXCESS_BIN ? 0 : binFloor(low)
}

/** Beyond both forecasts by that much: outside. */
function around(
  reach: Reaches,
  { from, unit }: OwnScale,
  x: number,
  mean: number,
  median: number,
): { low: number; high: number } {
  const below = from[LOWER] + reach[LOWER] * unit[LOWER]
  return rangeAbout(x, mean, median, below, from[UPPER] + reach[UPPER] * unit[UPPER])
}

function finite(bound: number): number | null {
  return Number.isFinite(bound) ? bound : null
}
