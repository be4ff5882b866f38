import {
  BLOCK_ROWS,
  type ForecastBlock,
  forecastRows,
  newForecastBlock,
} from './compact-forecast.ts'
import { COMPACT_HABITUATION_FROM, fadeCompact, habituateCompact } from './compact-habituation.ts'
import {
  COMPACT_BYTES,
  COMPACT_SLAB_BITS,
  COMPACT_SLAB_SEATS,
  COMPACT_WORDS,
  type CompactShape,
  type CompactSlab,
  compactSlab,
  COUNT,
  COUNT_LIMIT,
  HABIT,
  HIGH,
  LOW,
  SQUARE,
  START_DEVIATION,
  START_HIGH,
  START_LOW,
} from './compact-state.ts'
import { excessBin, type OpenCompact } from './compact-summary.ts'
import { type ExcessModel, leastUnit } from './excess-model.ts'
import type { Columns, SeriesScores } from './model.ts'
import { SHIFT } from './series-kernel.ts'
import { slabAt, type Slabs } from './series-slabs.ts'
import { LOWER, UPPER } from './thing-tail.ts'

/** How near a repeated score must come to count as the same one. */
export const TOLERANCE = 0.5
/** A second moment below this is none: see the means' TINY. */
const TINY = 2 ** -120
/** A quantile's tracker moves by this share of the deviation, times the probability it misses by. */
const LEAST_STEP = 0.1
const BEYOND = 0.02

const block = newForecastBlock()
const scores = new Float32Array(BLOCK_ROWS)

/** What `advanceCompact` does, in plain TypeScript: the reference for the kernel in WebAssembly. */
export function advancePlainCompact(
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
  const views: (CompactSlab | undefined)[] = []
  for (let row = from; row < to; ) {
    const slab = thing[row]! >> COMPACT_SLAB_BITS
    const first = row
    const most = Math.min(to, first + BLOCK_ROWS)
    while (row < most && thing[row]! >> COMPACT_SLAB_BITS === slab) row++
    const view = (views[slab] ??= compactSlab(slabAt(slabs, slab, at)))
    forecastRows(view, shape, columns, first, row, block)
    learnRows(view, shape, open, thing, first, row, learned)
    judgeRows(view, open, thing, first, row, out === null ? null : model, learned)
    if (out !== null) writeRows(view, thing, first, row, out)
  }
}

/** Second moments and quantiles go on. */
function learnRows(
  { floats, halves }: CompactSlab,
  { share }: CompactShape,
  open: OpenCompact,
  thing: Int32Array,
  from: number,
  to: number,
  learned: Uint8Array | null,
): void {
  const { residual: residuals, distance: distances } = block
  let datapoints = 0
  for (let row = from; row < to; row++) {
    const residual = residuals[row - from]!
    if (Number.isNaN(residual) || learned?.[row] === 0) continue
    datapoints++
    const at = (thing[row]! & (COMPACT_SLAB_SEATS - 1)) * COMPACT_WORDS
    const count = halves[2 * at + COUNT]!
    if (count < COUNT_LIMIT) halves[2 * at + COUNT] = count + 1
    const newest = 1 / (count + 1)
    const least = share[distances[row - from]!]!
    const before = floats[at + SQUARE]!
    const square = before + (newest > least ? newest : least) * (residual * residual - before)
    floats[at + SQUARE] = square < TINY ? 0 : square
    const step = (2 * newest > LEAST_STEP ? 2 * newest : LEAST_STEP) * Math.sqrt(square)
    const high = floats[at + HIGH]!
    const higher = high + step * (residual > high ? 1 - BEYOND : -BEYOND)
    floats[at + HIGH] = higher > 0 ? higher : 0
    const low = floats[at + LOW]!
    const lower = low - step * (residual < low ? 1 - BEYOND : -BEYOND)
    floats[at + LOW] = lower < 0 ? lower : 0
  }
  open.addDatapoints(datapoints)
}

/** Compares the residuals with what their series were like as the day began. */
function judgeRows(
  { floats }: CompactSlab,
  open: OpenCompact,
  thing: Int32Array,
  from: number,
  to: number,
  model: ExcessModel | null,
  learned: Uint8Array | null,
): void {
  const { residual: residuals } = block
  let judged = 0
  for (let row = from; row < to; row++) {
    const residual = residuals[row - from]!
    const at = (thing[row]! & (COMPACT_SLAB_SEATS - 1)) * COMPACT_WORDS
    scores[row - from] = 0
    if (Number.isNaN(residual)) continue
    const isLearned = learned?.[row] !== 0
    if (isLearned && floats[at + START_DEVIATION]! >= 0) judged++
    scores[row - from] = judgeResidual(floats, at, residual, open, model, isLearned)
  }
  open.addJudged(judged)
}

/** The score of a residual, 0 without a model; counts its excess beyond its series' quantiles. */
export function judgeResidual(
  floats: Float32Array,
  at: number,
  residual: number,
  open: OpenCompact,
  model: ExcessModel | null,
  isLearned: boolean,
): number {
  const own = floats[at + START_DEVIATION]!
  if (own < 0) return model === null ? 0 : Math.fround(model.scoreOfYoung(residual))
  const high = floats[at + START_HIGH]!
  const low = floats[at + START_LOW]!
  if (residual <= high && residual >= low) return 0
  const side = residual > high ? UPPER : LOWER
  const beginning = side === UPPER ? high : -low
  const excess = Math.abs(residual) - beginning
  const bin = excessBin(excess / leastUnit(own, open.deviation, beginning))
  if (isLearned) open.addExcess(side, bin)
  return model === null ? 0 : Math.fround(model.score(side, bin))
}

/** Habituates, and writes what came out. */
function writeRows(
  { words, bytes }: CompactSlab,
  thing: Int32Array,
  from: number,
  to: number,
  { s, s0, mean, median, slow }: SeriesScores,
): void {
  const { residual, ticks, mean: means, median: medians }: ForecastBlock = block
  for (let row = from; row < to; row++) {
    const i = row - from
    if (Number.isNaN(residual[i])) {
      s[row] = Number.NaN
      s0[row] = Number.NaN
      mean[row] = Number.NaN
      median[row] = Number.NaN
      slow[row] = Number.NaN
      continue
    }
    const place = thing[row]! & (COMPACT_SLAB_SEATS - 1)
    const cells = place * COMPACT_WORDS + HABIT / 4
    const byte = place * COMPACT_BYTES + HABIT
    if (ticks[i]! > 0 && words[cells] !== 0) fadeCompact(bytes, byte, ticks[i]!)
    const score = scores[i]!
    const left =
      score < COMPACT_HABITUATION_FROM ? 0 : habituateCompact(bytes, byte, score, TOLERANCE)
    s[row] = left > SHIFT ? left - SHIFT : 0
    s0[row] = score > SHIFT ? score - SHIFT : 0
    mean[row] = means[i]!
    median[row] = medians[i]!
    slow[row] = 0
  }
}
