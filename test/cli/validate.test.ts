import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cli } from './fake-io.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-detect-validate-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

function write(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

function profile(name: string, criteria: unknown): unknown {
  const behavior = { name: 'b', metric: 'aws:num-messages-sent', criteria }
  return { securityProfileName: name, behaviors: [behavior] }
}

const LEARNED = { mlDetectionConfig: { confidenceLevel: 'HIGH' } }
const FIVE_MINUTES = {
  comparisonOperator: 'less-than',
  value: { count: 10 },
  durationSeconds: 300,
}

test('a good profile is described, exit 0', async () => {
  const { code, stdout, stderr } = await cli('validate', write('p.json', profile('p', LEARNED)))
  expect([code, stdout]).toEqual([0, ''])
  expect(stderr).toContain('security profile p: 1 behavior')
  expect(stderr).toContain('0 errors, 0 warnings')
})

test('every error of every file is printed with its place, exit 1', async () => {
  write('a.json', profile('a', { mlDetectionConfig: { confidenceLevel: 'SURE' } }))
  write('b.json', '{"securityProfileName": "b",\n "behaviors": [}')
  write('c.json', profile('c', LEARNED))
  write('notes.txt', 'no profile')
  const { code, stdout } = await cli('validate', folder)
  expect(code).toBe(1)
  const lines = stdout.trimEnd().split('\n')
  expect(lines.find((line) => line.includes('a.json'))).toMatch(/confidenceLevel: error: .*"SURE"/)
  expect(lines.find((line) => line.includes('b.json'))).toMatch(/line 2, column 16/)
  expect(stdout).not.toContain('c.json')
  expect(stdout).not.toContain('notes.txt')
})

test('two files cannot define one profile', async () => {
  const first = write('a.json', profile('same', LEARNED))
  const second = write('b.json', profile('same', LEARNED))
  const { code, stdout } = await cli('validate', first, second)
  expect(code).toBe(1)
  expect(stdout).toBe(
    `${second}: securityProfileName: error: the name "same" is taken already in ${first}\n`,
  )
})

test('a duration must be made of whole windows', async () => {
  const path = write('p.json', profile('p', FIVE_MINUTES))
  expect((await cli('validate', path)).code).toBe(0)
  const { code, stdout } = await cli('validate', path, '--window', '10m')
  expect(code).toBe(1)
  expect(stdout).toContain(`${path} (p): behaviors[0].criteria.durationSeconds: error:`)
})

test('the things file is checked beside', async () => {
  const path = write('p.json', profile('p', LEARNED))
  const things = write('things.json', { groups: {}, attachments: { other: ['all/things'] } })
  const { code, stdout, stderr } = await cli('validate', path, '--things-file', things)
  expect(code).toBe(0)
  expect(stdout).toContain('there is no security profile "other"')
  expect(stderr).toContain('0 errors, 2 warnings')
})

test('--json is one object with everything in it', async () => {
  write('a.json', profile('a', { mlDetectionConfig: { confidenceLevel: 'SURE' } }))
  write('c.json', { ...(profile('c', LEARNED) as object), behaviour: [] })
  const { code, stdout, stderr } = await cli('validate', folder, '--json')
  expect([code, stderr]).toEqual([1, ''])
  const { profiles, problems, errors, warnings } = JSON.parse(stdout) as Record<string, unknown>
  expect(profiles).toEqual([{ name: 'c', behaviors: 1 }])
  expect([errors, warnings]).toEqual([1, 1])
  expect(problems).toEqual([
    expect.objectContaining({ severity: 'error', place: join(folder, 'a.json') }),
    expect.objectContaining({ severity: 'warning', path: 'behaviour' }),
  ])
})

test('the profile that comes along is valid', async () => {
  const { code, stdout } = await cli('validate', 'data/asd/security-profile.json')
  expect([code, stdout]).toEqual([0, ''])
})
