import { PAGE } from '../columnar/pane-columns.ts'
import type { RowBlock } from '../tasks/row-block.ts'
import type { GatherSource } from '../tasks/gather.ts'
import {
  runScore,
  runScoreBlock,
  type BehaviorWork,
  type BlockTask,
  type ScoreResult,
  type ScoreTask,
  type Unlearned,
} from '../tasks/score.ts'
import { type Part, pagesOf, partsOf } from '../window/lanes.ts'
import type { Stretch } from '../window/stretch.ts'
import { SHARDS } from '../window/things.ts'
import type { Windower } from '../window/windower.ts'
import type { FittedModel, ModelKind } from '../stats/model.ts'
import { modelKind } from '../stats/model-kinds.ts'
import type { Members } from './members.ts'
import { type ModelPack, packModels } from './model-pack.ts'
import type { WorkerPool } from './pool.ts'
import type { BatchSlot } from './slots.ts'
import type { LearningMemory } from './learning.ts'
import type { SeasonMemory } from './seasons.ts'
import type { SlabMemory } from './slab-memory.ts'
import type { Watch } from './watch.ts'

/**
 * Below this many rows, crossing to a thread costs more than the work, or than to wait there for what it
 * is at. Series take ten times as long for a row.
 */
const IN_PLACE_ROWS = { pooled: 16_384, series: 2_048 } as const

/** A part of a stretch as one task; `inPlace` ones run on the main thread, when all lanes are idle. */
export interface TaskPart extends Part {
  inPlace: boolean
}

/**
 * Hands closed windows to the worker threads, part by part. Things of one lane are always evaluated in
 * order: a lane's tasks run one after the other, lanes run in parallel.
 */
export class LaneTasks {
  readonly #windower: Windower
  readonly #pool: WorkerPool
  readonly #memory: LearningMemory
  readonly #series: SlabMemory
  readonly #seasons: SeasonMemory
  readonly #members: Members
  readonly #watches: readonly Watch[]
  readonly #kind: ModelKind
  readonly #inPlaceRows: number
  readonly #batchRows: number
  readonly #lanes: Promise<unknown>[]
  #modelPack: ModelPack = packModels([])
  /** Pages by range of shards, as long as the fleet has this many seats. */
  readonly #pages: Map<number, Int32Array> = new Map()
  #pagedSeats = 0

  constructor(options: {
    windower: Windower
    pool: WorkerPool
    memory: LearningMemory
    series: SlabMemory
    seasons: SeasonMemory
    members: Members
    watches: readonly Watch[]
    modelKind: string
    batchRows: number
  }) {
    this.#windower = options.windower
    this.#pool = options.pool
    this.#memory = options.memory
    this.#series = options.series
    this.#seasons = options.seasons
    this.#members = options.members
    this.#watches = options.watches
    this.#kind = modelKind(options.modelKind)
    this.#inPlaceRows = IN_PLACE_ROWS[this.#kind.pooled ? 'pooled' : 'series']
    this.#batchRows = options.batchRows
    this.#lanes = Array.from({ length: options.pool.threads }, () => Promise.resolve())
  }

