import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Batch, batchOf, newBatch } from '../../src/columnar/batch.ts'
import { judgeByRule, RULE_BROKEN, RuleWatch } from '../../src/detect/rules.ts'
import { customMetric, ML_METRICS } from '../../src/domain/metric.ts'

const COUNTER = ML_METRICS.find(({ aggregation }) => aggregation === 'sum')!
const SIZE = ML_METRICS.find(({ aggregation }) => aggregation === 'size')!

interface Row {
  thing: number
  window: number
  value: number
}

function batchWith(rows: readonly Row[]): Batch {
  const shape = {
    capacity: Math.max(1, rows.length),
    scoreColumns: 1,
    metrics: 1,
    sized: true,
    forecasts: false,
  }
  const batch = batchOf(newBatch(shape))
  for (const [i, { thing, window, value }] of rows.entries()) {
    batch.thing[i] = thing
    batch.window[i] = window
    batch.value[i] = value
  }
  return batch
}

/** Rows of a few things with gaps, in time order. */
const rows: fc.Arbitrary<Row[]> = fc
  .array(
    fc.record({
      thing: fc.nat({ max: 3 }),
      gap: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 30 })),
      value: fc.nat({ max: 1_000 }),
    }),
    { maxLength: 80 },
  )
  .map((list) => {
    const at = [0, 0, 0, 0]
    return list.map(({ thing, gap, value }) => ({ thing, window: (at[thing]! += gap) - 1, value }))
  })

describe('a rule with a duration', () => {
  test('looks at the sum over the sliding duration; gaps add nothing', () => {
    const slices = fc.constantFrom(2, 3, 12)
    fc.assert(
      fc.property(rows, slices, fc.nat({ max: 500 }), (rows, slices, start) => {
        const shifted = rows.map((row) => ({ ...row, window: row.window + start }))
        const batch = batchWith(shifted)
        const rule = new RuleWatch(COUNTER, 'less-than', 10, slices)
        rule.reserve(1)
        rule.reserve(4)
        const measured = shifted.map((_, row) => rule.measure(batch, row))
        const expected = shifted.map(({ thing, window }, i) =>
          shifted
            .slice(0, i + 1)
            .filter((row) => row.thing === thing && row.window > window - slices)
            .reduce((sum, { value }) => sum + value, 0),
        )
        expect(measured).toEqual(expected)
      }),
      { numRuns: 200 },
    )
  })

  test('keeps its sums while the fleet grows, and goes on from its state', () => {
    const rule = new RuleWatch(COUNTER, 'less-than', 10, 4)
    const first = [0, 1, 2].map((window) => ({ thing: 1, window, value: 5 }))
    rule.reserve(2)
    for (const row of first.keys()) rule.measure(batchWith(first), row)
    rule.reserve(100)
    const next = batchWith([{ thing: 1, window: 3, value: 1 }])
    const { ring, newest } = structuredClone(rule.state!)
    expect(rule.measure(next, 0)).toBe(16)
    const resumed = new RuleWatch(COUNTER, 'less-than', 10, 4)
    resumed.restore({ ring, newest })
    expect(resumed.measure(next, 0)).toBe(16)
  })

  test('forgets the sum of a thing that starts anew', () => {
    const rule = new RuleWatch(COUNTER, 'less-than', 10, 4)
    const batch = batchWith([0, 1].map((window) => ({ thing: 0, window, value: 5 })))
    rule.reserve(1)
    rule.measure(batch, 0)
    rule.reset(0)
    expect(rule.measure(batch, 1)).toBe(5)
  })

  test('of what is no counter looks at each datapoint alone', () => {
    const rule = new RuleWatch(customMetric('cpu'), 'less-than', 10, 4)
    const batch = batchWith([0, 1].map((window) => ({ thing: 0, window, value: 5 })))
    rule.reserve(1)
    expect([rule.measure(batch, 0), rule.measure(batch, 1)]).toEqual([5, 5])
  })
})

describe('a rule', () => {
  test('alarms where its statement of what is normal is false', () => {
    const broken = (operator: ConstructorParameters<typeof RuleWatch>[1]): boolean[] => {
      const rule = new RuleWatch(COUNTER, operator, 5, 1)
      return [4, 5, 6].map((measured) => rule.violates(measured))
    }
    expect(broken('less-than')).toEqual([false, true, true])
    expect(broken('less-than-equals')).toEqual([false, false, true])
    expect(broken('greater-than')).toEqual([true, true, false])
    expect(broken('greater-than-equals')).toEqual([true, false, false])
  })

  test('on message sizes looks at the largest from above and the smallest from below', () => {
    const batch = batchWith([{ thing: 0, window: 0, value: 900 }])
    batch.sizeMin[0] = 3
    expect(new RuleWatch(SIZE, 'less-than', 10, 12).measure(batch, 0)).toBe(900)
    expect(new RuleWatch(SIZE, 'greater-than', 10, 12).measure(batch, 0)).toBe(3)
  })

  test('scores the rows of its run, and of those only the things it watches', () => {
    const values = [9, 1, 9, 1, 9]
    const batch = batchWith(values.map((value, thing) => ({ thing, window: 0, value })))
    const s = new Float32Array(values.length).fill(-1)
    const s0 = new Float32Array(values.length).fill(-1)
    const measured = new Float64Array(values.length)
    const run = { batch, from: 1, to: 4, s, s0, measured, lists: null, model: null }
    const rule = new RuleWatch(COUNTER, 'less-than', 5, 1)
    judgeByRule(rule, run, null)
    expect([...s]).toEqual([-1, 0, RULE_BROKEN, 0, -1])
    expect([...measured]).toEqual([0, 1, 9, 1, 0])
    judgeByRule(rule, run, Uint8Array.of(1, 1, 0, 1, 1))
    expect([...s]).toEqual([-1, 0, Number.NaN, 0, -1])
    expect(s0).toEqual(s)
  })
})
