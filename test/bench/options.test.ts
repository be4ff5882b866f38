import { expect, test } from 'vitest'
import { HELP, readOptions } from '../../bench/options.ts'

test('the bench tells its options, and refuses what it does not know in words', () => {
  expect(readOptions(['--help'])).toBe(null)
  expect(HELP).toContain('--only')
  expect(readOptions([])).toEqual({ only: null, things: 500, rounds: 5, quick: false, json: false })
  expect(readOptions(['--quick', '--only', 'job', '--things', '7'])).toEqual({
    only: 'job',
    things: 7,
    rounds: 2,
    quick: true,
    json: false,
  })
  expect(() => readOptions(['--only', 'all'])).toThrow('--only "all" is none of stages, job')
  expect(() => readOptions(['--rounds', '0'])).toThrow(/--rounds.*0/)
  expect(() => readOptions(['--nothing'])).toThrow('--nothing')
})
