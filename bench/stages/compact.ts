/** The compact model: scoring rows with all of their series' state, and the daily refresh. */
import { DAY_MS, DEFAULT_WINDOW_MS } from '../../src/domain/time.ts'
import { advanceCompact } from '../../src/stats/compact-advance.ts'
import { beginDay, collectSpreads, fleetSpread } from '../../src/stats/compact-day.ts'
import { advancePlainCompact } from '../../src/stats/compact-kernel.ts'
import { compactShape } from '../../src/stats/compact-state.ts'
import { LoneCompact } from '../../src/stats/lone-compact.ts'
import type { Columns, SeriesScores } from '../../src/stats/model.ts'
import { slabsAt } from '../../src/stats/series-slabs.ts'
import { RandomStream } from '../../src/stats/random.ts'
import type { Stage } from './stage.ts'

const SEATS = 50_000
const QUICK_SEATS = 6_500
const WINDOWS = 12
const QUIET_DAYS = 2
const PER_DAY: number = DAY_MS / DEFAULT_WINDOW_MS
const SEED = 1
const KERNELS = [
  ['WebAssembly', advanceCompact],
  ['plain TypeScript', advancePlainCompact],
] as const

export function compactStages(quick: boolean): Stage[] {
  const seats = quick ? QUICK_SEATS : SEATS
  const rows = rowsOf(seats)
  const fleet = learned(seats, rows)
  const out = scoresOf(rows)
  const shape = compactShape(DEFAULT_WINDOW_MS)
  return [
    {
      name: 'learn and score, model compact',
      rows: rows.to,
      variants: KERNELS.map(([name, kernel]) => ({
        name: `${seats} series, ${name}`,
        before: () => nextDay(rows),
        work: () => {
          kernel(fleet.slabs, 0, shape, fleet.open, rows, fleet.model, out)
          return rows.to
        },
      })),
    },
    {
      name: 'refresh, model compact',
      rows: seats,
      variants: [
        {
          name: 'by series',
          work: () => {
            for (const slab of slabsAt(fleet.slabs)) beginDay(slab, QUIET_DAYS, shape)
            return fleetSpread([collectSpreads()]).experienced
          },
        },
      ],
    },
  ]
}

/** An hour of noise, window by window. */
function rowsOf(seats: number): Columns {
  const random = new RandomStream(SEED)
  const rows = seats * WINDOWS
  const noise = new Float64Array(65_536).map(() => 100 + 10 * random.normal())
  const scale = (row: number): number => 1 + (row % seats) / seats
  return {
    thing: new Int32Array(rows).map((_, row) => row % seats),
    window: new Int32Array(rows).map((_, row) => Math.floor(row / seats)),
    value: new Float64Array(rows).map((_, row) => noise[(row * 7) & 65_535]! * scale(row)),
    from: 0,
    to: rows,
    watched: null,
  }
}

/** A fleet that has a model and, of each thing, two days. */
function learned(seats: number, rows: Columns): LoneCompact {
  const fleet = new LoneCompact({ seats, windowMs: DEFAULT_WINDOW_MS, twoSided: true })
  const out = scoresOf(rows)
  for (let day = 0; day < QUIET_DAYS; day++) {
    for (let hour = 0; hour < 24; hour++) {
      const first = day * PER_DAY + hour * WINDOWS
      fleet.advance({ ...rows, window: rows.window.map((window) => first + window) }, out)
    }
    fleet.adopt(fleet.endDay(day))
  }
  for (let i = 0; i < rows.to; i++) rows.window[i]! += QUIET_DAYS * PER_DAY
  return fleet
}

function scoresOf({ to }: Columns): SeriesScores {
  const column = (): Float32Array => new Float32Array(to)
  return { s: column(), s0: column(), mean: column(), median: column(), slow: column() }
}

function nextDay({ window }: Columns): void {
  for (let i = 0; i < window.length; i++) window[i]! += PER_DAY
}
