import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { durationText } from '../../src/cli/figures.ts'
import {
  readAmount,
  readBytes,
  readCount,
  readDuration,
  readMoment,
  readWindow,
} from '../../src/cli/option-values.ts'
import { parseOptions, repeated, toggle, valued } from '../../src/cli/options.ts'
import { DAY_MS, HOUR_MS } from '../../src/domain/time.ts'

const SPECS = {
  profile: repeated('P', 'Profiles.'),
  out: valued('FILE', 'Output.'),
  window: valued('T', 'Window.'),
  quiet: toggle('Quiet.'),
  help: toggle('Help.'),
}

test('options and arguments may stand in any order, with = or without', () => {
  const options = parseOptions(['a', '--out=x', '-', '--profile', 'p', '--quiet', 'b'], SPECS)
  expect(options.positionals).toEqual(['a', '-', 'b'])
  expect(options.text('out')).toBe('x')
  expect(options.flag('quiet')).toBe(true)
  expect(options.flag('help')).toBe(false)
})

test('repeated options collect, others take the last', () => {
  const options = parseOptions(
    ['--profile', 'a', '--profile', 'b', '--out', 'x', '--out', 'y'],
    SPECS,
  )
  expect(options.texts('profile')).toEqual(['a', 'b'])
  expect(options.text('out')).toBe('y')
})

test('behind -- everything is an argument', () => {
  expect(parseOptions(['--', '--quiet', '-x'], SPECS).positionals).toEqual(['--quiet', '-x'])
})

test.each([
  [['--windw', '5m'], 'unknown option "--windw"; did you mean "--window"?'],
  [['--nothing-like-it'], 'unknown option "--nothing-like-it"'],
  [['-x'], 'unknown option "-x"'],
  [['--__proto__'], 'unknown option "--__proto__"'],
  [['--out'], '--out needs a value: --out FILE'],
  [['--out', '--quiet'], '--out needs a value: --out FILE'],
  [['--out='], '--out needs a value: --out FILE'],
  [['--quiet=yes'], '--quiet takes no value, not "yes"'],
])('%j is refused: %s', (argv, message) => {
  expect(() => parseOptions(argv, SPECS)).toThrow(
    expect.objectContaining({ kind: 'usage', message }),
  )
})

test('a missing option, a bad choice and a bad number say so', () => {
  const options = parseOptions(['--window', '3x', '--out', 'tex'], SPECS)
  expect(() => options.required('profile')).toThrow('--profile P is missing')
  expect(() => options.choice('out', ['text', 'json'])).toThrow(
    '--out "tex" should be one of text, json; did you mean "text"?',
  )
  expect(() => options.duration('window', 1)).toThrow('--window "3x"')
  expect(() => options.count('window', 1)).toThrow(
    '--window "3x" should be a whole number from 1 on',
  )
  expect(options.duration('profile', 7)).toBe(7)
})

describe('values', () => {
  test.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h', HOUR_MS],
    ['14d', 14 * DAY_MS],
    ['250ms', 250],
    ['1.5h', 90 * 60_000],
    ['0s', 0],
  ])('duration %s', (text, ms) => {
    expect(readDuration('--lateness', text)).toBe(ms)
  })

  test.each(['', '5', '5 m', 'm', '-5m', '5M', '1h30m', '0.0001s', '1e3s', 'off'])(
    'no duration: %j',
    (text) => {
      expect(() => readDuration('--lateness', text)).toThrow(`--lateness "${text}"`)
    },
  )

  test('durations are read back as they are written', () => {
    fc.assert(
      fc.property(fc.nat({ max: 400 * DAY_MS }), (ms) => {
        expect(readDuration('--t', durationText(ms))).toBe(ms)
      }),
    )
  })

  test('a window divides a day', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 * 86_400 }), (seconds) => {
        const read = (): number => readWindow('--window', `${seconds}s`)
        if (86_400 % seconds === 0) expect(read()).toBe(seconds * 1_000)
        else expect(read).toThrow('divide a day')
      }),
    )
    expect(() => readWindow('--window', '500ms')).toThrow('at least 1s')
    expect(() => readWindow('--window', '0s')).toThrow('at least 1s')
  })

  test('times are ISO 8601 or epoch seconds or milliseconds', () => {
    const noon = Date.UTC(2026, 0, 5, 12)
    expect(readMoment('--from', '2026-01-05T12:00:00Z')).toBe(noon)
    expect(readMoment('--from', '2026-01-05 13:00+01:00')).toBe(noon)
    expect(readMoment('--from', String(noon))).toBe(noon)
    expect(readMoment('--from', String(noon / 1_000))).toBe(noon)
    expect(() => readMoment('--from', 'yesterday')).toThrow('--from "yesterday"')
  })

  test('counts are whole and not below the least', () => {
    expect(readCount('--things', '12', 1)).toBe(12)
    expect(readCount('--seed', '0', 0)).toBe(0)
    for (const text of ['0', '1.5', '-1', '1e3', '99999999999999999999', 'x', '']) {
      expect(() => readCount('--things', text, 1)).toThrow(`--things "${text}"`)
    }
  })
})

test('memory is bytes, or thousands of thousands of them', () => {
  const bytes = ['12', '1.5kB', '800MB', '4GB'].map((text) => readBytes('--memory', text))
  expect(bytes).toEqual([12, 1_500, 8e8, 4e9])
  for (const text of ['0', '-1', '4G', '4 GB', 'much', '']) {
    expect(() => readBytes('--memory', text)).toThrow('should be an amount of memory')
  }
})

test('an amount is a number above 0, whole or not', () => {
  expect(['0.1', '1', '2.50'].map((text) => readAmount('--seconds', text))).toEqual([0.1, 1, 2.5])
  for (const text of ['0', '-1', '1e3', '.5', 'x']) {
    expect(() => readAmount('--seconds', text)).toThrow('should be a number above 0')
  }
})
