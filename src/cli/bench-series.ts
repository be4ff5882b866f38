import { DAY_MS, DEFAULT_WINDOW_MS } from '../domain/time.ts'
import { floatBin } from '../stats/float-bins.ts'
import type { Columns, SeriesScores } from '../stats/model.ts'
import { RandomStream } from '../stats/random.ts'
import { advance } from '../stats/series-advance.ts'
import {
  LOGGED,
  SERIES_WORDS,
  seriesShape,
  SLAB_SEATS,
  slabBytes,
  slabInts,
  slabLog,
} from '../stats/series-state.ts'
import { newSlabs, slabAt, type Slabs, slabsAt } from '../stats/series-slabs.ts'
import { closeSlabDay, type SlabDay } from '../stats/series-day.ts'
import { assembleModel, describeSlab, shapeOf, shrinkSlab } from '../stats/tail-fit.ts'
import { TailModel } from '../stats/tail-model.ts'
import type { Stage } from './bench-run.ts'

const DAYS = 14
const PER_DAY: number = DAY_MS / DEFAULT_WINDOW_MS
const SHAPE = seriesShape(DEFAULT_WINDOW_MS)

/** One metric's things: their series, what was learned of them, and the rows that come again and again. */
interface Learner {
  slabs: Slabs
  model: TailModel
  rows: Columns
}

/**
 * What the full model costs: scoring rows with all of their series' state (the rows of a few windows,
 * learned as fourteen days before), and the daily refresh of series with full days.
 */
export function seriesStages(runs: readonly Columns[], seats: number): Stage[] {
  const most = runs[0]!.thing.length
  const column = (): Float32Array => new Float32Array(most)
  const out = { s: column(), s0: column(), mean: column(), median: column(), slow: column() }
  const learners = runs.filter(({ from, to }) => to > from).map((rows) => learner(rows, seats, out))
  const days = fullDays()
  return [
    {
      name: 'learn and score: rows by model full',
      rows: learners.reduce((sum, { rows }) => sum + rows.to - rows.from, 0),
      bytes: null,
      long: false,
      work: () => {
        for (const { slabs, model, rows } of learners) {
          forgetDay(slabs, rows)
          advance(slabs, 0, SHAPE, rows, model, out)
        }
        return out.s[0]!
      },
    },
    {
      name: 'refresh of model full, by series',
      rows: SLAB_SEATS,
      bytes: null,
      long: false,
      work: () => fit(days).bytes.length,
    },
  ]
}

/** Fourteen full days of a slab of series: normal residuals in steps of a hundredth. */
function fullDays(): SlabDay[][] {
  const random = new RandomStream(1)
  const slab = slabAt(newSlabs(1, slabBytes(SHAPE)), 0)
  const ints = slabInts(slab)
  return Array.from({ length: DAYS }, (_, day) => {
    const parity = day & 1
    for (let i = LOGGED + parity; i < ints.length; i += SERIES_WORDS) ints[i] = PER_DAY
    const log = slabLog(slab, parity, SHAPE)
    for (let i = 0; i < log.length; i++) log[i] = floatBin(Math.round(random.normal() * 100) / 100)
    return [closeSlabDay(slab, parity, SHAPE)]
  })
}

function learner(rows: Columns, seats: number, out: SeriesScores): Learner {
  const slabs = newSlabs(Math.ceil(seats / SLAB_SEATS), slabBytes(SHAPE))
  const days: SlabDay[][] = []
  for (let day = 0; day < DAYS; day++) {
    const window = rows.window.map((number) => number + day * PER_DAY)
    advance(slabs, 0, SHAPE, { ...rows, window }, null, out)
    const today = Math.floor(window[rows.from]! / PER_DAY)
    days.push(slabsAt(slabs).map((slab) => closeSlabDay(slab, today & 1, SHAPE)))
  }
  const later = { ...rows, window: rows.window.map((number) => number + DAYS * PER_DAY) }
  return { slabs, model: new TailModel(fit(days).bytes), rows: later }
}

function fit(days: readonly SlabDay[][]): { bytes: Uint8Array } {
  const tails = days[0]!.map((_, i) =>
    describeSlab(
      days.map((slabs) => slabs[i]!),
      true,
    ),
  )
  const shape = shapeOf(tails)
  const excesses = tails.map((slab) => shrinkSlab(slab, shape))
  return assembleModel(tails, excesses, shape, true, Number.MAX_SAFE_INTEGER)
}

/** A day has room for a day's datapoints: those that come again must not fill it. */
function forgetDay(slabs: Slabs, { window, from }: Columns): void {
  const parity = Math.floor(window[from]! / PER_DAY) & 1
  for (const slab of slabsAt(slabs)) {
    const ints = slabInts(slab)
    for (let i = LOGGED + parity; i < ints.length; i += SERIES_WORDS) ints[i] = 0
  }
}
