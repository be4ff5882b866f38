import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ended, Program, succeed } from './program.ts'

const GOLDEN = fileURLToPath(new URL('../golden/', import.meta.url))
/** Cases about rules, and those of their inputs that are lines. */
const CASES: readonly [name: string, lines: readonly string[], options: readonly string[]][] = [
  ['percentiles', ['first.ndjson', 'second.ndjson'], []],
  ['lists', ['broker.ndjson', 'lifecycle.ndjson', 'reports.ndjson', 'datapoints.ndjson'], []],
  ['disconnect-duration', ['broker.ndjson', 'lifecycle.ndjson', 'datapoints.ndjson'], []],
  ['dimensions', ['broker.ndjson', 'datapoints.ndjson'], ['--dimensions', '@dimensions.json']],
]

let program: Program
let folder = ''
beforeAll(() => {
  program = new Program()
  folder = mkdtempSync(join(tmpdir(), 'fleet-detect-rules-'))
})
afterAll(() => {
  program?.remove()
  rmSync(folder, { recursive: true, force: true })
})

describe.each(CASES)('%s', (name, lines, options) => {
  const file = (input: string): string => join(GOLDEN, name, input)
  const common = [
    '--profile',
    file('profile.json'),
    ...options.map((option) => (option.startsWith('@') ? file(option.slice(1)) : option)),
  ]
  const inputs = lines.map(file)
  let expected = ''
  beforeAll(async () => {
    const archive = ['--archive', join(folder, name), '--out', join(folder, `${name}.ndjson`)]
    await succeed(program, ['replay', ...inputs, ...common, ...archive, '--workers', '1'])
    expected = readFileSync(join(folder, `${name}.ndjson`), 'utf8')
    expect(expected).not.toBe('')
  })

  test('the archive makes the same events', async () => {
    const { stdout } = await succeed(program, ['replay', join(folder, name), ...common])
    expect(stdout).toBe(expected)
  })

  test('so does input in any order, sorted on disk', async () => {
    const child = program.start(['replay', '-', ...common])
    const text = inputs.map((input) => readFileSync(input, 'utf8')).join('')
    child.stdin.end(text.trimEnd().split('\n').reverse().join('\n'))
    const { stdout, stderr } = await ended(child)
    expect(stdout, stderr).toBe(expected)
  })

  test('so does a live stream', async () => {
    const state = ['--state', join(folder, `${name}.state`)]
    const child = program.start(['stream', ...common, ...state])
    for (const input of inputs) child.stdin.write(readFileSync(input))
    child.stdin.end()
    const { stdout, stderr } = await ended(child)
    expect(stdout, stderr).toBe(expected)
  })
})

test('metrics to retain are kept without a behavior', async () => {
  const profile = {
    securityProfileName: 'kept',
    additionalMetricsToRetain: ['aws:listening-tcp-ports', 'weight'],
    additionalMetricsToRetainV2: [
      { metric: 'aws:num-messages-sent', metricDimension: { dimensionName: 'alarms' } },
    ],
  }
  const path = join(folder, 'kept.json')
  writeFileSync(path, JSON.stringify(profile))
  const inputs = [
    join(GOLDEN, 'lists', 'reports.ndjson'),
    join(GOLDEN, 'dimensions', 'broker.ndjson'),
  ]
  const dimensions = ['--dimensions', join(GOLDEN, 'dimensions', 'dimensions.json')]
  const archive = join(folder, 'kept')
  await succeed(program, [
    'replay',
    ...inputs,
    '--profile',
    path,
    ...dimensions,
    '--archive',
    archive,
  ])
  const metrics = readdirSync(archive).map((name) => decodeURIComponent(name))
  expect(metrics).toContain('metric=aws:listening-tcp-ports')
  expect(metrics).toContain('metric=aws:num-messages-sent[alarms IN]')
})
