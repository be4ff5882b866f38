import { type BatchSlot, scoreColumn } from '../columnar/batch.ts'
import { DAY_MS, dayOf, type EpochMs } from '../domain/time.ts'
import { compareEvents, type ViolationEvent } from '../domain/violation.ts'
import type { FittedModel } from '../stats/model.ts'
import { type BehaviorWork, runScore, type ScoreTask } from '../tasks/score.ts'
import { fillBatch, type Part, partsOf } from '../window/batcher.ts'
import type { Stretch } from '../window/stretch.ts'
import { SHARDS } from '../window/things.ts'
import type { Windower } from '../window/windower.ts'
import { type AlarmContext, foldRun, invalidateAll, invalidateSilent } from './alarms.ts'
import type { Members } from './members.ts'
import type { WorkerPool } from './pool.ts'
import { RULE_BROKEN, type RuleWatch } from './rules.ts'
import { BatchSlots } from './slots.ts'
import { type ModelPack, packModels } from './model-pack.ts'
import { IN_FORCE_AFTER_MS, type LearningMemory, type Training, TRAINING_DAYS } from './training.ts'
import type { Watch } from './watch.ts'

/** Below this many rows, crossing to a thread costs more than the work. */
const IN_PLACE_ROWS = 2_048
/** Batches that may be under way at once. */
const SLOTS = 4
/** A thing silent for so long is forgotten. */
export const FORGET_MS: number = TRAINING_DAYS * DAY_MS

/** One batch of a stretch on its way: dispatched to the workers, not yet folded. */
export interface Dispatched {
  stretch: Stretch
  slot: BatchSlot
  models: readonly (FittedModel | null)[]
  scored: Promise<unknown>
  last: boolean
}

/** One part of a stretch before it is a batch. */
export interface StretchPart {
  stretch: Stretch
  part: Part
  first: boolean
  last: boolean
}

/** What one stretch came to. */
export interface Evaluated {
  stretch: Stretch
  /** In order of (event time, profile, behavior, thing). */
  events: ViolationEvent[]
}

/** Whoever wants to see each batch once it is scored and folded, in order. */
export interface BatchObserver {
  /** The batch's memory is used again when this resolves. */
  batch(slot: BatchSlot, models: readonly (FittedModel | null)[]): Promise<void>
  /** All batches of a UTC day have been shown. */
  dayEnded(day: number): Promise<void>
}

/**
 * From closed windows to violation events: batches go to the workers shard by shard, their scores are
 * folded in order. `dispatch` and `fold` are two stages of a stream: each must be called in order,
 * and `fold` of a part may run while `dispatch` of later ones does.
 */
export class Evaluation {
  readonly watches: readonly Watch[]
  readonly #windower: Windower
  readonly #pool: WorkerPool
  readonly #memory: LearningMemory
  #modelPack: ModelPack = packModels([])
  readonly #members: Members
  readonly #modelKind: string
  readonly #batchRows: number
  readonly #learnOnly: boolean
  readonly #slots: BatchSlots
  readonly #observers: BatchObserver[] = []
  /** Each lane's tasks run one after the other. */
  readonly #lanes: Promise<unknown>[]
  readonly #events: ViolationEvent[] = []
  readonly #context: AlarmContext
  #measured: Float64Array = new Float64Array(0)
  /** Start of the first window of the stretch being folded. */
  #stretchStart: EpochMs = 0
  /** Days up to this one have been ended; -Infinity before the first datapoint. */
  #ended: number
  readonly #dayWaiters: { day: number; admit: () => void }[] = []

