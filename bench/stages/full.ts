/** The full model: scoring rows with all of their series' state, and the daily refresh. */
import { DEFAULT_WINDOW_MS } from '../../src/domain/time.ts'
import { floatBin } from '../../src/stats/float-bins.ts'
import { LoneFleet } from '../../src/stats/lone-fleet.ts'
import { RandomStream } from '../../src/stats/random.ts'
import { advance } from '../../src/stats/series-advance.ts'
import { advancePlain } from '../../src/stats/series-kernel.ts'
import { type Slabs, slabsAt } from '../../src/stats/series-slabs.ts'
import {
  LOGGED,
  SERIES_WORDS,
  seriesShape,
  SLAB_SEATS,
  slabInts,
  slabLog,
} from '../../src/stats/series-state.ts'
import { learnDays, PER_DAY, rowsOfSeries, scoresOf, scoringStage } from './series.ts'
import type { Stage } from './stage.ts'

const SEATS = 6_500
const QUICK_SEATS = 500
const WINDOWS = 12
const QUIET_DAYS = 11
const REFRESHED_SLABS = 8
const TRAINING_DAYS = 14
const SEED = 1
const KERNELS = [
  ['WebAssembly', advance],
  ['plain TypeScript', advancePlain],
] as const

export function fullStages(quick: boolean): Stage[] {
  const seats = quick ? QUICK_SEATS : SEATS
  const random = new RandomStream(SEED)
  const rows = rowsOfSeries(seats, WINDOWS, (_, seat) => 100 + seat + 10 * random.normal())
  const out = scoresOf(rows)
  const fleet = new LoneFleet({ seats, windowMs: DEFAULT_WINDOW_MS, twoSided: true })
  learnDays(fleet, rows, QUIET_DAYS)
  for (let i = 0; i < rows.to; i++) rows.window[i]! += QUIET_DAYS * PER_DAY
  const { slabs, model } = fleet
  const shape = seriesShape(DEFAULT_WINDOW_MS)
  return [
    scoringStage(
      'full',
      seats,
      KERNELS,
      () => emptyLogs(slabs),
      (kernel) => kernel(slabs, 0, shape, rows, model, out),
      rows,
    ),
    refreshStage(quick ? 1 : REFRESHED_SLABS),
  ]
}

/** A day has room for a day's datapoints: those that come again must not fill it. */
function emptyLogs(slabs: Slabs): void {
  for (const slab of slabsAt(slabs)) {
    const ints = slabInts(slab)
    for (let i = LOGGED; i < ints.length; i += SERIES_WORDS) ints.fill(0, i, i + 2)
  }
}

/** Ends a day whose logs are full, with thirteen such days before it: continuous residuals, hardly two alike. */
function refreshStage(slabs: number): Stage {
  const seats = slabs * SLAB_SEATS
  const fleet = new LoneFleet({ seats, windowMs: DEFAULT_WINDOW_MS, twoSided: true })
  const random = new RandomStream(SEED)
  const noise = new Int16Array(2 ** 20).map(() => floatBin(10 * random.normal()))
  let day = 0
  for (; day < TRAINING_DAYS; day++) {
    fillLogs(fleet.slabs, day, noise)
    fleet.endDay(day)
  }
  return {
    name: 'refresh, model full',
    rows: seats,
    variants: [
      {
        name: `${seats} series`,
        before: () => fillLogs(fleet.slabs, day, noise),
        work: () => fleet.endDay(day++)!.length,
      },
    ],
  }
}

function fillLogs(slabs: Slabs, day: number, noise: Int16Array): void {
  const shape = seriesShape(DEFAULT_WINDOW_MS)
  let from = day * 7_919
  for (const slab of slabsAt(slabs)) {
    const ints = slabInts(slab)
    const log = slabLog(slab, day & 1, shape)
    for (let seat = 0; seat < SLAB_SEATS; seat++, from += PER_DAY) {
      from %= noise.length - PER_DAY
      log.set(noise.subarray(from, from + PER_DAY), seat * PER_DAY)
      ints[seat * SERIES_WORDS + LOGGED + (day & 1)] = PER_DAY
    }
  }
}
