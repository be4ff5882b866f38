import { type Batch, type BatchHandle, batchOf, scoreColumn } from '../columnar/batch.ts'
import type { PaneHandle } from '../columnar/pane-columns.ts'
import { compileModule, createMemory, instantiate, PAGE_BYTES } from '../wasm.ts'
import { BIN_LIMIT } from '../stats/bins.ts'
import { OpenSummary } from '../stats/open-summary.ts'
import { scoringOf } from '../stats/quantile-model.ts'
import { type GatherSource, roomPerMetric } from './gather.ts'
import type { BehaviorWork, BlockTask, ScoreTask } from './score.ts'
import { WASM_BASE64 } from './score.wasm.ts'

/** The exports of score.as.ts: addresses, rows and counts. */
interface Exports {
  gather(...places: number[]): void
  sizes(...places: number[]): void
  learn(from: number, to: number, values: number, cells: number, state: number): void
  seat(codes: number, count: number, indexes: number, out: number): void
  score(...places: number[]): void
  clearState(state: number): void
  collect(cells: number, state: number, found: number, counts: number): number
  collected(): number
}

const CELLS = 2 * BIN_LIMIT + 1
/** The module's constants lie below the state of the metric that is being learned. */
const STATE = PAGE_BYTES
const ALL_CELLS: number = STATE + PAGE_BYTES
/** Where `collect` writes. */
const FOUND: number = aligned(ALL_CELLS + CELLS * 4)
const COUNTS: number = aligned(FOUND + CELLS * 4)
const MODELS: number = aligned(COUNTS + CELLS * 8)

/** Where things lie; sizes are only there where a metric is one. */
interface Layout {
  pages: number
  metrics: number
  next: number
  thing: number
  window: number
  value: number
  score: number
  sizeMin: number
  sizeSum: number
  sizeCount: number
  pane: number
}

let module: object | null = null

/**
 * The work of a task of the quantile model in WebAssembly: gathers, learns and scores as plain TypeScript
 * does, with the same results, and at full speed from the first row. Its memory holds, in this order: one
 * metric's cells, the models, the rows, one window.
 */
export class ScoreMemory {
  readonly #memory = createMemory()
  readonly #exports: Exports
  /** Which models lie in the memory, and their size. */
  #models = { number: 0, bytes: 0 }

  constructor() {
    module ??= compileModule(WASM_BASE64)
    this.#exports = instantiate(module, this.#memory) as Exports
    this.#grow(MODELS)
    this.#exports.clearState(STATE)
  }

  /** Does the task; returns, for each metric it gathers, where its rows end. */
  run(task: ScoreTask): Int32Array {
    const { source, batch: handle } = task
    const room = roomPerMetric(source)
    this.#takeModels(task)
    const layout = this.#layOut(source, room)
    const ends = this.#gather(source, layout, room, handle !== null)
    const batch = handle === null ? null : batchOf(handle)
    if (batch !== null) this.#hand(source, layout, room, ends, batch)
    for (const [i, metric] of source.metrics.entries()) {
      const own = task.behaviors.filter((behavior) => behavior.metric === metric)
      const rows = { from: i * room, to: ends[i]! }
      if (own.length === 0 || rows.from === rows.to) continue
      this.#learn(own, task.open, layout, rows)
      if (handle !== null) this.#score(own, layout, rows, handle, batch!)
    }
    return ends
  }

