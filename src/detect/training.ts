import { DAY_MS, type EpochMs, HOUR_MS } from '../domain/time.ts'
import type { FittedModel, FitSettings } from '../stats/model.ts'
import { modelKind } from '../stats/model-kinds.ts'
import type { ClosedDay, Learning } from './learning.ts'
import { LoneSeries } from './lone-series.ts'
import type { SeasonDay } from './seasons.ts'

/** AWS: two weeks of collection, 25,000 datapoints in them, thirty days of retries. */
export const TRAINING_DAYS = 14
export const MIN_DATAPOINTS = 25_000
export const RETRY_DAYS = 30

/** A model refreshed at midnight UTC is in force for windows that start at 01:00 or later. */
export const IN_FORCE_AFTER_MS: number = HOUR_MS

export type ModelStatus = 'PENDING_BUILD' | 'ACTIVE' | 'EXPIRED'

export interface TrainingSettings {
  modelKind: string
  minDays: number
  minDatapoints: number
  quantiles: FitSettings['quantiles']
  /** Learn what is too high alone, also of metrics that can fall; false where it is not said. */
  upperTailOnly?: boolean
}

/** How one behavior's model stands; all of it goes into a checkpoint. */
export interface TrainingRecord {
  status: ModelStatus
  /** Start of the hour of the first datapoint. */
  collectionStart: EpochMs | null
  /** The first midnight at which there were days enough. */
  firstAttempt: EpochMs | null
  /** The last midnight at which a model was built. */
  refreshed: EpochMs | null
  /** Closed days that may still count, by day number. */
  days: Map<number, ClosedDay>
  /** What they came to by time of day, for kinds that keep that. */
  seasons: Map<number, SeasonDay>
  /** The things of a behavior that has one or two; null for kinds that leave them to themselves. */
  lone: LoneSeries | null
  /** The model in force. */
  model: FittedModel | null
  /** A newer model and when it takes over. */
  next: { model: FittedModel; from: EpochMs } | null
}

/**
 * The life of one behavior's model: collects day by day, is built and refreshed at midnight UTC of
 * event time, expires. Decisions depend on event time and counts alone; the fit itself runs on a
 * worker beside the evaluation, which waits for it only at the moment the model takes over.
 */
export class Training {
  readonly record: TrainingRecord
  readonly learning: Learning
  /** Nobody is watched: no model is built, so that the one there is expires. */
  paused = false
  readonly #settings: TrainingSettings
  readonly #daysApart: boolean
  #closing: Promise<void> = Promise.resolve()
  #underWay = 0
  /** The last day whose closing began; those before it have been closed. */
  #lastClosing = Number.NEGATIVE_INFINITY
  /** Windows from here on wait for the closing under way. */
  #awaitedFrom: EpochMs = Number.POSITIVE_INFINITY

  constructor(
    settings: TrainingSettings,
    learning: Learning,
    record: TrainingRecord = newRecord(),
  ) {
    this.record = record
    this.learning = learning
    this.#settings = settings
    const kind = modelKind(settings.modelKind)
    this.#daysApart = !kind.pooled && kind.daysApart
    if (kind.name === 'full') this.record.lone ??= new LoneSeries()
  }

  /** Datapoints learned so far on an open day. */
  openCount(day: number): number {
    return this.learning.openCount(day)
  }

  /** Datapoints in the trailing days up to and including `day`, for the training summary. */
  datapoints(day: number): number {
    let count = this.openCount(day)
    for (const [closed, summary] of this.record.days) {
      if (closed > day - TRAINING_DAYS && closed < day) count += summary.count
    }
    return count
  }

  /** Notes a datapoint of the behavior's first days: collection starts with the hour of the earliest. */
  collected(time: EpochMs): void {
    const hour = time - (time % HOUR_MS)
    const { collectionStart } = this.record
    if (collectionStart === null || hour < collectionStart) this.record.collectionStart = hour
  }

