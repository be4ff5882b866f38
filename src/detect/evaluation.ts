import { scoreColumn } from '../columnar/batch.ts'
import { DAY_MS, dayOf, type EpochMs } from '../domain/time.ts'
import type { Period } from '../domain/maintenance.ts'
import { compareEvents, type ViolationEvent } from '../domain/violation.ts'
import type { FittedModel } from '../stats/model.ts'
import { modelKind } from '../stats/model-kinds.ts'
import type { Digest, Digesting } from '../tasks/digest.ts'
import { roomPerMetric } from '../tasks/gather.ts'
import type { ScoreResult, Unlearned } from '../tasks/score.ts'
import { seeThings } from '../window/lanes.ts'
import type { Digested, Stretch } from '../window/stretch.ts'
import type { Windower } from '../window/windower.ts'
import { BatchLists } from './batch-lists.ts'
import { type AlarmContext, foldRun, invalidateAll, invalidateSilent } from './alarms.ts'
import { takeLone } from './lone-series.ts'
import type { Dispatched, StretchPart } from './dispatched.ts'
import { LaneTasks } from './lane-tasks.ts'
import { PooledLearning } from './learning.ts'
import type { LearningMemory } from './learning.ts'
import type { Members } from './members.ts'
import type { WorkerPool } from './pool.ts'
import { beginPercentiles, judgeRun } from './judging.ts'
import { type BatchSlot, BatchSlots } from './slots.ts'
import { compareWithFleet, type MeasuredEvent } from './same-window.ts'
import type { SeasonMemory } from './seasons.ts'
import type { SlabMemory } from './slab-memory.ts'
import { IN_FORCE_AFTER_MS, TRAINING_DAYS } from './training.ts'
import { unlearnedOf } from './unlearned.ts'
import type { Continuation, Watch } from './watch.ts'

/** A thing silent for so long is forgotten. */
export const FORGET_MS: number = TRAINING_DAYS * DAY_MS

/** What one stretch came to. */
export interface Evaluated {
  stretch: Stretch
  /** In order of (event time, profile, behavior, thing). */
  events: ViolationEvent[]
  /** What was said of alarms that go on, the latest by violation id. */
  continuations: ReadonlyMap<string, Continuation>
}

/** Whoever wants to see each batch once it is scored and folded, in order. */
export interface BatchObserver {
  /** The batch's memory is used again when this resolves. */
  batch(slot: BatchSlot, models: readonly (FittedModel | null)[]): Promise<void>
  /** All batches of a stretch have been shown: no later one holds a window of theirs. */
  stretchEnded(): Promise<void>
  /** All batches of a UTC day have been shown. */
  dayEnded(day: number): Promise<void>
}

/**
 * From closed windows to violation events: the worker threads learn from the windows and score them
 * part by part, the scores are folded in order. `dispatch` and `fold` are two stages of a stream: each
 * must be called in order, and `fold` of a part may run while `dispatch` of later ones does.
 */
export class Evaluation {
  readonly watches: readonly Watch[]
  readonly #windower: Windower
  readonly #members: Members
  readonly #learnOnly: boolean
  readonly #maintenance: readonly Period[]
  /** The models learn from values alone. */
  readonly #pooled: boolean
  readonly #daysApart: boolean
  readonly #tasks: LaneTasks
  readonly #slots: BatchSlots
  readonly #observers: BatchObserver[] = []
  readonly #events: ViolationEvent[] = []
  /** Of the stretch under way, those that one datapoint made. */
  readonly #measuredEvents: MeasuredEvent[] = []
  #continuations: Map<string, Continuation> = new Map()
  readonly #context: AlarmContext
  #measured: Float64Array = new Float64Array(0)
  /** Days up to this one have been ended; -Infinity before the first datapoint. */
  #ended: number
  readonly #dayWaiters: { day: number; admit: () => void }[] = []