  /** Scores rows that were learned before; they and their scores go to the batch. */
  scoreBlock(task: BlockTask): void {
    const { block, indexes, batch: handle } = task
    const rows = block.thing.length
    this.#takeModels(task)
    const codes = aligned(MODELS + this.#models.bytes)
    const seats = aligned(codes + rows * 4)
    const thing = aligned(seats + indexes.byteLength)
    const value = aligned(thing + rows * 4)
    const score = aligned(value + rows * 8)
    this.#grow(score + rows * 4)
    const { buffer } = this.#memory
    new Int32Array(buffer, codes).set(block.thing)
    new Int32Array(buffer, seats).set(indexes)
    new Float64Array(buffer, value).set(block.value)
    this.#exports.seat(codes, rows, seats, thing)
    const batch = batchOf(handle)
    const metrics = block.from.length - 1
    batch.from.set(block.from.subarray(0, metrics))
    batch.to.set(block.from.subarray(1))
    batch.thing.set(new Int32Array(buffer, thing, rows))
    batch.window.set(block.window)
    batch.value.set(block.value)
    for (const work of task.behaviors) {
      const own = { from: block.from[work.metric]!, to: block.from[work.metric + 1]! }
      if (own.from < own.to) this.#score([work], { value, score }, own, handle, batch)
    }
  }

  /** The models change once a day. */
  #takeModels({ models, modelSet }: Pick<ScoreTask, 'models' | 'modelSet'>): void {
    if (modelSet === this.#models.number) return
    this.#models = { number: modelSet, bytes: models.byteLength }
    this.#grow(MODELS + models.byteLength)
    new Uint8Array(this.#memory.buffer, MODELS).set(new Uint8Array(models))
  }

  #layOut({ panes, pages, metrics, sizeMetrics }: GatherSource, room: number): Layout {
    let end = MODELS + this.#models.bytes
    const take = (bytes: number): number => {
      const at = aligned(end)
      end = at + bytes
      return at
    }
    const rows = room * metrics.length
    const sizes = sizeMetrics.length > 0 ? rows * 8 : 0
    const layout = {
      pages: take(pages.byteLength),
      metrics: take(metrics.length * 4),
      next: take(metrics.length * 4),
      thing: take(rows * 4),
      window: take(rows * 4),
      value: take(rows * 8),
      score: take(rows * 4),
      sizeMin: take(sizes),
      sizeSum: take(sizes),
      sizeCount: take(sizes),
      pane: take(Math.max(0, ...panes.map(({ memory }) => memory.byteLength))),
    }
    this.#grow(end)
    return layout
  }

  /** Returns where each metric's rows end. */
  #gather(source: GatherSource, layout: Layout, room: number, withSizes: boolean): Int32Array {
    const { panes, pages, metrics, sizeMetrics } = source
    const { buffer } = this.#memory
    new Int32Array(buffer, layout.pages).set(pages)
    new Int32Array(buffer, layout.metrics).set(metrics)
    const next = new Int32Array(buffer, layout.next, metrics.length)
    next.set(metrics.map((_, i) => i * room))
    const sized = withSizes ? sizeMetrics.map((metric) => metrics.indexOf(metric)) : []
    const { pane } = layout
    for (const handle of panes) {
      const { memory, seats, metrics: width, sizes, window } = handle
      new Uint8Array(buffer).set(new Uint8Array(memory), pane)
      const firstSized = sized.map((i) => next[i] ?? 0)
      this.#exports.gather(
        pane,
        pane + seats * (width * 8 + sizes * 24),
        seats,
        width,
        window,
        layout.pages,
        pages.length,
        layout.metrics,
        metrics.length,
        layout.next,
        layout.thing,
        layout.window,
        layout.value,
      )
      for (const [ordinal, i] of sized.entries()) {
        if (i >= 0) this.#copySizes(handle, layout, ordinal, firstSized[ordinal]!, next[i]!)
      }
    }
    return next.slice()
  }

  #copySizes(
    { seats, metrics, sizes }: PaneHandle,
    { pane, thing, value, sizeMin, sizeSum, sizeCount }: Layout,
    ordinal: number,
    from: number,
    to: number,
  ): void {
    const column = seats * sizes * 8
    const at = pane + seats * metrics * 8
    this.#exports.sizes(
      from,
      to,
      sizes,
      ordinal,
      thing,
      value,
      at,
      at + column,
      at + 2 * column,
      sizeMin,
      sizeSum,
      sizeCount,
    )
  }

  /** Copies the rows to where others see them. */
  #hand(
    { metrics, sizeMetrics }: GatherSource,
    layout: Layout,
    room: number,
    ends: Int32Array,
    batch: Batch,
  ): void {
    const { buffer } = this.#memory
    batch.from.fill(0)
    batch.to.fill(0)
    for (const [i, metric] of metrics.entries()) {
      const from = i * room
      const rows = ends[i]! - from
      batch.from[metric] = from
      batch.to[metric] = ends[i]!
      batch.thing.set(new Int32Array(buffer, layout.thing + from * 4, rows), from)
      batch.window.set(new Int32Array(buffer, layout.window + from * 4, rows), from)
      batch.value.set(new Float64Array(buffer, layout.value + from * 8, rows), from)
      if (!sizeMetrics.includes(metric)) continue
      batch.sizeMin.set(new Float64Array(buffer, layout.sizeMin + from * 8, rows), from)
      batch.sizeSum.set(new Float64Array(buffer, layout.sizeSum + from * 8, rows), from)
      batch.sizeCount.set(new Float64Array(buffer, layout.sizeCount + from * 8, rows), from)
    }
  }

  /** Several behaviors may learn from one metric. */
  #learn(
    behaviors: readonly BehaviorWork[],
    open: SharedArrayBuffer,
    { value }: Layout,
    { from, to }: { from: number; to: number },
  ): void {
    this.#exports.learn(from, to, value, ALL_CELLS, STATE)
    const { buffer } = this.#memory
    const filled = this.#exports.collect(ALL_CELLS, STATE, FOUND, COUNTS)
    const [min, max] = new Float64Array(buffer, STATE, 2)
    const [decimals] = new Int32Array(buffer, STATE + 16, 1)
    this.#exports.clearState(STATE)
    const summary = {
      count: this.#exports.collected(),
      min: min!,
      max: max!,
      decimals: decimals!,
      bins: new Int32Array(buffer, FOUND, filled),
      counts: new Float64Array(buffer, COUNTS, filled),
    }
    for (const { open: openAt } of behaviors) new OpenSummary(open, openAt).merge(summary)
  }

  #score(
    behaviors: readonly Pick<BehaviorWork, 'model' | 'ordinal'>[],
    { value, score }: Pick<Layout, 'value' | 'score'>,
    { from, to }: { from: number; to: number },
    { capacity }: BatchHandle,
    batch: Batch,
  ): void {
    const { buffer } = this.#memory
    for (const { model, ordinal } of behaviors) {
      if (model === null) continue
      const at = MODELS + model.offset
      const { first, bins, above, below, tail } = scoringOf(
        new Uint8Array(buffer, at, model.length),
      )
      this.#exports.score(from, to, value, at, at + tail, first, bins, above, below, score)
      const scores = new Float32Array(buffer, score + from * 4, to - from)
      scoreColumn(batch.s, capacity, ordinal).set(scores, from)
      scoreColumn(batch.s0, capacity, ordinal).set(scores, from)
    }
  }

  #grow(bytes: number): void {
    const missing = bytes - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES))
  }
}

function aligned(address: number): number {
  return (address + 63) & ~63
}
