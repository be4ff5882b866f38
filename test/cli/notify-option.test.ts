import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cli } from './fake-io.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-detect-notify-option-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

test('a file of --notify with mistakes ends serve before it begins, with all of them', async () => {
  const file = join(folder, 'notify.json')
  writeFileSync(file, JSON.stringify({ webhooks: [{ name: 'a b', url: 'x' }], redirect: 1 }))
  const data = join(folder, 'data')
  const { code, stderr } = await cli('serve', '--data', data, '--notify', file)
  expect(code).toBe(2)
  expect(stderr).toContain('webhooks[0].name "a b": should be 1 to 64 letters, digits, _ or -')
  expect(stderr).toContain('webhooks[0].url: should be a URL of http or https')
  expect(stderr).toContain('unknown member "redirect"; did you mean "redirects"?')
  expect(existsSync(data)).toBe(false)
})
