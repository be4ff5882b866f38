import { LoneCompact } from '../../src/stats/lone-compact.ts'
import { LoneFleet } from '../../src/stats/lone-fleet.ts'
import { DAY_MS, HOUR_MS } from '../../src/domain/time.ts'

/** One datapoint of a thing: its seat, its window and its value. */
export interface Row {
  thing: number
  window: number
  value: number
}

export interface Scored extends Row {
  s: number
  s0: number
}

export interface FleetRun {
  seats: number
  windowMs: number
  twoSided?: boolean
  /** How long a day's first windows are still judged by the model before: an hour in a run. */
  inForceAfterMs?: number
  /** About how many rows are taken at once. */
  batchRows?: number
  /** Learned so; as the full model does it, unless said otherwise. */
  kind?: typeof LoneFleet | typeof LoneCompact
}

/** Drives a fleet day by day; rows in time order, those of a window in any. */
export function scoreFleet(rows: readonly Row[], run: FleetRun): Scored[] {
  const { windowMs, inForceAfterMs = HOUR_MS, batchRows = Number.POSITIVE_INFINITY } = run
  const Kind = run.kind ?? LoneFleet
  const perDay = DAY_MS / windowMs
  const fleet = new Kind({ twoSided: true, ...run })
  const scored: Scored[] = []
  const days = [...new Set(rows.map(({ window }) => Math.floor(window / perDay)))]
  let next: Uint8Array | null = null
  for (let day = Math.min(...days); day <= Math.max(...days); day++) {
    const today = rows.filter(({ window }) => Math.floor(window / perDay) === day)
    const takeover = day * perDay + inForceAfterMs / windowMs
    let batch: Row[] = []
    const flush = (): void => {
      scored.push(...scoreBatch(fleet, batch))
      batch = []
    }
    for (const row of today) {
      if (row.window >= takeover && next !== null) {
        flush()
        fleet.adopt(next)
        next = null
      }
      batch.push(row)
      if (batch.length >= batchRows) flush()
    }
    flush()
    if (next !== null) fleet.adopt(next)
    next = fleet.endDay(day)
  }
  return scored
}

function scoreBatch(fleet: LoneFleet | LoneCompact, batch: readonly Row[]): Scored[] {
  const column = (): Float32Array => new Float32Array(batch.length)
  const out = { s: column(), s0: column(), mean: column(), median: column(), slow: column() }
  fleet.advance(
    {
      thing: Int32Array.from(batch, ({ thing }) => thing),
      window: Int32Array.from(batch, ({ window }) => window),
      value: Float64Array.from(batch, ({ value }) => value),
      from: 0,
      to: batch.length,
      watched: null,
    },
    out,
  )
  return batch.map((row, i) => ({ ...row, s: out.s[i]!, s0: out.s0[i]! }))
}
