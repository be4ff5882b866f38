import { advancePlainCompact } from './compact-kernel.ts'
import { compactKernelOf } from './compact-kernel-wasm.ts'
import { COMPACT_SLAB_SEATS, type CompactShape } from './compact-state.ts'
import type { OpenCompact } from './compact-summary.ts'
import type { ExcessModel } from './excess-model.ts'
import { STAGE_ROWS } from './kernel-stage.ts'
import type { Columns, SeriesScores } from './model.ts'
import { blockOf, endOfBlock, type Slabs } from './series-slabs.ts'

/** Windows a day for which a stage has room; beyond, rows go the plain way. */
const MOST_PER_DAY = 10_000

/**
 * Takes each row, in time order of its thing, into its series; counts its excess for the day, and scores
 * it where there are a model and `out`. All rows must be of one UTC day. `learned`: 1 at the rows that are
 * counted; null for all.
 */
export function advanceCompact(
  slabs: Slabs,
  at: number,
  shape: CompactShape,
  open: OpenCompact,
  columns: Columns,
  model: ExcessModel | null,
  out: SeriesScores | null,
  learned: Uint8Array | null = null,
): void {
  const { thing, from, to } = columns
  for (let row = from; row < to; ) {
    const first = row
    const most = Math.min(to, first + STAGE_ROWS)
    row = endOfBlock(slabs, thing, first, most, COMPACT_SLAB_SEATS)
    const block = slabs.blocks[blockOf(slabs, thing[first]!, COMPACT_SLAB_SEATS)]!
    const kernel = shape.perDay > MOST_PER_DAY ? null : compactKernelOf(block)
    if (kernel === null) {
      const rows = { ...columns, from: first, to: row }
      advancePlainCompact(slabs, at, shape, open, rows, model, out, learned)
    } else kernel.advance(slabs, at, shape, open, columns, first, row, model, out, learned)
  }
}
