/** The full model: scoring rows with all of their series' state. */
import { DAY_MS, DEFAULT_WINDOW_MS } from '../../src/domain/time.ts'
import { LoneFleet } from '../../src/stats/lone-fleet.ts'
import type { Columns, SeriesScores } from '../../src/stats/model.ts'
import { RandomStream } from '../../src/stats/random.ts'
import { advance } from '../../src/stats/series-advance.ts'
import { advancePlain } from '../../src/stats/series-kernel.ts'
import { type Slabs, slabsAt } from '../../src/stats/series-slabs.ts'
import { LOGGED, SERIES_WORDS, seriesShape, slabInts } from '../../src/stats/series-state.ts'
import type { Stage } from './stage.ts'

const SEATS = 6_500
const QUICK_SEATS = 500
const WINDOWS = 12
const QUIET_DAYS = 11
const PER_DAY: number = DAY_MS / DEFAULT_WINDOW_MS
const SEED = 1
const KERNELS = [
  ['WebAssembly', advance],
  ['plain TypeScript', advancePlain],
] as const

export function fullStages(quick: boolean): Stage[] {
  const seats = quick ? QUICK_SEATS : SEATS
  const rows = rowsOf(seats)
  const column = (): Float32Array => new Float32Array(rows.to)
  const out = { s: column(), s0: column(), mean: column(), median: column(), slow: column() }
  const { slabs, model } = learned(seats, rows, out)
  return [
    {
      name: 'learn and score, model full',
      rows: rows.to,
      variants: KERNELS.map(([name, kernel]) => ({
        name: `${seats} series, ${name}`,
        before: () => nextDay(rows, slabs),
        work: () => {
          kernel(slabs, 0, seriesShape(DEFAULT_WINDOW_MS), rows, model, out)
          return rows.to
        },
      })),
    },
  ]
}

/** An hour of noise, window by window. */
function rowsOf(seats: number): Columns {
  const random = new RandomStream(SEED)
  const rows = seats * WINDOWS
  return {
    thing: new Int32Array(rows).map((_, row) => row % seats),
    window: new Int32Array(rows).map((_, row) => Math.floor(row / seats)),
    value: new Float64Array(rows).map((_, row) => 100 + (row % seats) + 10 * random.normal()),
    from: 0,
    to: rows,
    watched: null,
  }
}

/** A fleet that has a model and, of each thing, some days. */
function learned(seats: number, rows: Columns, out: SeriesScores): LoneFleet {
  const fleet = new LoneFleet({ seats, windowMs: DEFAULT_WINDOW_MS, twoSided: true })
  const { length } = rows.value
  for (let day = 0; day < QUIET_DAYS; day++) {
    for (let hour = 0; hour < 24; hour++) {
      const first = day * PER_DAY + hour * WINDOWS
      const value = rows.value.map((_, i) => rows.value[(i + 7_919 * hour) % length]!)
      const window = rows.window.map((number) => first + number)
      fleet.advance({ ...rows, window, value }, out)
    }
    fleet.adopt(fleet.endDay(day))
  }
  for (let i = 0; i < length; i++) rows.window[i]! += QUIET_DAYS * PER_DAY
  return fleet
}

/** A day has room for a day's datapoints: those that come again must not fill it. */
function nextDay({ window }: Columns, slabs: Slabs): void {
  for (let i = 0; i < window.length; i++) window[i]! += PER_DAY
  for (const slab of slabsAt(slabs)) {
    const ints = slabInts(slab)
    for (let i = LOGGED; i < ints.length; i += SERIES_WORDS) ints.fill(0, i, i + 2)
  }
}
