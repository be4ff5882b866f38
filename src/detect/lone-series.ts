import { LEVEL_SCORE } from '../domain/behavior.ts'
import type { EpochMs } from '../domain/time.ts'
import { dayOf } from '../domain/time.ts'
import { newVerdict, SingleSeries, type SingleVerdict } from '../stats/single-series.ts'
import type { PackColumns, SourceColumns } from './learning.ts'
import { learnedRows, type Unlearned } from '../tasks/score.ts'
import { QUIET } from './alarm.ts'
import type { MlJudge, ScoredRun, Watch } from './watch.ts'

/** A fleet of so many things has nothing to lean on. */
const LONE = 2
/** On a day as many more may come before it is clear that this is a fleet. */
const NEWCOMERS = 8
/** A thing silent for longer is forgotten. */
const FORGET_DAYS = 14

interface Known {
  series: SingleSeries
  lastDay: number
  /** It was there before the present day began: only then is it judged by itself. */
  isOld: boolean
}

/** What a checkpoint says in JSON; the series' bytes lie beside it. */
export interface SavedLone {
  crowded: boolean
  seats: [seat: number, lastDay: number, isOld: boolean][]
}

/** What one run of rows is judged with besides its model. */
export interface LoneRun {
  run: ScoredRun
  members: Uint8Array | null
  /** 1 at the rows that are learned; null for all. */
  learned: Uint8Array | null
  windowMs: number
  /** Whose rows want a verdict whatever they score. */
  wants: (seat: number) => boolean
}

/**
 * The things of a behavior that has one or two, each as a single series (`single-series.ts`), refined with
 * each datapoint, in the order in which scores are folded. Whether a behavior is one of these is decided
 * at midnight, so that neither batches nor threads matter; one that was a fleet once remains one.
 */
export class LoneSeries {
  #crowded = false
  readonly #known: Map<number, Known> = new Map()

  /** Whether rows are still wanted. */
  get isLearning(): boolean {
    return !this.#crowded || this.#known.size > 0
  }

  get bytes(): number {
    return [...this.#known.values()].reduce((sum, { series }) => sum + series.bytes, 0)
  }

  /**
   * Takes rows in, in time order of each thing. Where the model in force is `lone`, those of old things
   * get its scores instead of the fleet's; returns the verdicts, by row.
   */
  take({ run, members, learned, windowMs, wants }: LoneRun): Map<number, SingleVerdict> | null {
    const { batch, from, to, s, s0, model } = run
    const isJudging = model?.lone === true
    if (this.#crowded && !isJudging) this.#known.clear()
    if (!this.isLearning) return null
    const verdicts = new Map<number, SingleVerdict>()
    const stirred = new Set<number>()
    for (let row = from; row < to; row++) {
      const seat = batch.thing[row]!
      if (members !== null && members[seat] !== 1) continue
      const time = batch.window[row]! * windowMs
      const known = this.#knownAt(seat, time)
      if (known === null) continue
      known.lastDay = dayOf(time)
      const isJudged = isJudging && known.isOld
      const verdict = isJudged ? newVerdict(stirred.has(seat) || wants(seat)) : null
      const score = known.series.add(time, batch.value[row]!, learned?.[row] !== 0, verdict)
      if (verdict === null || Number.isNaN(score)) continue
      s[row] = score
      s0[row] = known.series.s0
      verdicts.set(row, verdict)
      if (known.series.s0 >= LEVEL_SCORE.LOW) stirred.add(seat)
    }
    return verdicts
  }

  #knownAt(seat: number, time: EpochMs): Known | null {
    const known = this.#known.get(seat)
    if (known !== undefined || this.#crowded) return known ?? null
    const newcomers = [...this.#known.values()].filter(({ isOld }) => !isOld).length
    if (newcomers === NEWCOMERS) {
      this.#becomeFleet()
      return null
    }
    const fresh = { series: new SingleSeries(), lastDay: dayOf(time), isOld: false }
    this.#known.set(seat, fresh)
    return fresh
  }

  /** Old things are gone on with, for their model may be in force for another hour. */
  #becomeFleet(): void {
    this.#crowded = true
    for (const [seat, { isOld }] of this.#known) if (!isOld) this.#known.delete(seat)
  }

  /** A thing starts anew. */
  reset(seat: number): void {
    this.#known.delete(seat)
  }

  /** Ends a day; whether the models that are built then judge things by themselves. */
  endDay(day: number): boolean {
    for (const [seat, { lastDay }] of this.#known) {
      if (lastDay <= day - FORGET_DAYS) this.#known.delete(seat)
    }
    if (this.#known.size > LONE) this.#becomeFleet()
    for (const known of this.#known.values()) known.isOld = true
    return !this.#crowded
  }

  pack(name: string, columns: SourceColumns): SavedLone {
    const all = [...this.#known].sort(([a], [b]) => a - b)
    for (const [seat, { series }] of all) columns[`${name}.${seat}`] = series.encode()
    return {
      crowded: this.#crowded,
      seats: all.map(([seat, { lastDay, isOld }]) => [seat, lastDay, isOld]),
    }
  }

  static unpack({ crowded, seats }: SavedLone, name: string, columns: PackColumns): LoneSeries {
    const lone = new LoneSeries()
    lone.#crowded = crowded
    for (const [seat, lastDay, isOld] of seats) {
      const series = SingleSeries.decode(columns[`${name}.${seat}`] as Uint8Array)
      lone.#known.set(seat, { series, lastDay, isOld })
    }
    return lone
  }
}

/** Has a behavior's lone series take a run of rows in; the verdicts are then the watch's. */
export function takeLone(
  watch: Watch,
  { training }: MlJudge,
  run: ScoredRun,
  how: {
    members: Uint8Array | null
    unlearned: readonly Unlearned[]
    windowMs: number
    /** Somebody looks at every row. */
    always: boolean
  },
): void {
  const { lone } = training.record
  if (lone === null || !lone.isLearning) return
  const { members, unlearned, windowMs, always } = how
  watch.lone = lone.take({
    run,
    members,
    learned: learnedRows(unlearned, run.batch, run.from, run.to),
    windowMs,
    wants: (seat) => always || watch.states[seat] !== QUIET,
  })
}
