import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { BinCounts, writeRuns } from '../../src/stats/bin-counts.ts'
import { type BinList, drainList } from '../../src/stats/bin-lists.ts'
import { BIN_SPAN, binValue, LEAST_BIN } from '../../src/stats/float-bins.ts'
import { type DescribedTails, RunMerger } from '../../src/stats/run-merger.ts'
import type { SlabDay } from '../../src/stats/series-day.ts'
import { SLAB_SEATS } from '../../src/stats/series-state.ts'
import { excessBin } from '../../src/stats/tail-model.ts'
import {
  describeTail,
  listTail,
  QUANTILE,
  STATISTICS,
  STEEPNESS,
  TAIL_AT,
  TAIL_LENGTHS,
  TAIL_WORDS,
  tailTable,
} from '../../src/stats/thing-tail.ts'

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
  let datapoints = 0
  for (const [seat, own] of counted.entries()) {
    starts[seat] = end
    for (const [bin, count] of own) {
      datapoints += count
      if (count > 0) counts.addCount(bin, count)
    }
    end = writeRuns(room.bins, room.counts, counts.drain(room.bins, room.counts), runs, end)
  }
  starts.fill(end, counted.length)
  const none = { bins: new Int16Array(0), counts: new Int32Array(0) }
  return { starts, runs: runs.slice(0, end), values: none, datapoints }
}

/** What the merger's `describe` comes to, seat by seat and in plain TypeScript. */
function described(days: readonly SlabDay[], least: number, twoSided: boolean): DescribedTails {
  const records = new SharedArrayBuffer(SEATS * TAIL_WORDS * 4)
  const statistics = new Float64Array(SEATS * STATISTICS)
  const tails = new Int16Array(2 ** 16)
  const table = tailTable(records, 0, SEATS)
  const counts = new BinCounts()
  let end = 0
  for (let seat = 0; seat < SEATS; seat++) {
    for (const { runs, starts } of days) counts.addRuns(runs, starts[seat]!, starts[seat + 1]!)
    const length = counts.drain(room.bins, room.counts)
    const datapoints = room.counts.subarray(0, length).reduce((sum, count) => sum + count, 0)
    if (datapoints < least) continue
    const counted = { ...room, length, datapoints }
    describeTail(counted, twoSided, table, seat, statistics, seat * STATISTICS)
    end = listTail(counted, table, seat, tails, end)
  }
  return { records, statistics, tails: tails.slice(0, end) }
}

test('things described in WebAssembly are the same bits as in plain TypeScript', () => {
  const merger = new RunMerger()
  const days = fc.array(seats.map(dayOf), { minLength: 1, maxLength: 16 })
  let records = 0
  fc.assert(
    fc.property(days, fc.integer({ min: 200, max: 2_000 }), fc.boolean(), (days, least, both) => {
      const [expected, actual] = [
        described(days, least, both),
        merger.describe(days, SEATS, least, both),
      ]
      expect(new Uint32Array(actual.records)).toEqual(new Uint32Array(expected.records))
      expect(actual.statistics).toEqual(expected.statistics)
      expect(actual.tails).toEqual(expected.tails)
      records += expected.statistics.filter((size, i) => i % STATISTICS === 0 && size > 0).length
    }),
  )
  expect(records).toBeGreaterThan(100)
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

const SEATS = 7
const PER_DAY = 60

test('excesses binned in WebAssembly are those of the tails, each in units of its own mean excess', () => {
  const merger = new RunMerger()
  const days = fc.array(seats.map(dayOf), { minLength: 1, maxLength: 4 })
  const steepness = fc.double({ min: 1e-6, max: 1e3, noNaN: true })
  const [upper, lower] = [new BinCounts(), new BinCounts()]
  fc.assert(
    fc.property(days, fc.array(steepness, { minLength: 2, maxLength: 2 }), (days, steepnesses) => {
      const slab = described(days, 200, true)
      const { floats, words } = tailTable(slab.records, 0, SEATS)
      for (let seat = 0; seat < SEATS; seat++) {
        const word = seat * TAIL_WORDS
        floats.set(steepnesses, word + STEEPNESS)
        const lengths = words[word + TAIL_LENGTHS]!
        const at = words[word + TAIL_AT]!
        const sides = [
          [upper, 0, at, at + (lengths & 0xffff)],
          [lower, 1, at + (lengths & 0xffff), at + (lengths & 0xffff) + (lengths >>> 16)],
        ] as const
        for (const [counts, side, from, to] of sides) {
          const quantile = floats[word + QUANTILE + side]!
          for (const bin of slab.tails.subarray(from, to)) {
            const excess = Math.abs(binValue(bin) - quantile)
            counts.addCount(excessBin(excess, floats[word + STEEPNESS + side]!), 1)
          }
        }
      }
      expect(merger.excesses(slab)).toEqual([drainList(upper), drainList(lower)])
    }),
  )
})

test('multisets summed in WebAssembly are those counted together', () => {
  const merger = new RunMerger()
  const counts = new BinCounts()
  const listOf = (own: readonly (readonly [number, number])[]): BinList => {
    for (const [bin, count] of own) if (count > 0) counts.addCount(bin, count)
    return drainList(counts)
  }
  fc.assert(
    fc.property(seats, (own) => {
      const lists = own.map(listOf)
      expect(merger.sum(lists)).toEqual(listOf(own.flat()))
    }),
  )
})
