import { expect, test } from 'vitest'
import { API_LIMIT_OPTIONS, readApiLimits } from '../../src/cli/api-limits.ts'
import { parseOptions } from '../../src/cli/options.ts'

const read = (...argv: string[]) => {
  const { rate, skewMs } = readApiLimits(parseOptions(argv, API_LIMIT_OPTIONS))
  return { rate, skewMs }
}

test('are generous unless told', () => {
  expect(read()).toEqual({ rate: { perSecond: 1_000, burst: 2_000 }, skewMs: 300_000 })
})

test('may be AWS’s own, or any number', () => {
  expect(read('--api-rate', 'aws').rate).toBe('aws')
  expect(read('--api-rate', '5', '--signature-skew', '15m')).toEqual({
    rate: { perSecond: 5, burst: 10 },
    skewMs: 900_000,
  })
})

test.each([
  ['--api-rate', '0'],
  ['--api-rate', 'many'],
  ['--signature-skew', '16m'],
])('%s %s is refused', (...argv) => {
  expect(() => read(...argv)).toThrow(argv[0])
})
