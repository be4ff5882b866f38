import type { Columns, SeriesScores } from '../../src/stats/model.ts'
import { RandomStream } from '../../src/stats/random.ts'

export interface OddDay {
  day: number
  columns: Columns
  learned: Uint8Array | null
}

const DAYS = 14
const MOST_WINDOWS = 75
const THINGS = 40

/**
 * Days of series of all kinds, in seats spread over `seats`: regular and rare, silent for a while, with
 * negative, whole, huge and constant values; on some days of things that are not watched, or rows that
 * are not learned. In order of windows or, on one of the days, of things.
 */
export function oddDays(seed: number, seats: number, perDay: number): OddDay[] {
  const random = new RandomStream(seed)
  const things = [...new Set(Array.from({ length: THINGS }, (_, i) => seatOf(random, i, seats)))]
  things.sort((a, b) => a - b)
  const windows = Math.min(perDay, MOST_WINDOWS)
  let first = 0
  return Array.from({ length: DAYS }, (_, i) => {
    // Once two weeks and more are missing.
    const day = (first += i === 5 && random.chance(0.3) ? 16 : 1)
    const rows: { thing: number; window: number; value: number }[] = []
    for (let window = 0; window < windows; window++) {
      for (const [kind, thing] of things.entries()) {
        if (kind % 8 === 3 && (window + kind) % 3 !== 0) continue
        if (random.chance(0.01)) continue
        rows.push({ thing, window: day * perDay + window, value: valueOf(random, kind, i) })
      }
    }
    if (i === 2) rows.sort((a, b) => a.thing - b.thing || a.window - b.window)
    return {
      day,
      columns: {
        thing: Int32Array.from(rows, ({ thing }) => thing),
        window: Int32Array.from(rows, ({ window }) => window),
        value: Float64Array.from(rows, ({ value }) => value),
        from: 0,
        to: rows.length,
        watched: i === 1 ? Uint8Array.from({ length: seats }, (_, seat) => seat % 5 && 1) : null,
      },
      learned: i === 4 ? Uint8Array.from(rows, (_, row) => (row % 7 === 0 ? 0 : 1)) : null,
    }
  })
}

function seatOf(random: RandomStream, i: number, seats: number): number {
  return i < THINGS / 2 ? i : Math.floor(random.uniform() * seats)
}

/** From some day on one kind is nearly silent, another ten times as high. */
function valueOf(random: RandomStream, kind: number, i: number): number {
  if (kind % 9 === 8 && i >= 11) return random.chance(0.05) ? 10 : 0
  if (kind % 9 === 7 && i >= 12) return 1_000 + random.normal()
  const outburst = random.chance(0.02) ? random.pareto(1) * 10 : 0
  if (kind % 7 === 6) return random.chance(0.02) ? -1e300 : kind - 20
  if (kind % 3 === 0) return random.poisson(3) + Math.round(outburst)
  if (kind % 3 === 1) return (kind % 2 === 0 ? -1 : 1) * (100 + 5 * random.normal() + outburst)
  return random.normal() + outburst
}

export function scoresFor({ to }: Columns): SeriesScores {
  const column = (): Float32Array => new Float32Array(to).fill(-1)
  return { s: column(), s0: column(), mean: column(), median: column(), slow: column() }
}
