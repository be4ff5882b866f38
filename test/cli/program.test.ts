import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

/** What npm installs as `fleet-detect`: made by `npm run build`, which `npm ci` runs. */
const PROGRAM = resolve('dist/src/cli/main.js')

function program(...argv: string[]) {
  return spawnSync(process.execPath, [PROGRAM, ...argv], { encoding: 'utf8' })
}

test('--help', () => {
  const { status, stdout, stderr } = program('--help')
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toContain('Usage: fleet-detect <command> [options]')
})

test('wrong usage is exit 2, and stdout stays empty', () => {
  const { status, stdout, stderr } = program('replay', '--window', '7m', 'x')
  expect([status, stdout]).toEqual([2, ''])
  expect(stderr).toBe(
    'error: --window "7m" should last at least 1s and divide a day, as 1m, 5m, 15m and 1h do\n' +
      'Try "fleet-detect replay --help".\n',
  )
})

test('it finds its data from anywhere', () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'fleet-detect-program-'))
  const { status, stdout } = spawnSync(process.execPath, [PROGRAM, '--version'], {
    cwd: elsewhere,
    encoding: 'utf8',
  })
  rmSync(elsewhere, { recursive: true })
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  expect([status, stdout]).toEqual([0, `${version}\n`])
})

test('a reader that stops reading ends it with success and without a word', async () => {
  const child = spawn(process.execPath, [PROGRAM, 'generate', '--things', '50', '--quiet'])
  let complaints = ''
  child.stderr.on('data', (data: Buffer) => {
    complaints += data.toString()
  })
  child.stdout.once('data', () => child.stdout.destroy())
  const code = await new Promise((done) => {
    child.on('close', done)
  })
  expect([code, complaints]).toEqual([0, ''])
})
