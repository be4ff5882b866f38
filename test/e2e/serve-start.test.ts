import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Program } from './program.ts'

const CERT: string = fileURLToPath(new URL('../api/tls/cert.pem', import.meta.url))
let program: Program
let folder = ''

beforeAll(() => {
  program = new Program()
  folder = mkdtempSync(join(tmpdir(), 'fleet-detect-start-'))
})
afterAll(() => {
  program?.remove()
  rmSync(folder, { recursive: true, force: true })
})

test('a first start that fails at its port has shown the key that it made', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const data = join(folder, 'data')
  const { code, stdout, stderr } = await program.run([
    'serve',
    '--data',
    data,
    '--port',
    String(port),
  ])
  other.close()
  expect(stderr).toContain('EADDRINUSE')
  expect(code).toBe(1)
  expect(stdout).toMatch(/^AWS_ACCESS_KEY_ID=\S+\nAWS_SECRET_ACCESS_KEY=\S+\n$/)
})

test('a TLS file that is none is named with its option', async () => {
  const text = join(folder, 'key.txt')
  writeFileSync(text, 'no key')
  const data = join(folder, 'tls')
  for (const [cert, key, said] of [
    [CERT, text, `--tls-key ${text}: `],
    [text, CERT, `--tls-cert ${text}: `],
    [join(folder, 'none'), CERT, `--tls-cert ${join(folder, 'none')}: ENOENT`],
  ] as const) {
    const argv = ['serve', '--data', data, '--port', '0', '--tls-cert', cert, '--tls-key', key]
    const { code, stderr } = await program.run(argv)
    expect([code, stderr]).toEqual([2, expect.stringContaining(said)])
  }
})

test('a data directory that is a file is named', async () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  const { code, stderr } = await program.run(['serve', '--data', file, '--port', '0'])
  expect([code, stderr]).toEqual([1, expect.stringContaining(`${file} cannot be used: `)])
})
