import { describe, expect, it } from 'vitest'
import type { NumericOperator } from '../../src/domain/behavior.ts'
import { customMetric, type Metric, ML_METRICS } from '../../src/domain/metric.ts'
import { ruleValue, violatesRule } from '../../src/domain/rule.ts'

describe('violatesRule: a behavior says what is normal', () => {
  it.each<[NumericOperator, boolean, boolean, boolean]>([
    ['less-than', false, true, true],
    ['less-than-equals', false, false, true],
    ['greater-than', true, true, false],
    ['greater-than-equals', true, false, false],
  ])('%s 5 at 4, 5 and 6', (operator, at4, at5, at6) => {
    expect([4, 5, 6].map((value) => violatesRule(operator, 5, value))).toEqual([at4, at5, at6])
  })
})

describe('ruleValue', () => {
  const aggregate = { min: 1, max: 9, sum: 15, count: 3, last: 5 }
  const metric = (name: string): Metric => ML_METRICS.find((candidate) => candidate.name === name)!

  it.each<[string, NumericOperator, number]>([
    ['aws:message-byte-size', 'less-than', 9],
    ['aws:message-byte-size', 'less-than-equals', 9],
    ['aws:message-byte-size', 'greater-than', 1],
    ['aws:message-byte-size', 'greater-than-equals', 1],
    ['aws:num-messages-sent', 'less-than', 15],
    ['aws:num-messages-sent', 'greater-than', 15],
    ['aws:all-bytes-out', 'greater-than', 15],
    ['aws:num-listening-tcp-ports', 'less-than', 5],
    ['aws:num-listening-tcp-ports', 'greater-than', 5],
  ])('%s %s looks at %d', (name, operator, value) => {
    expect(ruleValue(aggregate, metric(name), operator)).toBe(value)
  })

  it('custom metrics keep the last', () => {
    expect(ruleValue(aggregate, customMetric('cpu'), 'less-than')).toBe(5)
  })
})
