/** What the stages of models that learn each thing by itself have in common. */
import { DAY_MS, DEFAULT_WINDOW_MS } from '../../src/domain/time.ts'
import type { Columns, SeriesScores } from '../../src/stats/model.ts'
import type { Stage } from './stage.ts'

export const PER_DAY: number = DAY_MS / DEFAULT_WINDOW_MS

/** A fleet on this thread, of whichever model. */
interface LoneFleet {
  advance(columns: Columns, out: SeriesScores): void
  endDay(day: number): Uint8Array | null
  adopt(model: Uint8Array | null): void
}

/** Rows of all series, window by window. */
export function rowsOfSeries(
  seats: number,
  windows: number,
  valueOf: (row: number, seat: number) => number,
): Columns {
  const rows = seats * windows
  return {
    thing: new Int32Array(rows).map((_, row) => row % seats),
    window: new Int32Array(rows).map((_, row) => Math.floor(row / seats)),
    value: new Float64Array(rows).map((_, row) => valueOf(row, row % seats)),
    from: 0,
    to: rows,
    watched: null,
  }
}

export function scoresOf({ to }: Columns): SeriesScores {
  const column = (): Float32Array => new Float32Array(to)
  return { s: column(), s0: column(), mean: column(), median: column(), slow: column() }
}

/** Has a fleet learn rows again and again, turned round a little each time, for so many days. */
export function learnDays(fleet: LoneFleet, columns: Columns, days: number): void {
  const out = scoresOf(columns)
  const { value, to: rows } = columns
  const windows = columns.window[rows - 1]! + 1
  for (let day = 0; day < days; day++) {
    for (let first = 0; first < PER_DAY; first += windows) {
      const turned = value.map((_, row) => value[(row + 7_919 * first) % rows]!)
      const window = columns.window.map((number) => day * PER_DAY + first + number)
      fleet.advance({ ...columns, window, value: turned }, out)
    }
    fleet.adopt(fleet.endDay(day))
  }
}

/** Scoring rows, each round's windows behind those of the one before, by each of a model's kernels. */
export function scoringStage<Kernel>(
  model: string,
  seats: number,
  kernels: readonly (readonly [name: string, kernel: Kernel])[],
  before: () => void,
  run: (kernel: Kernel) => void,
  { to: rows, window }: Columns,
): Stage {
  const windows = window[rows - 1]! - window[0]! + 1
  return {
    name: `learn and score, model ${model}`,
    rows,
    variants: kernels.map(([name, kernel]) => ({
      name: `${seats} series, ${name}`,
      before: () => {
        for (let i = 0; i < rows; i++) window[i]! += windows
        before()
      },
      work: () => {
        run(kernel)
        return rows
      },
    })),
  }
}
