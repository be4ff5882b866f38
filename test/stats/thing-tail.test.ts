import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BinCounts } from '../../src/stats/bin-counts.ts'
import { binValue, floatBin } from '../../src/stats/float-bins.ts'
import { tailSize } from '../../src/stats/pareto-tail.ts'
import {
  type Counted,
  describeTail,
  DEVIATION,
  GATE_COUNT,
  GATES,
  listTail,
  MEAN_EXCESS,
  QUANTILE,
  SPREAD,
  STATISTICS,
  TAIL_AT,
  TAIL_LENGTHS,
  TAIL_SIZE,
  TAIL_WORDS,
  tailTable,
} from '../../src/stats/thing-tail.ts'

const RECORD = 1

const samples = fc.array(
  fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.float({ min: -100, max: 100, noNaN: true }),
    fc.constant(0),
  ),
  { minLength: 200, maxLength: 600 },
)

function counted(bins: readonly number[]): Counted {
  const counts = new BinCounts()
  counts.addBins(Int16Array.from(bins), 0, bins.length)
  const columns = { bins: new Int16Array(bins.length), counts: new Int32Array(bins.length) }
  return { ...columns, length: counts.drain(columns.bins, columns.counts), datapoints: bins.length }
}

function described(bins: readonly number[], twoSided = true) {
  const table = tailTable(new ArrayBuffer(2 * TAIL_WORDS * 4), 0, 2)
  const statistics = new Float64Array(STATISTICS)
  const all = counted(bins)
  describeTail(all, twoSided, table, RECORD, statistics, 0)
  const gates = (RECORD * TAIL_WORDS + GATES) * 2
  return { table, statistics, gates: table.halves.slice(gates, gates + GATE_COUNT) }
}

describe('the record of a thing', () => {
  test('has the statistics of its sorted values', () => {
    fc.assert(
      fc.property(samples, (values) => {
        const bins = values.map(floatBin).sort((a, b) => a - b)
        const sorted = bins.map(binValue)
        const { statistics, table } = described(bins)
        const n = sorted.length
        const k = tailSize(n)
        const median = sorted[n >> 1]!
        const [upper, lower] = [sorted[n - 1 - k]!, sorted[k]!]
        const mean = sorted.reduce((sum, value) => sum + value, 0) / n
        const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n
        const excess = (tail: number[], from: number): number =>
          tail.reduce((sum, value) => sum + Math.abs(value - from), 0) / k
        const word = RECORD * TAIL_WORDS
        expect([...table.floats.subarray(word + QUANTILE, word + QUANTILE + 2)]).toEqual([
          upper,
          lower,
        ])
        expect(statistics[TAIL_SIZE]).toBe(k)
        expect(statistics[DEVIATION]!).toBeCloseTo(Math.sqrt(variance), 6)
        expect(statistics[MEAN_EXCESS]!).toBeCloseTo(excess(sorted.slice(n - k), upper), 6)
        expect(statistics[MEAN_EXCESS + 1]!).toBeCloseTo(excess(sorted.slice(0, k), lower), 6)
        expect(statistics[SPREAD]).toBe(Math.abs(upper - median))
        expect(statistics[SPREAD + 1]).toBe(Math.abs(lower - median))
      }),
    )
  })

  test('has gates that tell the quarter of the score by rank, ties counting half', () => {
    fc.assert(
      fc.property(samples, fc.float({ min: -120, max: 120, noNaN: true }), (values, probe) => {
        const bins = values.map(floatBin)
        const { gates } = described(bins)
        const n = bins.length
        const base = -Math.log10((tailSize(n) + 0.5) / (n + 1))
        for (const bin of [...bins.slice(0, 50), floatBin(probe)]) {
          const above = bins.filter((other) => other > bin).length
          const below = bins.filter((other) => other < bin).length
          const ties = n - above - below
          const score = (extreme: number): number => -Math.log10((extreme + 0.5) / (n + 1))
          for (const [quarter, level] of [0.5, 0.75, 1, 1.25, 1.5].entries()) {
            if (level > base) continue
            const upper = score(above + ties / 2)
            const lower = score(below + ties / 2)
            if (bin < gates[11]! && Math.abs(upper - level) > 1e-9) {
              expect(bin >= gates[6 + quarter]!).toBe(upper >= level)
            }
            if (bin >= gates[0]! && Math.abs(lower - level) > 1e-9) {
              expect(bin < gates[5 - quarter]!).toBe(lower >= level)
            }
          }
        }
      }),
    )
  })

  test('lists what lies beyond its quantiles, the most extreme first', () => {
    fc.assert(
      fc.property(samples, fc.boolean(), (values, twoSided) => {
        const bins = values.map(floatBin).sort((a, b) => a - b)
        const { table, gates } = described(bins, twoSided)
        const tails = new Int16Array(bins.length + 3)
        const end = listTail(counted(bins), table, RECORD, tails, 3)
        const above = bins.filter((bin) => bin >= gates[GATE_COUNT - 1]!).reverse()
        const below = twoSided ? bins.filter((bin) => bin < gates[0]!) : []
        expect([...tails.subarray(3, end)]).toEqual([...above, ...below])
        const word = RECORD * TAIL_WORDS
        expect(table.words[word + TAIL_AT]).toBe(3)
        expect(table.words[word + TAIL_LENGTHS]).toBe(above.length + below.length * 65_536)
      }),
    )
  })
})
