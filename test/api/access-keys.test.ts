import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadAccessKeys, parseAccessKeys } from '../../src/api/access-keys.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'access-keys-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

function bytes(size: number): Buffer {
  return Buffer.alloc(size, 7)
}

test('the first start makes an admin pair, the second finds it', () => {
  const first = loadAccessKeys(directory, bytes)
  expect(first.made).toMatchObject({ access: 'admin' })
  expect(first.made?.accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/)
  expect(first.made?.secretAccessKey).toHaveLength(40)
  expect(first.keys).toEqual([first.made])
  const second = loadAccessKeys(directory, () => {
    throw new Error('made again')
  })
  expect(second).toEqual({ keys: first.keys, made: null })
})

test('nobody else may read the file', () => {
  loadAccessKeys(directory, bytes)
  const path = join(directory, 'access-keys.json')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(JSON.parse(readFileSync(path, 'utf8'))).toHaveProperty('accessKeys')
})

const KEY = {
  accessKeyId: 'AKIAEXAMPLE',
  secretAccessKey: 'a-secret-of-many-letters',
  access: 'admin',
}

test.each([
  ['{', 'keys: not JSON'],
  ['[]', 'keys: it should be {"accessKeys": [...]}, with a key in it'],
  ['{"accessKeys":[]}', 'keys: it should be {"accessKeys": [...]}, with a key in it'],
  [one({ accessKeyId: 'a/b' }), 'accessKeys[0].accessKeyId should be 8 to 128 letters and digits'],
  [one({ secretAccessKey: 'short' }), 'accessKeys[0].secretAccessKey should have 16 characters'],
  [one({ access: 'root' }), 'accessKeys[0].access "root" should be "admin" or "read-only"'],
  [JSON.stringify({ accessKeys: [KEY, KEY] }), 'accessKeys[1]: AKIAEXAMPLE is there already'],
])('%s is refused', (text, message) => {
  expect(() => parseAccessKeys(text, 'keys')).toThrow(message)
})

test('no message tells a secret', () => {
  const secretAccessKey = 'hunter2'
  let message = ''
  try {
    parseAccessKeys(one({ secretAccessKey }), 'keys')
  } catch (error) {
    message = String(error)
  }
  expect(message).toContain('secretAccessKey')
  expect(message).not.toContain(secretAccessKey)
})

function one(change: Record<string, string>): string {
  return JSON.stringify({ accessKeys: [{ ...KEY, ...change }] })
}
