import type { Columns, SeriesKind, SeriesScores, SeriesState, Thresholds } from './model.ts'
import { advance } from './series-advance.ts'
import { SeriesRanges } from './series-ranges.ts'
import { seriesShape } from './series-state.ts'
import { TailModel } from './tail-model.ts'
import { fleetRanges, judge } from './tail-verdict.ts'

/**
 * The fleet model: each thing's residuals of two forecasts, in a two-sided tail whose scale is shrunk to
 * and floored by the fleet, held down by what was seen of the thing and of the fleet, habituated.
 */
export const fullModel: SeriesKind = {
  name: 'full',
  pooled: false,
  daysApart: false,
  pooledDays: false,
  advance: advanceSeries,
  explain: (model, point) => judge(new TailModel(model), point),
  ranges: (model, level) => new SeriesRanges(model, level),
  thresholds: (model): Thresholds => fleetRanges(new TailModel(model)),
}

function advanceSeries(
  { slabs, at, windowMs, learned }: SeriesState,
  columns: Columns,
  model: Uint8Array | null,
  out: SeriesScores | null,
): void {
  advance(
    slabs,
    at,
    seriesShape(windowMs),
    columns,
    model === null ? null : new TailModel(model),
    model === null ? null : out,
    learned,
  )
}
