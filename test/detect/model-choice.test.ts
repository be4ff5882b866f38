import { expect, test } from 'vitest'
import { chooseModel } from '../../src/detect/model-choice.ts'
import { MINUTE_MS } from '../../src/domain/time.ts'
import { settingsOf } from './fleet-run.ts'

const WINDOW_MS = 5 * MINUTE_MS
const learned = (metric: string): object => ({
  name: metric,
  metric,
  criteria: { mlDetectionConfig: { confidenceLevel: 'HIGH' } },
})
const limited = {
  name: 'rule',
  metric: 'aws:num-messages-sent',
  criteria: { comparisonOperator: 'less-than', value: { count: 9 }, durationSeconds: 300 },
}
const { profiles } = settingsOf([
  learned('aws:num-messages-sent'),
  learned('aws:num-disconnects'),
  limited,
])

test('the full model is chosen where all series of the fleet fit, else the compact one', () => {
  const small = chooseModel(profiles, 1_000, WINDOW_MS, 1e9)
  expect(small).toMatchObject({ model: 'full', series: 2_000 })
  expect(chooseModel(profiles, 1_000, WINDOW_MS, small.bytes).model).toBe('full')
  expect(chooseModel(profiles, 1_000, WINDOW_MS, small.bytes - 1)).toEqual({
    model: 'compact',
    series: 2_000,
    bytes: 2_000 * 96,
  })
  const hourly = chooseModel(profiles, 1_000, 60 * MINUTE_MS, 1e9)
  expect(hourly.bytes).toBeLessThan(small.bytes / 3)
})
