import { STAGE_ROWS } from './kernel-stage.ts'
import type { Columns, SeriesScores } from './model.ts'
import { advancePlain } from './series-kernel.ts'
import { seriesKernelOf } from './series-kernel-wasm.ts'
import { blockOf, endOfBlock, type Slabs } from './series-slabs.ts'
import { SLAB_SEATS, type SeriesShape } from './series-state.ts'
import type { TailModel } from './tail-model.ts'

/** Windows a day for which a stage has room; beyond, rows go the plain way. */
const MOST_PER_DAY = 2_000

/**
 * Takes each row, in time order of its thing, into its series: residual of the two forecasts, its bin
 * into the day's log, and its score where there are a model and `out`. All rows must be of one UTC day.
 * `learned`: 1 at the rows that go into the log; null for all.
 */
export function advance(
  slabs: Slabs,
  at: number,
  shape: SeriesShape,
  columns: Columns,
  model: TailModel | null,
  out: SeriesScores | null,
  learned: Uint8Array | null = null,
): void {
  const { thing, from, to } = columns
  const isFit = shape.perDay <= MOST_PER_DAY && (out === null || model !== null)
  for (let row = from; row < to; ) {
    const block = blockOf(slabs, thing[row]!, SLAB_SEATS)
    const kernel = isFit ? seriesKernelOf(slabs.blocks[block]!) : null
    const end = endOfBlock(slabs, thing, row, to, SLAB_SEATS)
    if (kernel === null) {
      advancePlain(slabs, at, shape, { ...columns, from: row, to: end }, model, out, learned)
    } else {
      kernel.begin(slabs, at, block, shape, out === null ? null : model)
      for (let next = row; next < end; ) {
        const most = Math.min(end, next + STAGE_ROWS)
        next = kernel.advance(columns, next, most, out, learned)
      }
    }
    row = end
  }
}
