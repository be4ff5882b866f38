import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { BinCounts, writeRuns } from '../../src/stats/bin-counts.ts'
import { BIN_SPAN, LEAST_BIN } from '../../src/stats/float-bins.ts'
import { RunMerger } from '../../src/stats/run-merger.ts'
import type { SlabDay } from '../../src/stats/series-day.ts'
import { deviation } from '../../src/stats/thing-tail.ts'
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
        expect(merger.deviation(merged, 0.1)).toBe(deviation(merged, 0.1))
      }
    }),
  )
})

test('a day closed in WebAssembly is each seat counted by itself, and all of them together', () => {
  const logs = fc.array(fc.array(bins, { maxLength: PER_DAY }), { maxLength: SEATS })
  const merger = new RunMerger()
  const [own, together] = [new BinCounts(), new BinCounts()]
  fc.assert(
    fc.property(logs, (seats) => {
      const log = new Int16Array(SEATS * PER_DAY)
      const runs = new Int16Array(SEATS * PER_DAY)
      const starts = new Int32Array(SEATS + 1)
      let end = 0
      for (let seat = 0; seat < SEATS; seat++) {
        const bins = Int16Array.from(seats[seat] ?? [])
        log.set(bins, seat * PER_DAY)
        own.addBins(bins, 0, bins.length)
        together.addBins(bins, 0, bins.length)
        starts[seat] = end
        end = writeRuns(room.bins, room.counts, own.drain(room.bins, room.counts), runs, end)
      }
      starts[SEATS] = end
      const counts = Int32Array.from({ length: SEATS }, (_, seat) => seats[seat]?.length ?? 0)
      const where = new Int32Array(SEATS + 1)
      const closed = merger.close(log, PER_DAY, counts, where)
      expect(where).toEqual(starts)
      expect([...closed.runs]).toEqual([...runs.subarray(0, end)])
      const length = together.drain(room.bins, room.counts)
      expect([...closed.all.bins]).toEqual([...room.bins.subarray(0, length)])
      expect([...closed.all.counts]).toEqual([...room.counts.subarray(0, length)])
    }),
  )
})

const SEATS = 5
const PER_DAY = 60