  /** The parts of a stretch, in order; none if it holds nothing. */
  partsOf(stretch: Stretch): TaskPart[] {
    const { things, metrics } = this.#windower
    if (stretch.panes.length === 0) return []
    const cellsOfPage = PAGE * metrics.length * stretch.panes.length
    if (stretch.rows <= this.#inPlaceRows) {
      return [{ lane: 0, shardFrom: 0, shardTo: SHARDS, inPlace: true }]
    }
    const limit =
      stretch.rows > this.#batchRows * 2 ? this.#batchRows * 2 : Number.POSITIVE_INFINITY
    return partsOf(things, this.#lanes.length, cellsOfPage, limit).map((part) => ({
      ...part,
      inPlace: false,
    }))
  }

  /** What a part's task reads; `everything`: all metrics, not only those that are learned. */
  source(stretch: Stretch, part: TaskPart, everything: boolean): GatherSource {
    const { metrics } = this.#windower
    const learned = new Set(
      this.#watches.flatMap(({ judge, metricIndex }) => (judge.kind === 'ml' ? [metricIndex] : [])),
    )
    return {
      panes: stretch.panes.map((pane) => pane.handle),
      pages: this.#pagesOf(part),
      metrics: [...metrics.keys()].filter((metric) => everything || learned.has(metric)),
      sizeMetrics: this.#windower.shape.sizeMetrics,
    }
  }

  /** Learns from a part's windows and scores them; the rows and their scores go to `slot` if there is one. */
  run(
    part: TaskPart,
    source: GatherSource,
    slot: BatchSlot | null,
    models: readonly (FittedModel | null)[],
    day: number,
    unlearned: readonly Unlearned[],
  ): Promise<ScoreResult> {
    this.#series.reserve(this.#windower.things.capacity)
    this.#seasons.curves.reserve(this.#windower.things.capacity)
    const task: ScoreTask = {
      source,
      batch: slot === null ? null : slot.handle,
      modelKind: this.#kind.name,
      behaviors: this.#work(models),
      open: this.#memory.lanes(day)[part.lane]!,
      slabs: this.#series.slabs,
      hours: this.#seasons.hours.lanes(day)[part.lane]!,
      curves: this.#seasons.curves.slabs,
      windowMs: this.#windower.windowMs,
      unlearned,
      models: this.#modelPack.memory,
      modelSet: this.#modelPack.number,
    }
    if (part.inPlace) {
      const done = Promise.all(this.#lanes).then(() => runScore(task, this.#kind))
      for (const lane of this.#lanes.keys()) this.#lanes[lane] = done
      return done
    }
    const done = this.#lanes[part.lane]!.then(() => this.#pool.run<ScoreResult>('score', task))
    this.#lanes[part.lane] = done
    return done
  }

  /** Scores rows that a digest brought along; no lane need wait, as quantile models have no state. */
  async runBlock(
    block: RowBlock,
    indexes: Int32Array,
    slot: BatchSlot,
    models: readonly (FittedModel | null)[],
  ): Promise<ScoreResult> {
    const task: BlockTask = {
      block,
      indexes,
      batch: slot.handle,
      behaviors: this.#work(models),
      models: this.#modelPack.memory,
      modelSet: this.#modelPack.number,
    }
    if (block.thing.length <= this.#inPlaceRows) runScoreBlock(task)
    else await this.#pool.run<void>('scoreBlock', task)
    return []
  }

  #work(models: readonly (FittedModel | null)[]): BehaviorWork[] {
    if (models.some((model, i) => model !== this.#modelPack.models[i])) {
      this.#modelPack = packModels(models)
    }
    return this.#watches.flatMap(({ judge, metricIndex, ordinal, profile }, i) => {
      if (judge.kind !== 'ml') return []
      const { training } = judge
      return [
        {
          metric: metricIndex,
          ordinal,
          open: training.learning.openAt,
          slabAt: training.learning.slabAt,
          hoursAt: training.learning.seasons?.hoursAt ?? 0,
          curvesAt: training.learning.seasons?.curvesAt ?? 0,
          model: this.#modelPack.places[i]!,
          watched: this.#members.of(profile.name),
          findFirst: training.record.firstAttempt === null,
        },
      ]
    })
  }

  #pagesOf({ shardFrom, shardTo }: Omit<Part, 'lane'>): Int32Array {
    const { things } = this.#windower
    if (things.capacity !== this.#pagedSeats) this.#pages.clear()
    this.#pagedSeats = things.capacity
    const key = shardFrom * (SHARDS + 1) + shardTo
    let pages = this.#pages.get(key)
    if (pages === undefined) {
      pages = pagesOf(things, { shardFrom, shardTo })
      this.#pages.set(key, pages)
    }
    return pages
  }
}
