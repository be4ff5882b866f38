import type { ConfidenceLevel } from '../domain/behavior.ts'
import { advanceCompact } from './compact-advance.ts'
import { compactShape } from './compact-state.ts'
import { OpenCompact } from './compact-summary.ts'
import { compactRanges, compactThresholds, judgeCompact } from './compact-verdict.ts'
import { ExcessModel } from './excess-model.ts'
import type { Columns, SeriesKind, SeriesScores, SeriesState } from './model.ts'

/**
 * The fleet model for a million things: of each the same residuals, but of their distribution no more
 * than a running deviation and two quantiles, in 96 bytes; one tail for the fleet of what lies beyond
 * them, held down by what was seen of the fleet, habituated.
 */
export const compactModel: SeriesKind = {
  name: 'compact',
  pooled: false,
  daysApart: true,
  pooledDays: true,
  advance: advanceSeries,
  explain: (model, point) => judgeCompact(new ExcessModel(model), point),
  ranges: (model: Uint8Array, level: ConfidenceLevel) =>
    compactRanges(new ExcessModel(model), level),
  thresholds: (model) => compactThresholds(new ExcessModel(model)),
}

function advanceSeries(
  { slabs, at, windowMs, open, openAt, learned }: SeriesState,
  columns: Columns,
  model: Uint8Array | null,
  out: SeriesScores | null,
): void {
  advanceCompact(
    slabs,
    at,
    compactShape(windowMs),
    new OpenCompact(open, openAt),
    columns,
    model === null ? null : new ExcessModel(model),
    model === null ? null : out,
    learned,
  )
}
