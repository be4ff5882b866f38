import type { PackColumn, PackSource } from '../columnar/pack.ts'
import type { CompactDay } from '../stats/compact-summary.ts'
import type { OwnScale } from '../stats/excess-model.ts'
import type { SlabDay } from '../stats/series-day.ts'
import { OPEN_SUMMARY_BYTES, OpenSummary } from '../stats/open-summary.ts'
import { mergeSummaries, type Summary } from '../stats/summary.ts'
import type { FitSettings } from '../stats/model.ts'
import type { FitResult, FitTask } from '../tasks/fit.ts'
import type { Seasons } from './seasons.ts'

/** A closed day of a behavior: a pooled summary, or its series slab by slab. */
export type ClosedDay = Summary | SeriesDay | CompactDay

export interface SeriesDay {
  count: number
  slabs: readonly SlabDay[]
}

/** What closing a day came to; no model where none was asked for. */
export interface Closing {
  day: ClosedDay
  model: Uint8Array | null
  datapoints: number
}

/** What a checkpoint says of a day in JSON; the rest lies in columns. */
export type SavedDay = Pick<Summary, 'count'> & Partial<Pick<Summary, 'min' | 'max' | 'decimals'>>
/** Columns as they were read, and as they are to be written. */
export type PackColumns = Record<string, PackColumn>
export type SourceColumns = PackSource['columns']

/** How one behavior learns: where its open days lie, and what becomes of them. Models of life know no more. */
export interface Learning {
  /** Where its part begins in the memory of each lane, and of each slab of series, in bytes. */
  readonly openAt: number
  readonly slabAt: number
  /** What it learns by time of day; null where times are all one. */
  readonly seasons: Seasons | null
  /** Datapoints learned so far on an open day. */
  openCount(day: number): number
  /** Closes a day and, given the days before it that still count, fits a model on them all. */
  close(day: number, earlier: readonly ClosedDay[] | null): Promise<Closing>
  /** The window in which the series in a thing's seat began; of no matter to pooled ones. */
  since(seat: number): number
  /** What the series in a seat is compared with by itself; null where the model alone says it. */
  own(seat: number): OwnScale | null
  /** Bytes of a closed day, and of each thing's state; 0 where nothing is kept for single things. */
  dayBytes(day: ClosedDay): number
  readonly stateBytes: number
  packDay(day: ClosedDay, name: string, columns: SourceColumns): SavedDay
  unpackDay(saved: SavedDay, name: string, columns: PackColumns): ClosedDay
  packOpen(day: number, name: string, columns: SourceColumns): SavedDay
  /** In place of what it has learned of that day. */
  restoreOpen(day: number, saved: SavedDay, name: string, columns: PackColumns): void
}

/**
 * Where the worker threads learn: for each lane the open summaries of all behaviors side by side. There
 * are two sets, and the days alternate, so that one day can be closed while the next is written.
 */
export class LearningMemory {
  readonly #behaviors: number
  readonly #bytesEach: number
  readonly #sets: readonly (readonly SharedArrayBuffer[])[]

  constructor(behaviors: number, lanes: number, bytesEach: number = OPEN_SUMMARY_BYTES) {
    this.#behaviors = behaviors
    this.#bytesEach = bytesEach
    const bytes = Math.max(1, behaviors) * bytesEach
    this.#sets = [0, 1].map(() =>
      Array.from({ length: lanes + 1 }, () => new SharedArrayBuffer(bytes)),
    )
  }

  /** Takes over what another memory holds; `from[i]` is where the i-th behavior lay there, -1 for a new one. */
  takeOver(before: LearningMemory, from: readonly number[]): void {
    if (this.#behaviors === 0) return
    const bytes = this.#bytesEach
    for (const [day, set] of this.#sets.entries()) {
      for (const [lane, memory] of set.entries()) {
        const there = before.#sets[day]![lane]!
        for (const [i, at] of from.entries()) {
          if (at < 0) continue
          new Uint8Array(memory, i * bytes, bytes).set(new Uint8Array(there, at * bytes, bytes))
        }
      }
    }
  }

  /** One memory per lane, and at the end that of the main thread, for what comes summarised. */
  lanes(day: number): readonly SharedArrayBuffer[] {
    return this.#sets[day & 1]!
  }
}

/** Learning from values alone. */
export class PooledLearning implements Learning {
  readonly openAt: number
  readonly slabAt: number = 0
  readonly stateBytes: number = 0
  readonly seasons: null = null
  readonly #memory: LearningMemory
  readonly #modelKind: string
  readonly #settings: FitSettings
  readonly #fit: (task: FitTask) => Promise<FitResult>

  constructor(
    modelKind: string,
    settings: FitSettings,
    /** Memory for the open days of several behaviors, and which of them this one is. */
    memory: LearningMemory,
    seat: number,
    fit: (task: FitTask) => Promise<FitResult>,
  ) {
    this.#modelKind = modelKind
    this.#settings = settings
    this.#memory = memory
    this.#fit = fit
    this.openAt = seat * OPEN_SUMMARY_BYTES
  }

  openCount(day: number): number {
    return this.openSummaries(day).reduce((sum, lane) => sum + lane.count, 0)
  }

  openSummaries(day: number): OpenSummary[] {
    return this.#memory.lanes(day).map((memory) => new OpenSummary(memory, this.openAt))
  }

  /** Adds datapoints that came summarised to an open day. */
  learn(day: number, summary: Summary): void {
    this.openSummaries(day).at(-1).merge(summary)
  }

  close(day: number, earlier: readonly ClosedDay[] | null): Promise<Closing> {
    return this.#fit({
      modelKind: this.#modelKind,
      open: this.#memory.lanes(day),
      openAt: this.openAt,
      earlier: earlier as readonly Summary[] | null,
      settings: this.#settings,
    })
  }

  since(): number {
    return 0
  }

  own(): null {
    return null
  }

  dayBytes(): number {
    return 0
  }

  packDay(day: ClosedDay, name: string, columns: SourceColumns): SavedDay {
    const { count, min, max, decimals, bins, counts } = day as Summary
    columns[`${name}.bins`] = bins
    columns[`${name}.counts`] = counts
    return { count, min, max, decimals }
  }

  /** JSON knows no infinities: an empty summary's extremes come back by its count. */
  unpackDay({ count, min, max, decimals }: SavedDay, name: string, columns: PackColumns): Summary {
    return {
      count,
      min: count === 0 ? Number.POSITIVE_INFINITY : min!,
      max: count === 0 ? Number.NEGATIVE_INFINITY : max!,
      decimals: decimals!,
      bins: new Int32Array(sharedBytes(columns[`${name}.bins`]!).buffer),
      counts: new Float64Array(sharedBytes(columns[`${name}.counts`]!).buffer),
    }
  }

  packOpen(day: number, name: string, columns: SourceColumns): SavedDay {
    const open = mergeSummaries(this.openSummaries(day).map((lane) => lane.close()))
    return this.packDay(open, name, columns)
  }

  restoreOpen(day: number, saved: SavedDay, name: string, columns: PackColumns): void {
    for (const lane of this.openSummaries(day)) lane.clear()
    this.learn(day, this.unpackDay(saved, name, columns))
  }
}

/** A copy in shared memory, where models and summaries live. */
export function sharedBytes(column: PackColumn): Uint8Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(column.byteLength))
  bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength))
  return bytes
}