  constructor(options: {
    watches: readonly Watch[]
    windower: Windower
    pool: WorkerPool
    memory: LearningMemory
    members: Members
    modelKind: string
    batchRows: number
    learnOnly: boolean
    endedDay: number | null
  }) {
    this.watches = options.watches
    this.#windower = options.windower
    this.#pool = options.pool
    this.#memory = options.memory
    this.#members = options.members
    this.#modelKind = options.modelKind
    this.#batchRows = options.batchRows
    this.#learnOnly = options.learnOnly
    this.#ended = options.endedDay ?? Number.NEGATIVE_INFINITY
    const columns = Math.max(1, ...options.watches.map((watch) => watch.ordinal + 1))
    this.#slots = new BatchSlots(SLOTS, columns, options.windower.metrics.length)
    this.#lanes = Array.from({ length: options.pool.threads }, () => Promise.resolve())
    this.#context = {
      windowMs: options.windower.windowMs,
      things: options.windower.things,
      emit: (event) => this.#events.push(event),
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

  /** The parts of a stretch, in order. */
  parts(stretch: Stretch): StretchPart[] {
    const { things, metrics } = this.#windower
    const parts = partsOf(stretch, things, metrics.length, this.#batchRows * 2)
    return parts.map((part, i) => ({
      stretch,
      part,
      first: i === 0,
      last: i === parts.length - 1,
    }))
  }

  /** Builds a part's batch and hands it to the workers. */
  async dispatch({ stretch, part, first, last }: StretchPart): Promise<Dispatched> {
    const start =
      stretch.panes[0] === undefined ? null : stretch.panes[0].window * this.#context.windowMs
    if (first && start !== null) await this.#dayReady(start)
    const models =
      start === null || this.#learnOnly ? this.watches.map(() => null) : await this.#modelsAt(start)
    const { things, windowMs } = this.#windower
    const slot = await this.#slots.take(part.capacity)
    fillBatch(slot, stretch, part, this.#windower, FORGET_MS / windowMs)
    for (const watch of this.watches) watch.reserve(things.capacity)
    this.#members.admit(things)
    if (last) for (const pane of stretch.panes) this.#windower.recycle(pane)
    const day = start === null ? 0 : dayOf(start)
    return { stretch, slot, models, scored: this.#score(slot, part, models, day), last }
  }

  /** Waits for a part's scores and folds them; null for all but the last part of a stretch. */
  async fold({ stretch, slot, models, scored, last }: Dispatched): Promise<Evaluated | null> {
    await scored
    this.#stretchStart = (stretch.panes[0]?.window ?? 0) * this.#context.windowMs
    for (const index of slot.returned) for (const watch of this.watches) watch.reset(index)
    const inForce = this.#withoutExpired(models)
    this.watches.forEach((watch, i) => this.#foldWatch(watch, slot, inForce[i]!))
    for (const observer of this.#observers) await observer.batch(slot, inForce)
    this.#slots.give(slot)
    if (!last) return null
    for (const watch of this.watches) invalidateSilent(watch, stretch.until, this.#context)
    if (stretch.endsDay !== null) await this.#endDay(stretch.endsDay, stretch.until)
    return { stretch, events: this.#events.splice(0).sort(compareEvents) }
  }

  /** Waits until nothing is being built beside. */
  async settle(): Promise<void> {
    await Promise.all(this.#trainings().map((training) => training.settle()))
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

  /**
   * Holds a stretch back until the days before it have been ended: the day before, once a refreshed
   * model may be in force; the one before that, because its summaries' memory is used again.
   */
  async #dayReady(start: EpochMs): Promise<void> {
    const day = dayOf(start)
    if (!Number.isFinite(this.#ended)) this.#ended = day - 1
    const needed = start >= day * DAY_MS + IN_FORCE_AFTER_MS ? day - 1 : day - 2
    if (this.#ended >= needed) return
    await new Promise<void>((admit) => {
      this.#dayWaiters.push({ day: needed, admit })
    })
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

  /** Queues the batch's work: a task per lane, or, when small, at once on this thread. */
  #score(
    slot: BatchSlot,
    part: Part,
    models: readonly (FittedModel | null)[],
    day: number,
  ): Promise<unknown> {
    if (slot.batch.rows === 0) return Promise.resolve()
    const lanes = this.#lanes.length
    const behaviors = this.#work(models)
    const task = (lane: number, shardFrom: number, shardTo: number): ScoreTask => ({
      batch: slot.handle,
      shardFrom: Math.max(shardFrom, part.shardFrom),
      shardTo: Math.min(shardTo, part.shardTo),
      modelKind: this.#modelKind,
      behaviors,
      open: this.#memory.lanes(day)[lane]!,
      models: this.#modelPack.memory,
    })
    if (slot.batch.rows <= IN_PLACE_ROWS) {
      const whole = Promise.all(this.#lanes).then(() => runScore(task(0, 0, SHARDS)))
      this.#lanes.fill(whole)
      return whole
    }
    const bounds = Array.from({ length: lanes + 1 }, (_, lane) =>
      Math.floor((lane * SHARDS) / lanes),
    )
    for (const [lane, busy] of this.#lanes.entries()) {
      const work = task(lane, bounds[lane]!, bounds[lane + 1]!)
      if (work.shardFrom >= work.shardTo) continue
      this.#lanes[lane] = busy.then(() => this.#pool.run('score', work))
    }
    return Promise.all(this.#lanes)
  }

  #work(models: readonly (FittedModel | null)[]): BehaviorWork[] {
    if (models.some((model, i) => model !== this.#modelPack.models[i])) {
      this.#modelPack = packModels(models)
    }
    return this.watches.flatMap((watch, i) =>
      watch.judge.kind === 'ml'
        ? [
            {
              metric: watch.metricIndex,
              ordinal: watch.ordinal,
              open: watch.judge.training.openAt,
              model: this.#modelPack.places[i]!,
              watched: this.#members.of(watch.profile.name),
            },
          ]
        : [],
    )
  }

  #foldWatch(watch: Watch, slot: BatchSlot, model: FittedModel | null): void {
    const { batch, capacity } = slot
    const s = scoreColumn(batch.s, capacity, watch.ordinal)
    const s0 = scoreColumn(batch.s0, capacity, watch.ordinal)
    const members = this.#members.of(watch.profile.name)
    const from = batch.runs[watch.metricIndex * SHARDS]!
    const to = batch.runs[(watch.metricIndex + 1) * SHARDS]!
    if (from === to) return
    const run = { batch, from, to, s, s0, measured: batch.value, model }
    if (watch.judge.kind === 'rule') {
      if (this.#learnOnly) return
      run.measured = this.#judgeByRule(watch.judge.rule, slot, from, to, s, s0, members)
    } else {
      this.#noteCollection(watch.judge.training, slot, from, to, members)
      if (model === null) return
    }
    foldRun(watch, run, this.#context)
  }

  /** Writes a rule's scores and what it measured. */
  #judgeByRule(
    rule: RuleWatch,
    { batch, capacity }: BatchSlot,
    from: number,
    to: number,
    s: Float32Array,
    s0: Float32Array,
    members: Uint8Array | null,
  ): Float64Array {
    if (this.#measured.length < capacity) this.#measured = new Float64Array(capacity)
    for (let row = from; row < to; row++) {
      const measured = rule.measure(batch, row)
      this.#measured[row] = measured
      const watched = members === null || members[batch.thing[row]!] === 1
      const score = !watched ? Number.NaN : rule.violates(measured) ? RULE_BROKEN : 0
      s[row] = score
      s0[row] = score
    }
    return this.#measured
  }

  /** Collection starts with the first watched datapoint. */
  #noteCollection(
    training: Training,
    { batch }: BatchSlot,
    from: number,
    to: number,
    members: Uint8Array | null,
  ): void {
    const { collectionStart } = training.record
    if (collectionStart !== null && collectionStart <= this.#stretchStart) return
    for (let row = from; row < to; row++) {
      if (members !== null && members[batch.thing[row]!] !== 1) continue
      training.collected(batch.window[row]! * this.#context.windowMs)
    }
  }
}
