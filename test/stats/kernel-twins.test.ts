import { expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/domain/time.ts'
import { advanceCompact } from '../../src/stats/compact-advance.ts'
import { beginDay, collectSpreads, fleetSpread } from '../../src/stats/compact-day.ts'
import { advancePlainCompact } from '../../src/stats/compact-kernel.ts'
import { compactKernelOf } from '../../src/stats/compact-kernel-wasm.ts'
import {
  COMPACT_SLAB_BYTES,
  COMPACT_SLAB_SEATS,
  compactShape,
} from '../../src/stats/compact-state.ts'
import { COMPACT_OPEN_BYTES, OpenCompact } from '../../src/stats/compact-summary.ts'
import { ExcessModel, fitExcesses } from '../../src/stats/excess-model.ts'
import type { SeriesScores } from '../../src/stats/model.ts'
import { advance } from '../../src/stats/series-advance.ts'
import { closeSlabDay, type SlabDay } from '../../src/stats/series-day.ts'
import { advancePlain } from '../../src/stats/series-kernel.ts'
import { seriesKernelOf } from '../../src/stats/series-kernel-wasm.ts'
import { newSlabs, slabAt, type Slabs, slabsAt } from '../../src/stats/series-slabs.ts'
import { SLAB_SEATS, seriesShape, slabBytes } from '../../src/stats/series-state.ts'
import { assembleModel, describeSlab, shapeOf, shrinkSlab } from '../../src/stats/tail-fit.ts'
import { TailModel } from '../../src/stats/tail-model.ts'
import { oddDays, scoresFor } from './odd-days.ts'

/** The bytes of a slab. */
function bytesOf(slabs: Slabs, slab: number): Uint8Array {
  const { memory, at } = slabAt(slabs, slab)
  return new Uint8Array(memory, at, slabs.slabBytes)
}

function sameBytes(a: Slabs, b: Slabs): boolean {
  return Array.from({ length: a.count }, (_, slab) =>
    Buffer.from(bytesOf(a, slab)).equals(bytesOf(b, slab)),
  ).every(Boolean)
}

/** Two runs of a model beside one another: a day's rows in both, then the day's end. */
class CompactTwins {
  readonly shape
  readonly slabs = [newSlabs(2, COMPACT_SLAB_BYTES), newSlabs(2, COMPACT_SLAB_BYTES)] as const
  readonly open = [newOpen(), newOpen()] as const
  model: ExcessModel | null = null

  constructor(windowMs: number) {
    this.shape = compactShape(windowMs)
  }

  endDay(day: number): void {
    const [a, b] = this.open.map((open) => open.read())
    expect(a).toEqual(b)
    const spreads = this.slabs.map((slabs) => {
      for (const slab of [0, 1]) beginDay(slabAt(slabs, slab), day + 1, this.shape)
      return fleetSpread([collectSpreads()])
    })
    expect(spreads[0]).toEqual(spreads[1])
    for (const open of this.open) open.deviation = spreads[0]!.middle
    this.model = new ExcessModel(fitExcesses(a!, spreads[0]!, true))
  }
}

function newOpen(): OpenCompact {
  return new OpenCompact(new ArrayBuffer(COMPACT_OPEN_BYTES))
}

const SEATS = COMPACT_SLAB_SEATS + 40
/** Lengths of windows and seeds. */
const CASES = [
  [5 * MINUTE_MS, 1],
  [5 * MINUTE_MS, 2],
  [HOUR_MS, 3],
  [HOUR_MS, 4],
  [DAY_MS / 2, 5],
] as const

test('compact series come out of both kernels with the same bits, scores and counts', () => {
  let high = 0
  for (const [windowMs, seed] of CASES) {
    const twins = new CompactTwins(windowMs)
    const { slabs, open, shape } = twins
    for (const { day, columns, learned } of oddDays(seed, SEATS, shape.perDay)) {
      const outs: [SeriesScores, SeriesScores] = [scoresFor(columns), scoresFor(columns)]
      const { model } = twins
      const [a, b] = model === null ? [null, null] : outs
      expect(compactKernelOf(slabs[0].blocks[0]!)).not.toBe(null)
      advanceCompact(slabs[0], 0, shape, open[0], columns, model, a, learned)
      advancePlainCompact(slabs[1], 0, shape, open[1], columns, model, b, learned)
      expect(outs[0]).toEqual(outs[1])
      expect(sameBytes(...slabs)).toBe(true)
      high += outs[0].s.filter((s) => s > 2).length
      twins.endDay(day)
    }
  }
  expect(high).toBeGreaterThan(20)
})

/** The same for the full model, whose series keep their own tails. */
class FullTwins {
  readonly shape
  readonly slabs
  readonly #days: [SlabDay[][], SlabDay[][]] = [[], []]
  model: TailModel | null = null

  constructor(windowMs: number) {
    this.shape = seriesShape(windowMs)
    const bytes = slabBytes(this.shape)
    this.slabs = [newSlabs(SLABS, bytes), newSlabs(SLABS, bytes)] as const
  }

  endDay(day: number): void {
    const fitted = this.slabs.map((slabs, i) => {
      const closed = slabsAt(slabs).map((slab) => closeSlabDay(slab, day & 1, this.shape))
      this.#days[i]!.push(closed)
      const tails = closed.map((_, slab) =>
        describeSlab(
          this.#days[i]!.map((slabs) => slabs[slab]!),
          day % 2 === 0,
        ),
      )
      const shape = shapeOf(tails)
      const excesses = tails.map((slab) => shrinkSlab(slab, shape))
      const refreshed = (day + 1) * this.shape.perDay
      return assembleModel(tails, excesses, shape, day % 2 === 0, refreshed).bytes
    })
    expect(Buffer.from(fitted[0]!).equals(fitted[1]!)).toBe(true)
    this.model = new TailModel(fitted[0]!)
  }
}

/** More pages of seats than a kernel holds models of. */
const SLABS = 66

test('full series come out of both kernels with the same bits and scores', () => {
  let high = 0
  let slow = 0
  for (const [windowMs, seed] of CASES) {
    const twins = new FullTwins(windowMs)
    const { slabs, shape } = twins
    for (const { day, columns, learned } of oddDays(seed, SLABS * SLAB_SEATS, shape.perDay)) {
      const outs: [SeriesScores, SeriesScores] = [scoresFor(columns), scoresFor(columns)]
      const { model } = twins
      const [a, b] = model === null ? [null, null] : outs
      expect(seriesKernelOf(slabs[0].blocks[0]!)).not.toBe(null)
      advance(slabs[0], 0, shape, columns, model, a, learned)
      advancePlain(slabs[1], 0, shape, columns, model, b, learned)
      expect(outs[0]).toEqual(outs[1])
      high += outs[0].s.filter((s) => s > 2).length
      slow += outs[0].slow.filter((s) => Math.abs(s) > 2).length
      twins.endDay(day)
    }
    expect(sameBytes(...slabs)).toBe(true)
  }
  expect(high).toBeGreaterThan(20)
  expect(slow).toBeGreaterThan(20)
})
