import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BinCounts, writeRuns } from '../../src/stats/bin-counts.ts'
import { floatBin } from '../../src/stats/float-bins.ts'

const bins = fc.array(
  fc
    .oneof(fc.integer({ min: -2, max: 2 }), fc.float({ noNaN: true, noDefaultInfinity: true }))
    .map(floatBin),
  { maxLength: 200 },
)

const room = () => ({ bins: new Int16Array(65_536), counts: new Int32Array(65_536) })

function drained(counts: BinCounts): (readonly [bin: number, count: number])[] {
  const out = room()
  const length = counts.drain(out.bins, out.counts)
  return Array.from(out.bins.subarray(0, length), (bin, i) => [bin, out.counts[i]!] as const)
}

function runsOf(datapoints: readonly number[]): Int16Array {
  const counts = new BinCounts()
  counts.addBins(Int16Array.from(datapoints), 0, datapoints.length)
  const out = room()
  const length = counts.drain(out.bins, out.counts)
  const runs = new Int16Array(datapoints.length)
  return runs.subarray(0, writeRuns(out.bins, out.counts, length, runs, 0))
}

function plain(datapoints: readonly number[]): [number, number][] {
  const counts = new Map<number, number>()
  for (const bin of datapoints) counts.set(bin, (counts.get(bin) ?? 0) + 1)
  return [...counts].sort(([a], [b]) => a - b)
}

describe('counts of bins', () => {
  test('merge days in any order and any partition to the counts of all their datapoints', () => {
    fc.assert(
      fc.property(fc.array(bins, { maxLength: 14 }), fc.nat(), (days, cut) => {
        const all = plain(days.flat())
        const one = new BinCounts()
        for (const day of days) one.addRuns(runsOf(day), 0, runsOf(day).length)
        expect(drained(one)).toEqual(all)
        // Two halves, merged first, the later one first.
        const middle = days.length === 0 ? 0 : cut % days.length
        const halves = [days.slice(middle), days.slice(0, middle)].map((half) =>
          runsOf(half.flat()),
        )
        const two = new BinCounts()
        for (const half of halves) two.addRuns(half, 0, half.length)
        expect(drained(two)).toEqual(all)
        expect(drained(two)).toEqual([])
      }),
    )
  })

  test('are never longer than their datapoints, and hold any number of ties', () => {
    fc.assert(
      fc.property(bins, (datapoints) => {
        expect(runsOf(datapoints).length).toBeLessThanOrEqual(datapoints.length)
      }),
    )
    const ties = new Array<number>(50_000).fill(floatBin(-3))
    const runs = runsOf(ties)
    expect(runs.length).toBeLessThan(16)
    const counts = new BinCounts()
    counts.addRuns(runs, 0, runs.length)
    counts.addCount(floatBin(7), 2)
    expect(drained(counts)).toEqual([
      [floatBin(-3), 50_000],
      [floatBin(7), 2],
    ])
  })
})