  constructor(options: {
    watches: readonly Watch[]
    windower: Windower
    pool: WorkerPool
    memory: LearningMemory
    series: SlabMemory
    seasons: SeasonMemory
    members: Members
    modelKind: string
    batchRows: number
    learnOnly: boolean
    maintenance: readonly Period[]
    endedDay: number | null
  }) {
    const { windower, watches, pool } = options
    this.watches = watches
    this.#windower = windower
    this.#members = options.members
    this.#learnOnly = options.learnOnly
    this.#maintenance = options.maintenance
    const kind = modelKind(options.modelKind)
    this.#pooled = kind.pooled
    this.#daysApart = !kind.pooled && kind.daysApart
    this.#ended = options.endedDay ?? Number.NEGATIVE_INFINITY
    this.#tasks = new LaneTasks(options)
    this.#slots = new BatchSlots(2 * pool.threads + 1, {
      scoreColumns: Math.max(1, ...watches.map((watch) => watch.ordinal + 1)),
      metrics: windower.metrics.length,
      sized: windower.shape.sizeMetrics.length > 0,
      forecasts: !kind.pooled,
    })
    this.#context = {
      windowMs: windower.windowMs,
      things: windower.things,
      emit: (event) => this.#events.push(event),
      emitMeasured: (event, watch, window) => {
        this.#events.push(event)
        this.#measuredEvents.push({ event, watch, window })
      },
      continues: (continuation) => this.#continuations.set(continuation.violationId, continuation),
    }
  }

  /** The day whose datapoints are being learned; null before the first. */
  get openDay(): number | null {
    return Number.isFinite(this.#ended) ? this.#ended + 1 : null
  }

  /** Shows every batch to one more observer, once it is scored. */
  observe(observer: BatchObserver): void {
    this.#observers.push(observer)
  }

  /** The parts of a stretch, in order; at least one. */
  parts(stretch: Stretch): StretchPart[] {
    const parts = this.#tasks.partsOf(stretch).map((part) => ({ part, block: null }))
    const blocks = stretch.digested?.digest.blocks.map((block) => ({ part: null, block })) ?? []
    const all = [...parts, ...blocks]
    if (all.length === 0) return [{ stretch, part: null, block: null, first: true, last: true }]
    const last = all.length - 1
    return all.map((work, i) => ({ stretch, ...work, first: i === 0, last: i === last }))
  }

  /** Hands a part to the workers. */
  async dispatch(work: StretchPart): Promise<Dispatched> {
    const { stretch, part, first } = work
    if (part === null) return await this.#dispatchDigested(work)
    const nothing = this.watches.map(() => null)
    const { things } = this.#windower
    const start = stretch.panes[0]!.window * this.#context.windowMs
    if (first) await this.#dayReady(start)
    const models = this.#learnOnly ? nothing : await this.#modelsAt(start)
    const rowsMatter = this.#rowsMatter(models)
    const source = this.#tasks.source(stretch, part, rowsMatter)
    const room = roomPerMetric(source) * source.metrics.length
    const slot = rowsMatter ? await this.#slots.take(room) : null
    const startingAnew = first ? this.#seeThings(stretch) : []
    for (const watch of this.watches) watch.reserve(things.capacity)
    this.#members.admit(things)
    const unlearned = unlearnedOf(this.#maintenance, stretch, this.#windower)
    const scored = this.#tasks.run(part, source, slot, models, dayOf(start), unlearned)
    // It may fail before it is its turn; whoever folds it then sees the failure.
    scored.catch(() => {})
    return { ...work, slot, models, scored, unlearned, startingAnew }
  }

  /** Windows that came as a digest have been learned; their rows, if they are there, may have to be scored. */
  async #dispatchDigested(work: StretchPart): Promise<Dispatched> {
    const { stretch, block, first } = work
    const { digested } = stretch
    const startingAnew = digested !== null && first ? await this.#admitDigested(digested) : []
    const nothing = {
      ...work,
      slot: null,
      models: this.watches.map(() => null),
      scored: Promise.resolve([]),
      unlearned: [],
      startingAnew,
    }
    if (digested === null || block === null || this.#learnOnly) return nothing
    const models = await this.#modelsAt(digested.digest.firstWindow * this.#context.windowMs)
    if (models.every((model) => model === null)) return nothing
    const slot = await this.#slots.take(block.thing.length)
    const scored = this.#tasks.runBlock(block, digested.indexes, slot, models)
    scored.catch(() => {})
    return { ...nothing, slot, models, scored }
  }

  /** Waits for a part's scores and folds them; null for all but the last part of a stretch. */
  async fold({
    stretch,
    slot,
    models,
    scored,
    unlearned,
    startingAnew,
    first,
    last,
  }: Dispatched): Promise<Evaluated | null> {
    this.#noteCollection(await scored)
    for (const index of startingAnew) for (const watch of this.watches) watch.reset(index)
    if (first && !this.#learnOnly) {
      const { capacity } = this.#windower.things
      beginPercentiles(this.watches, stretch.panes, capacity, this.#members)
    }
    if (slot !== null) {
      const { listMetrics } = this.#windower.shape
      if (listMetrics.length > 0) {
        slot.lists = new BatchLists(stretch.panes, slot.batch, listMetrics)
      }
      const inForce = this.#withoutExpired(models)
      for (const [i, watch] of this.watches.entries()) {
        this.#foldWatch(watch, slot, inForce[i]!, unlearned)
      }
      for (const observer of this.#observers) await observer.batch(slot, inForce)
      this.#slots.give(slot)
    }
    if (!last) return null
    for (const observer of this.#observers) await observer.stretchEnded()
    if (stretch.digested !== null) this.#learnDigest(stretch.digested.digest)
    this.#compareWithFleet(stretch)
    for (const pane of stretch.panes) this.#windower.recycle(pane)
    for (const watch of this.watches) invalidateSilent(watch, stretch.until, this.#context)
    if (stretch.endsDay !== null) await this.#endDay(stretch.endsDay, stretch.until)
    const continuations = this.#continuations
    this.#continuations = new Map()
    return { stretch, events: this.#events.splice(0).sort(compareEvents), continuations }
  }

  /** Whether models are being built beside. */
  get building(): boolean {
    return this.#trainings().some((training) => training.underWay)
  }

  /** Waits until nothing is being built beside. */
  async settle(): Promise<void> {
    await Promise.all(this.#trainings().map((training) => training.settle()))
  }

  /** How windows before `time` may come; null: as rows, for there is who looks at single ones besides the models. */
  digestingBefore(time: EpochMs, earliest: EpochMs): Digesting | null {
    if (this.#observers.length > 0 || !this.#pooled || this.#maintenance.length > 0) return null
    const isLearned = this.watches.every(
      ({ judge, profile }) => judge.kind === 'ml' && this.#members.of(profile.name) === null,
    )
    if (!isLearned) return null
    const mayScore = this.#trainings().some((training) => training.mayScoreBefore(time, earliest))
    return mayScore && !this.#learnOnly ? 'with-rows' : 'summaries'
  }

  /** Notes which things a digest holds; returns those that start anew. */
  async #admitDigested(digested: Digested): Promise<number[]> {
    const { things, windowMs } = this.#windower
    await this.#dayReady(digested.digest.firstWindow * windowMs)
    const startingAnew = this.#windower.seen(digested, FORGET_MS / windowMs)
    for (const watch of this.watches) watch.reserve(things.capacity)
    this.#members.admit(things)
    return startingAnew
  }

  #learnDigest({ firstWindow, firstOf, summaries }: Digest): void {
    const { windowMs } = this.#windower
    for (const { judge, metricIndex } of this.watches) {
      if (judge.kind !== 'ml' || firstOf[metricIndex]! < 0) continue
      judge.training.collected(firstOf[metricIndex]! * windowMs)
      const { learning } = judge.training
      if (!(learning instanceof PooledLearning))
        throw new TypeError('only pooled kinds learn from digests')
      learning.learn(dayOf(firstWindow * windowMs), summaries[metricIndex]!)
    }
  }

  /** Whether anybody will look at single rows; else the workers may keep them to themselves. */
  #rowsMatter(models: readonly (FittedModel | null)[]): boolean {
    if (this.#observers.length > 0) return true
    if (this.#trainings().some(({ record }) => record.lone?.isLearning === true)) return true
    if (this.#learnOnly) return false
    return this.watches.some(({ judge }, i) => judge.kind !== 'ml' || models[i] !== null)
  }

  /** Notes which things a stretch holds; returns those that start anew. */
  #seeThings({ panes }: Stretch): number[] {
    const { things, metrics, windowMs } = this.#windower
    const startingAnew = new Set<number>()
    for (const pane of panes) {
      seeThings(pane, things, metrics.length, FORGET_MS / windowMs, (index) =>
        startingAnew.add(index),
      )
    }
    return [...startingAnew]
  }

  /** The models that score windows starting at `time`, one per watch. */
  async #modelsAt(time: EpochMs): Promise<(FittedModel | null)[]> {
    const models: (FittedModel | null)[] = []
    for (const { judge } of this.watches) {
      models.push(judge.kind === 'ml' ? await judge.training.modelAt(time) : null)
    }
    return models
  }

  /** A batch may have been dispatched before the midnight at which a model expired was folded. */
  #withoutExpired(models: readonly (FittedModel | null)[]): (FittedModel | null)[] {
    return this.watches.map(({ judge }, i) =>
      judge.kind === 'ml' && judge.training.record.status === 'EXPIRED' ? null : models[i]!,
    )
  }

  #trainings() {
    return this.watches.flatMap(({ judge }) => (judge.kind === 'ml' ? [judge.training] : []))
  }

  /** Collection starts with the first watched datapoint. */
  #noteCollection(firstWindows: ScoreResult): void {
    for (const [i, training] of this.#trainings().entries()) {
      const window = firstWindows[i] ?? null
      if (window !== null) training.collected(window * this.#context.windowMs)
    }
  }

  /**
   * Holds a stretch back until the days before it have been ended: the day before, once a refreshed
   * model may be in force, or at once where days are kept apart; the one before that, because its
   * summaries' memory is used again, so that it must also have been closed.
   */
  async #dayReady(start: EpochMs): Promise<void> {
    const day = dayOf(start)
    if (!Number.isFinite(this.#ended)) this.#ended = day - 1
    const isRefreshed = start >= day * DAY_MS + IN_FORCE_AFTER_MS
    const needed = isRefreshed || this.#daysApart ? day - 1 : day - 2
    if (this.#ended < needed) {
      await new Promise<void>((admit) => {
        this.#dayWaiters.push({ day: needed, admit })
      })
    }
    const closed = this.#daysApart ? day - 1 : day - 2
    for (const training of this.#trainings()) await training.closedThrough(closed)
  }

  async #endDay(day: number, midnight: EpochMs): Promise<void> {
    await this.settle()
    for (const watch of this.watches) {
      if (watch.judge.kind === 'ml' && watch.judge.training.endDay(day)) {
        invalidateAll(watch, midnight, this.#context)
      }
    }
    this.#windower.forget((midnight - FORGET_MS) / this.#windower.windowMs)
    for (const observer of this.#observers) await observer.dayEnded(day)
    this.#ended = day
    const ready = this.#dayWaiters.filter((waiter) => waiter.day <= day)
    for (const waiter of ready) this.#dayWaiters.splice(this.#dayWaiters.indexOf(waiter), 1)
    for (const { admit } of ready) admit()
  }

  #compareWithFleet(stretch: Stretch): void {
    compareWithFleet(
      this.#measuredEvents.splice(0),
      stretch,
      this.#windower.metrics.length,
      ({ profile }) => this.#members.of(profile.name),
    )
    for (const watch of this.watches) watch.anomalies.clear()
  }

  #foldWatch(
    watch: Watch,
    { batch, handle, lists }: BatchSlot,
    model: FittedModel | null,
    unlearned: readonly Unlearned[],
  ): void {
    const s = scoreColumn(batch.s, handle.capacity, watch.ordinal)
    const s0 = scoreColumn(batch.s0, handle.capacity, watch.ordinal)
    const from = batch.from[watch.metricIndex]!
    const to = batch.to[watch.metricIndex]!
    watch.lone = null
    if (from === to) return
    const run = { batch, from, to, s, s0, measured: batch.value, lists, model }
    const { judge } = watch
    if (judge.kind !== 'ml') {
      if (this.#learnOnly) return
      if (this.#measured.length < to) this.#measured = new Float64Array(handle.capacity)
      run.measured = this.#measured
      judgeRun(judge, run, this.#members.of(watch.profile.name))
    } else {
      const members = this.#members.of(watch.profile.name)
      const always = this.#observers.length > 0
      const { windowMs } = this.#context
      takeLone(watch, judge, run, { members, unlearned, windowMs, always })
      if (model === null) return
    }
    foldRun(watch, run, this.#context)
  }
}
