import * as fc from 'fast-check'
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
import { newSlabs, slabAt, type Slabs } from '../../src/stats/series-slabs.ts'
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
const lengths = fc.constantFrom(5 * MINUTE_MS, HOUR_MS, DAY_MS / 2)

test('compact series come out of both kernels with the same bits, scores and counts', () => {
  let high = 0
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 1e6 }), (windowMs, seed) => {
      const twins = new CompactTwins(windowMs)
      const { slabs, open, shape } = twins
      for (const { day, columns, learned } of oddDays(seed, SEATS, shape.perDay)) {
        const outs: [SeriesScores, SeriesScores] = [scoresFor(columns), scoresFor(columns)]
        const scored = twins.model === null ? [null, null] : outs
        expect(compactKernelOf(slabs[0].blocks[0]!)).not.toBe(null)
        advanceCompact(slabs[0], 0, shape, open[0], columns, twins.model, scored[0]!, learned)
        advancePlainCompact(slabs[1], 0, shape, open[1], columns, twins.model, scored[1]!, learned)
        expect(outs[0]).toEqual(outs[1])
        expect(sameBytes(...slabs)).toBe(true)
        high += outs[0].s.filter((s) => s > 2).length
        twins.endDay(day)
      }
    }),
    { numRuns: 12 },
  )
  expect(high).toBeGreaterThan(20)
})
