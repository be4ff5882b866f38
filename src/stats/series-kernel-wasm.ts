import { compileModule, instantiate } from '../wasm.ts'
import { COMMON_PAST, COMMON_SCORE, renormalize } from './habituation.ts'
import { GATE_PAGES, GatePages } from './gate-pages.ts'
import { KernelsByBlock, type KernelStage } from './kernel-stage.ts'
import type { Columns, SeriesScores } from './model.ts'
import { habituateSeries, previousMedian, startAnew } from './series-kernel.ts'
import { WASM_BASE64 } from './series-kernel.wasm.ts'
import { type SlabBlock, type Slabs, slabAt } from './series-slabs.ts'
import { HABIT, logAt, type SeriesShape, SLOW } from './series-state.ts'
import { closeDays } from './slow-level.ts'
import type { TailModel } from './tail-model.ts'

/** The exports of series-kernel.as.ts; numbers are addresses unless they say otherwise. */
interface Exports {
  columns(...places: readonly number[]): void
  shape(
    perDay: number,
    forgetAfter: number,
    commonScore: number,
    commonPast: number,
    ...tables: readonly number[]
  ): void
  gates(pages: number, stranger: number, refreshed: number, twoSided: boolean): void
  advance(
    rows: number,
    slabs: number,
    slabBytes: number,
    log: number,
    parity: number,
    day: number,
    flagged: boolean,
    scored: boolean,
  ): void
}

const LAST_WINDOW = 2 ** 31 - 1

let module: object | null = null

/** The kernel of `series-kernel.ts` for series in one block, bit for bit, some times as fast. */
export class SeriesKernel {
  readonly #exports: Exports
  readonly #stage: KernelStage
  readonly #gates: GatePages
  #shape: SeriesShape | null = null
  #model: TailModel | null = null
  /** Where the slab of seat 0 is, or would be, and the distance of slabs. */
  #slabs = 0
  #slabBytes = 0

  constructor({ memory, wasm }: SlabBlock, stage: KernelStage) {
    module ??= compileModule(WASM_BASE64)
    const floats = new Float32Array(memory)
    const ints = new Int32Array(memory)
    this.#stage = stage
    this.#gates = new GatePages(memory, stage.end - (GATE_PAGES + 1) * GatePages.BYTES)
    this.#exports = instantiate(module, wasm!, {
      'series-kernel.as': {
        startAnew: (record: number, x: number, now: number) =>
          startAnew(floats, ints, record >> 2, x, now),
        previousMedian: (record: number, wanted: number, x: number) =>
          previousMedian(floats, ints, record >> 2, wanted, x),
        closeDays: (record: number, day: number, distance: number) => {
          const least = this.#shape!.slow.leastCount[distance]!
          closeDays(floats, ints, (record >> 2) + SLOW, day, least)
        },
        beyond: (seat: number, since: number, bin: number) => {
          const model = this.#model!
          return model.score(model.recordOf(seat, since), bin)
        },
        habituate: (record: number, score: number, slowly: number) =>
          habituateSeries(floats, ints, record >> 2, score, slowly, this.#shape!.perDay),
        renormalize: (record: number) => renormalize(floats, (record >> 2) + HABIT),
      },
    }) as Exports
    this.#exports.columns(...stage.places)
  }

  /** What the next rows are about. */
  begin(
    slabs: Slabs,
    at: number,
    block: number,
    shape: SeriesShape,
    model: TailModel | null,
  ): void {
    if (this.#shape !== shape) this.#setShape(shape)
    const first = block * slabs.perBlock
    this.#slabs = slabAt(slabs, first, at).at - first * slabs.slabBytes
    this.#slabBytes = slabs.slabBytes
    this.#model = model
    if (model === null) return
    this.#gates.begin(model)
    const { pages, stranger } = this.#gates
    const refreshed = Math.min(LAST_WINDOW, model.refreshed)
    this.#exports.gates(pages, stranger, refreshed, model.twoSided)
  }

  /**
   * Takes rows from `from` on in, `to` at most, all of the block's series and no more than a stage holds;
   * returns the first row that it did not take.
   */
  advance(
    columns: Columns,
    from: number,
    to: number,
    out: SeriesScores | null,
    learned: Uint8Array | null,
  ): number {
    const shape = this.#shape!
    const end = out === null ? to : this.#gates.bring(columns.thing, from, to)
    const isFlagged = this.#stage.enter(columns, from, end, learned)
    const day = Math.floor(columns.window[from]! / shape.perDay)
    const parity = day & 1
    const log = logAt(parity, shape)
    this.#exports.advance(
      end - from,
      this.#slabs,
      this.#slabBytes,
      log,
      parity,
      day,
      isFlagged,
      out !== null,
    )
    if (out !== null) this.#stage.leave(out, from, end)
    return end
  }

  #setShape(shape: SeriesShape): void {
    const { perDay, forgetAfter, weight, window, growth, slow } = shape
    const columns = [weight, window, growth, slow.fast, slow.slow]
    const tables = this.#stage.put(this.#stage.tables, columns)
    this.#exports.shape(perDay, forgetAfter, COMMON_SCORE, COMMON_PAST, ...tables)
    this.#shape = shape
  }
}

const kernels = new KernelsByBlock((block, stage) => new SeriesKernel(block, stage))

/** The kernel for a block; null where there can be none. */
export function seriesKernelOf(block: SlabBlock): SeriesKernel | null {
  return kernels.of(block)
}