  /**
   * Ends a day whose datapoints have all been learned; true if the model expired by it. Must be
   * called for every day in turn, after `settle`; the build, if there is one, goes on beside.
   */
  endDay(day: number): boolean {
    const midnight = (day + 1) * DAY_MS
    const { build, expire } = this.#decide(midnight, this.datapoints(day))
    const earlier = this.#trailing(day)
    this.record.days = new Map(earlier.map((closed) => [closed, this.record.days.get(closed)!]))
    this.#closeSeasons(day)
    const lone = this.record.lone?.endDay(day) ?? false
    if (expire) {
      this.record.status = 'EXPIRED'
      this.record.model = null
      this.record.next = null
    }
    if (this.openCount(day) > 0 || build) {
      const closing = this.#closing
      if (this.#daysApart) this.#awaitedFrom = Number.NEGATIVE_INFINITY
      else if (build) this.#awaitedFrom = midnight + IN_FORCE_AFTER_MS
      this.#lastClosing = day
      this.#underWay++
      this.#closing = closing
        .then(() => this.#close(day, midnight, build, lone))
        .finally(() => this.#underWay--)
    }
    return expire
  }

  /**
   * The model that scores windows starting at `time`. The days that end an hour or more before it
   * must have been ended; a build that is still under way is waited for if it is in force by then.
   */
  async modelAt(time: EpochMs): Promise<FittedModel | null> {
    if (time >= this.#awaitedFrom) await this.#closing
    const { next } = this.record
    if (next !== null && time >= next.from) {
      this.record.model = next.model
      this.record.next = null
    }
    return this.record.model
  }

  /** Waits until the ended days up to and including `day` are closed. */
  async closedThrough(day: number): Promise<void> {
    if (this.#lastClosing <= day) await this.#closing
  }

  /** Whether a day is being closed, or a model built. */
  get underWay(): boolean {
    return this.#underWay > 0
  }

  /** Waits until no build is under way. */
  async settle(): Promise<void> {
    await this.#closing
  }

  /** Whether a model may be in force before `time`, whatever is still under way: see `Digest`. */
  mayScoreBefore(time: EpochMs, earliest: EpochMs): boolean {
    const { model, next, collectionStart } = this.record
    if (model !== null || next !== null) return true
    return time > Math.min(earliest, collectionStart ?? earliest) + this.#settings.minDays * DAY_MS
  }

  #decide(midnight: EpochMs, datapoints: number): { build: boolean; expire: boolean } {
    const { record } = this
    if (record.status === 'EXPIRED' || record.collectionStart === null) {
      return { build: false, expire: false }
    }
    if (midnight - record.collectionStart < this.#settings.minDays * DAY_MS) {
      return { build: false, expire: false }
    }
    record.firstAttempt ??= midnight
    if (!this.paused && datapoints >= this.#settings.minDatapoints) {
      record.status = 'ACTIVE'
      record.refreshed = midnight
      return { build: true, expire: false }
    }
    const since = record.refreshed ?? record.firstAttempt
    return { build: false, expire: midnight - since >= RETRY_DAYS * DAY_MS }
  }

  #closeSeasons(day: number): void {
    const { seasons } = this.learning
    if (seasons === null) return
    for (const closed of this.record.seasons.keys()) {
      if (closed <= day - TRAINING_DAYS) this.record.seasons.delete(closed)
    }
    this.record.seasons.set(day, seasons.close(day))
  }

  /** The closed days that count together with `day`. */
  #trailing(day: number): number[] {
    return [...this.record.days.keys()]
      .filter((closed) => closed > day - TRAINING_DAYS)
      .sort((a, b) => a - b)
  }

  async #close(day: number, midnight: EpochMs, build: boolean, lone: boolean): Promise<void> {
    const { record } = this
    const earlier = build
      ? this.#trailing(day)
          .filter((closed) => closed < day)
          .map((closed) => record.days.get(closed)!)
      : null
    const result = await this.learning.close(day, earlier)
    record.days.set(day, result.day)
    if (result.model === null || record.status === 'EXPIRED') return
    const model: FittedModel = {
      kind: this.#settings.modelKind,
      refreshed: midnight,
      datapoints: result.datapoints,
      bytes: result.model,
      lone,
    }
    // Nobody may have asked since the one before took over; its turn was an hour after its midnight.
    if (record.next !== null) record.model = record.next.model
    record.next = { model, from: midnight + IN_FORCE_AFTER_MS }
  }
}

export function newRecord(): TrainingRecord {
  return {
    status: 'PENDING_BUILD',
    collectionStart: null,
    firstAttempt: null,
    refreshed: null,
    days: new Map(),
    seasons: new Map(),
    lone: null,
    model: null,
    next: null,
  }
}
