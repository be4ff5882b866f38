/** The compact model: scoring rows with all of their series' state, and the daily refresh. */
import { DEFAULT_WINDOW_MS } from '../../src/domain/time.ts'
import { advanceCompact } from '../../src/stats/compact-advance.ts'
import { beginDay, collectSpreads, fleetSpread } from '../../src/stats/compact-day.ts'
import { advancePlainCompact } from '../../src/stats/compact-kernel.ts'
import {
  COMPACT_SLAB_BYTES,
  COMPACT_SLAB_SEATS,
  compactShape,
} from '../../src/stats/compact-state.ts'
import { LoneCompact } from '../../src/stats/lone-compact.ts'
import type { Columns } from '../../src/stats/model.ts'
import { RandomStream } from '../../src/stats/random.ts'
import { newSlabs, type Slabs, slabsAt } from '../../src/stats/series-slabs.ts'
import { learnDays, PER_DAY, rowsOfSeries, scoresOf, scoringStage } from './series.ts'
import type { Stage } from './stage.ts'

const SEATS = 50_000
const MANY_SEATS = 1_300_000
const QUICK_SEATS = 6_500
const WINDOWS = 12
const QUIET_DAYS = 2
const SEED = 1
const KERNELS = [
  ['WebAssembly', advanceCompact],
  ['plain TypeScript', advancePlainCompact],
] as const
type Kernel = (typeof KERNELS)[number][1]
const SHAPE = compactShape(DEFAULT_WINDOW_MS)

export function compactStages(quick: boolean): Stage[] {
  const seats = quick ? QUICK_SEATS : SEATS
  const fleet = new LoneCompact({ seats, windowMs: DEFAULT_WINDOW_MS, twoSided: true })
  learnDays(fleet, rowsOf(seats, WINDOWS), QUIET_DAYS)
  const stages = [scoring(fleet, fleet.slabs, seats, WINDOWS), refresh(fleet.slabs, seats)]
  return quick
    ? stages
    : [...stages, scoring(fleet, repeated(fleet.slabs, MANY_SEATS), MANY_SEATS, 1)]
}

function rowsOf(seats: number, windows: number): Columns {
  const random = new RandomStream(SEED)
  const noise = new Float64Array(65_536).map(() => 100 + 10 * random.normal())
  const valueOf = (row: number, seat: number): number =>
    noise[(row * 7) & 65_535]! * (1 + (seat % SEATS) / SEATS)
  return rowsOfSeries(seats, windows, valueOf)
}

function scoring(
  { open, model }: LoneCompact,
  slabs: Slabs,
  seats: number,
  windows: number,
): Stage {
  const rows = rowsOf(seats, windows)
  const out = scoresOf(rows)
  for (let i = 0; i < rows.to; i++) rows.window[i]! += QUIET_DAYS * PER_DAY
  const run = (kernel: Kernel): void => kernel(slabs, 0, SHAPE, open, rows, model, out)
  return scoringStage('compact', seats, KERNELS, () => {}, run, rows)
}

function refresh(slabs: Slabs, seats: number): Stage {
  const work = (): number => {
    for (const slab of slabsAt(slabs)) beginDay(slab, QUIET_DAYS, SHAPE)
    return fleetSpread([collectSpreads()]).experienced
  }
  return {
    name: 'refresh, model compact',
    rows: seats,
    variants: [{ name: `${seats} series`, work }],
  }
}

/** As many series as that, copies of the full slabs of some. */
function repeated(some: Slabs, seats: number): Slabs {
  const many = newSlabs(Math.ceil(seats / COMPACT_SLAB_SEATS), COMPACT_SLAB_BYTES)
  const handles = slabsAt(some).slice(0, -1)
  for (const [i, { memory, at }] of slabsAt(many).entries()) {
    const from = handles[i % handles.length]!
    const bytes = new Uint8Array(from.memory, from.at, COMPACT_SLAB_BYTES)
    new Uint8Array(memory, at, COMPACT_SLAB_BYTES).set(bytes)
  }
  return many
}
