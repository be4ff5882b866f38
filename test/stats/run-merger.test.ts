import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { BinCounts, writeRuns } from '../../src/stats/bin-counts.ts'
import { BIN_SPAN, LEAST_BIN } from '../../src/stats/float-bins.ts'
import { RunMerger } from '../../src/stats/run-merger.ts'
import type { SlabDay } from '../../src/stats/series-day.ts'
import { SLAB_SEATS } from '../../src/stats/series-state.ts'

const bins = fc
  .oneof(fc.constant(0), fc.integer({ min: LEAST_BIN, max: BIN_SPAN - 1 }))
  .chain((bin) => fc.constantFrom(bin, ~bin === -1 ? 0 : ~bin))
/** Of each seat what it has counted on a day: some bins very often. */
const seats = fc.array(
  fc.array(fc.tuple(bins, fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 9_000 }))), { maxLength: 80 }),
  { maxLength: 6 },
)

const room = { bins: new Int16Array(2 * BIN_SPAN), counts: new Int32Array(2 * BIN_SPAN) }

function dayOf(counted: readonly (readonly (readonly [number, number])[])[]): SlabDay {
  const runs = new Int16Array(4_096)
  const starts = new Int32Array(SLAB_SEATS + 1)
  const counts = new BinCounts()
  let end = 0
  for (const [seat, own] of counted.entries()) {
    starts[seat] = end
    for (const [bin, count] of own) if (count > 0) counts.addCount(bin, count)
    end = writeRuns(room.bins, room.counts, counts.drain(room.bins, room.counts), runs, end)
  }
  starts.fill(end, counted.length)
  const none = { bins: new Int16Array(0), counts: new Int32Array(0) }
  return { starts, runs: runs.slice(0, end), values: none, datapoints: 0 }
}

test('days merged in WebAssembly are the days counted together', () => {
  const merger = new RunMerger()
  const counts = new BinCounts()
  fc.assert(
    fc.property(fc.array(seats.map(dayOf), { minLength: 1, maxLength: 16 }), (days) => {
      merger.load(days)
      for (let seat = 0; seat < 8; seat++) {
        for (const { runs, starts } of days) {
          counts.addRuns(runs, starts[seat]!, starts[seat + 1]!)
        }
        const length = counts.drain(room.bins, room.counts)
        const merged = merger.merge(seat)
        expect(merged.length).toBe(length)
        expect([...merged.bins]).toEqual([...room.bins.subarray(0, length)])
        expect([...merged.counts]).toEqual([...room.counts.subarray(0, length)])
        expect(merged.datapoints).toBe(merged.counts.reduce((sum, count) => sum + count, 0))
      }
    }),
  )
})
