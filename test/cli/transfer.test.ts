import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore } from '../../src/store/store.ts'
import { cli } from './fake-io.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'transfer-'))
  mkdirSync(join(folder, 'in', 'groups'), { recursive: true })
  const behavior = {
    name: 'b',
    metric: 'aws:num-disconnects',
    criteria: { mlDetectionConfig: { confidenceLevel: 'HIGH' } },
  }
  write('in/lights.json', { securityProfileName: 'lights', behaviors: [behavior] })
  write('in/groups/house.json', { groups: { house: ['lamp'] }, attachments: { lights: ['house'] } })
  writeFileSync(join(folder, 'in', 'notes.txt'), 'no JSON')
})
afterEach(() => rmSync(folder, { recursive: true }))

const at = (name: string): string => join(folder, name)
function write(name: string, content: unknown): void {
  writeFileSync(at(name), JSON.stringify(content))
}
/** Every file of a folder and those below it, with its text. */
function filesOf(name: string): Record<string, string> {
  const names = readdirSync(at(name), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(nd)?json$/.test(file))
    .sort()
  return Object.fromEntries(names.map((file) => [file, readFileSync(at(join(name, file)), 'utf8')]))
}

const CREATED = `thing group       1 created  0 updated  0 unchanged
security profile  1 created  0 updated  0 unchanged
thing             1 created  0 updated  0 unchanged
membership        1 created  0 updated  0 unchanged
attachment        1 created  0 updated  0 unchanged
`

test('a directory is imported, exported, and brought back elsewhere', async () => {
  const made = await cli('import', at('in'), '--data', at('data'))
  expect(made.stderr).toBe('')
  expect(made.code).toBe(0)
  expect(made.stdout.split('\n').sort()).toEqual(CREATED.split('\n').sort())

  const written = await cli('export', '--data', at('data'), '--out', at('out'))
  expect(written).toMatchObject({ code: 0, stdout: '', stderr: `wrote 4 files to ${at('out')}\n` })
  const files = filesOf('out')
  expect(Object.keys(files)).toEqual([
    'security-profiles/lights.json',
    'thing-groups/house.json',
    'things-file.json',
    'things.ndjson',
  ])
  expect(JSON.parse(files['things-file.json']!)).toEqual({
    groups: { house: ['lamp'] },
    parents: {},
    attachments: { lights: ['house'] },
  })

  const again = await cli('import', at('out'), '--data', at('copy'))
  expect(again).toMatchObject({ code: 0, stderr: '' })
  await cli('export', '--data', at('copy'), '--out', at('out2'))
  expect(filesOf('out2')).toEqual(files)

  const same = await cli('import', at('out'), '--data', at('data'))
  expect(same.stdout).toContain('security profile  0 created  0 updated  1 unchanged\n')
  expect(same.stdout).not.toContain('1 created')
})

test('a dry run says what would be done, and leaves no trace', async () => {
  const first = await cli('import', at('in'), '--data', at('data'), '--dry-run')
  expect(first.stdout).toContain('security profile  1 created  0 updated  0 unchanged\n')
  expect(first.stderr).toBe('a dry run: nothing was imported\n')
  expect(existsSync(at('data'))).toBe(false)

  await cli('import', at('in/groups'), at('in/lights.json'), '--data', at('data'))
  await cli('export', '--data', at('data'), '--out', at('before'))
  write('in/lights.json', { securityProfileName: 'lights', behaviors: [] })
  const second = await cli('import', at('in'), '--data', at('data'), '--dry-run')
  expect(second.stdout).toContain('security profile  0 created  1 updated  0 unchanged\n')
  await cli('export', '--data', at('data'), '--out', at('after'))
  expect(filesOf('after')).toEqual(filesOf('before'))
})

test('when anything is wrong all of it is said, and nothing is imported', async () => {
  write('in/doors.json', { securityProfileName: 'doors', behaviors: [{ name: 'b' }], version: 'x' })
  writeFileSync(at('in/broken.json'), '{')
  const { code, stdout, stderr } = await cli('import', at('in'), '--data', at('data'))
  expect(code).toBe(1)
  expect(stdout).toBe('')
  expect(stderr).toContain(`${at('in/broken.json')}: error: not JSON at line 1, column 2`)
  expect(stderr).toContain(`${at('in/doors.json')}: behaviors[0]`)
  expect(stderr).toMatch(/error: \d+ errors; nothing was imported\n$/)
  const store = openStore(at('data'))
  expect(store.database.prepare('SELECT name FROM security_profiles').all()).toEqual([])
  expect(store.database.prepare('SELECT name FROM things').all()).toEqual([])
  store.close()
})

test('while a server runs on the directory, both refuse and say what to do', async () => {
  await cli('import', at('in'), '--data', at('data'))
  const store = openStore(at('data'))
  for (const line of [
    ['import', at('in'), '--data', at('data')],
    ['import', at('in'), '--data', at('data'), '--dry-run'],
    ['export', '--data', at('data'), '--out', at('out')],
  ]) {
    expect(await cli(...line)).toEqual({
      code: 1,
      stdout: '',
      stderr: `error: ${at('data')} is in use by process ${process.pid}: stop the server first, or use its API (aws iot ... --endpoint-url ...)\n`,
    })
  }
  store.close()
  expect(existsSync(at('out'))).toBe(false)
})

test.each<[string, number, string]>([
  ['import --data data', 2, 'nothing to import: name files or directories'],
  ['import in', 2, '--data DIR is missing'],
  ['import none --data data', 1, '/none: no such file or directory'],
  ['import empty --data data', 1, '/empty: no .json files in it'],
  ['export --data data', 2, '--out DIR is missing'],
  ['export --data empty --out out', 1, '/empty: no store.db in it, so no data directory'],
  ['export --data data --out in', 1, '/in: there is something in it already'],
])('%s is refused', async (line, code, message) => {
  mkdirSync(at('empty'))
  const argv = line
    .split(' ')
    .map((word, i) => (i === 0 || word.startsWith('--') ? word : at(word)))
  const end = await cli(...argv)
  expect(end.code).toBe(code)
  expect(end.stderr).toContain(message)
  expect(end.stdout).toBe('')
})
