import { compileModule, instantiate } from '../wasm.ts'
import { lookBackAt, startAnew } from './compact-forecast.ts'
import { COMPACT_HABITUATION_FROM, habituateCompact } from './compact-habituation.ts'
import { judgeResidual, TOLERANCE } from './compact-kernel.ts'
import { WASM_BASE64 } from './compact-kernel.wasm.ts'
import { COMPACT_SLAB_SEATS, type CompactShape, HABIT } from './compact-state.ts'
import type { OpenCompact } from './compact-summary.ts'
import type { ExcessModel } from './excess-model.ts'
import { type KernelStage, KernelsByBlock, UNLEARNED } from './kernel-stage.ts'
import type { Columns, SeriesScores } from './model.ts'
import { SHIFT } from './series-kernel.ts'
import { type SlabBlock, type Slabs, slabAt } from './series-slabs.ts'

/** The exports of compact-kernel.as.ts; numbers are addresses unless they say otherwise. */
interface Exports {
  columns(...places: readonly number[]): void
  residualsRoom(at: number): void
  shape(
    perDay: number,
    forgetAfter: number,
    ticks: number,
    weight: number,
    slots: number,
    share: number,
  ): void
  advance(
    rows: number,
    slabs: number,
    slabBytes: number,
    flagged: boolean,
    scored: boolean,
    young: boolean,
  ): void
  learnedRows(): number
  judgedRows(): number
}

/** What a call is about, for the functions that the module calls. */
interface Work {
  open: OpenCompact
  model: ExcessModel | null
  isScored: boolean
}

/** Where the module keeps four residuals for a moment. */
const RESIDUAL_BYTES = 64

let module: object | null = null

/** The kernel of `compact-kernel.ts` for series in one block, bit for bit, some times as fast. */
export class CompactKernel {
  readonly #exports: Exports
  readonly #stage: KernelStage
  #shape: CompactShape | null = null
  #work: Work | null = null

  constructor({ memory, wasm }: SlabBlock, stage: KernelStage) {
    module ??= compileModule(WASM_BASE64)
    const floats = new Float32Array(memory)
    const words = new Int32Array(memory)
    const bytes = new Uint8Array(memory)
    this.#stage = stage
    this.#exports = instantiate(module, wasm!, {
      'compact-record.part.as': {
        startAnew: (record: number, word: number, slots: number) =>
          startAnew(floats, words, bytes, record >> 2, word, slots),
        lookBackAt: (record: number, slots: number) => lookBackAt(words, bytes, record >> 2, slots),
        judge: (row: number, record: number, residual: number, flags: number) => {
          const { open, model, isScored } = this.#work!
          const isLearned = (flags & UNLEARNED) === 0
          const score = judgeResidual(floats, record >> 2, residual, open, model, isLearned)
          if (!isScored || score <= SHIFT) return
          stage.scores.s0[row] = score - SHIFT
          if (score < COMPACT_HABITUATION_FROM) return
          const left = habituateCompact(bytes, record + HABIT, score, TOLERANCE)
          if (left > SHIFT) stage.scores.s[row] = left - SHIFT
        },
      },
    }) as Exports
    this.#exports.columns(...stage.places)
    this.#exports.residualsRoom(stage.tables)
  }

  /** Takes the rows `[from, to)`, all of the block's series and no more than a stage holds, into them. */
  advance(
    slabs: Slabs,
    at: number,
    shape: CompactShape,
    open: OpenCompact,
    columns: Columns,
    from: number,
    to: number,
    model: ExcessModel | null,
    out: SeriesScores | null,
    learned: Uint8Array | null,
  ): void {
    if (this.#shape !== shape) this.#setShape(shape)
    const seat = columns.thing[from]!
    const slab = Math.floor(seat / COMPACT_SLAB_SEATS)
    const first = slabAt(slabs, slab, at).at - slab * slabs.slabBytes
    const isFlagged = this.#stage.enter(columns, from, to, learned)
    const isScored = out !== null
    this.#work = { open, model: isScored ? model : null, isScored }
    const isYoungJudged = isScored && model !== null
    this.#exports.advance(to - from, first, slabs.slabBytes, isFlagged, isScored, isYoungJudged)
    open.addDatapoints(this.#exports.learnedRows())
    open.addJudged(this.#exports.judgedRows())
    if (out !== null) this.#stage.leave(out, from, to)
  }

  #setShape(shape: CompactShape): void {
    const { perDay, forgetAfter, ticks, weight, window, share } = shape
    const tables = this.#stage.put(this.#stage.tables + RESIDUAL_BYTES, [weight, window, share])
    this.#exports.shape(perDay, forgetAfter, ticks, ...(tables as [number, number, number]))
    this.#shape = shape
  }
}

const kernels = new KernelsByBlock((block, stage) => new CompactKernel(block, stage))

/** The kernel for a block; null where there can be none. */
export function compactKernelOf(block: SlabBlock): CompactKernel | null {
  return kernels.of(block)
}
