import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../src/cli/run.ts'
import { cli, fakeIo, jsonLines } from './fake-io.ts'

const PROFILE = 'data/asd/security-profile.json'

test.each([
  ['an unknown command', ['replai'], 'unknown command "replai"; did you mean "replay"?', ''],
  ['an unknown option', ['--quick'], 'unknown option "--quick"', ''],
  ['help for what is none', ['help', 'me'], 'unknown command "me"', ''],
  ['replay without input', ['replay', '--profile', PROFILE], 'no input', 'replay'],
  ['replay without a profile', ['replay', 'x'], '--profile P is missing', 'replay'],
  ['a bad window', ['replay', 'x', '--window', '7m'], '--window "7m" should', 'replay'],
  ['a bad time', ['replay', 'x', '--from', 'noon'], '--from "noon" should be a time', 'replay'],
  [
    'an empty span',
    ['replay', 'x', '--from', '2026-02-01', '--to', '2026-01-01'],
    '--from "2026-02-01" should be before --to "2026-01-01"',
    'replay',
  ],
  [
    'an unknown format',
    ['replay', 'x', '--profile', PROFILE, '--format', 'jsonl'],
    '--format "jsonl" should be one of ndjson',
    'replay',
  ],
  [
    'an unknown model',
    ['replay', 'x', '--profile', PROFILE, '--model', 'gpt'],
    '--model "gpt" should be one of quantile, full',
    'replay',
  ],
  [
    'memory of a size',
    ['replay', 'x', '--profile', PROFILE, '--model', 'auto', '--max-things', '9', '--memory', '4G'],
    '--memory "4G" should be an amount of memory',
    'replay',
  ],
  [
    'memory for a model already chosen',
    ['replay', 'x', '--profile', PROFILE, '--model', 'full', '--memory', '4GB'],
    '--memory is for --model auto',
    'replay',
  ],
  [
    'no workers',
    ['replay', 'x', '--profile', PROFILE, '--workers', '0'],
    '--workers "0" should be a whole number from 1 on',
    'replay',
  ],
  [
    'retention of nothing',
    ['replay', 'x', '--profile', PROFILE, '--retain-days', '3'],
    '--retain-days needs --archive DIR',
    'replay',
  ],
  [
    'checkpoints with hardly a pause',
    ['stream', '--profile', PROFILE, '--state', 's', '--checkpoint-interval', '500ms'],
    '--checkpoint-interval should be at least 1s, or 0s',
    'stream',
  ],
  ['stream without state', ['stream', '--profile', PROFILE], '--state DIR is missing', 'stream'],
  ['stream of files', ['stream', 'x'], 'unexpected argument "x"', 'stream'],
  [
    'a bad timeout',
    ['stream', '--profile', PROFILE, '--state', 's', '--idle-timeout', 'never'],
    '--idle-timeout "never" should be a duration',
    'stream',
  ],
  ['train without an archive', ['train', '--state', 's'], '--archive DIR is missing', 'train'],
  ['train without state', ['train', '--archive', 'a'], '--state DIR is missing', 'train'],
  ['inspect of nothing', ['inspect'], 'no path', 'inspect'],
  ['inspect of two', ['inspect', 'a', 'b'], 'unexpected argument "b"', 'inspect'],
  ['validate of nothing', ['validate'], 'no security profile', 'validate'],
  ['a fleet of none', ['generate', '--things', '0'], '--things "0" should', 'generate'],
  [
    'a metric there is not',
    ['generate', '--metrics', 'aws:num-disconnect'],
    '--metrics "aws:num-disconnect" should be one of the 13 ML metrics; did you mean',
    'generate',
  ],
  ['too few rows', ['bench', '--rows', '5'], '--rows "5" should', 'bench'],
  ['a bad log format', ['demo', '--log-format', 'xml'], '--log-format "xml" should', 'demo'],
])('%s is wrong usage: exit 2', async (_, argv, message, command) => {
  const { code, stdout, stderr } = await cli(...argv)
  expect([code, stdout]).toEqual([2, ''])
  const [first, second, ...rest] = stderr.split('\n')
  expect(first).toContain(`error: ${message}`)
  expect(second).toBe(`Try "${['fleet-detect', command, '--help'].filter(Boolean).join(' ')}".`)
  expect(rest).toEqual([''])
})

test('with --log-format json wrong usage is reported in JSON', async () => {
  const { code, stderr } = await cli('replay', '--nope', '--log-format', 'json')
  expect(code).toBe(2)
  expect(jsonLines(stderr)).toEqual([
    {
      level: 'error',
      kind: 'error',
      message: 'unknown option "--nope"',
      hint: 'Try "fleet-detect replay --help".',
    },
  ])
})

test('FLEET_DETECT_DEBUG adds the stack, and nothing else does', async () => {
  const io = fakeIo({ env: { FLEET_DETECT_DEBUG: '1' } })
  expect(await run(['inspect', '/no/such/place'], io)).toBe(1)
  expect(io.stderr.text).toMatch(/\n {4}at /)
  const { stderr } = await cli('inspect', '/no/such/place')
  expect(stderr).toBe('error: /no/such/place: no such file or directory\n')
})

test('a reader that went away ends a command quietly', async () => {
  const io = fakeIo()
  const closed = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
  io.stdout.write = () => Promise.reject(new Error('could not write', { cause: closed }))
  expect(await run(['validate', PROFILE, '--json'], io)).toBe(0)
  expect(io.stderr.text).toBe('')
})

describe('profiles of a run', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fleet-detect-usage-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  test('errors end it before it begins, with exit 1 and every place', async () => {
    const path = join(folder, 'p.json')
    writeFileSync(path, '{"securityProfileName": "p", "behaviors": [{"name": "b"}, {"name": "b"}]}')
    const { code, stdout, stderr } = await cli('replay', '/no/input', '--profile', path)
    expect([code, stdout]).toEqual([1, ''])
    const lines = stderr.trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(1)
    expect(lines.at(-1)).toMatch(/^error: \d+ errors? in the security profiles$/)
    for (const line of lines.slice(0, -1)) expect(line).toMatch(/: (error|warning): /)
  })

  test('a file that is not there, or a directory without profiles, is named', async () => {
    const missing = await cli('replay', 'x', '--profile', join(folder, 'none.json'))
    expect(missing.code).toBe(1)
    expect(missing.stderr).toContain('none.json: no such file or directory')
    const empty = await cli('replay', 'x', '--profile', folder)
    expect(empty.code).toBe(1)
    expect(empty.stderr).toContain('no .json files in it')
  })
})
