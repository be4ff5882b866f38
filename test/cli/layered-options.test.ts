import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { layeredOptions } from '../../src/cli/layered-options.ts'
import { type Options, parseOptions, repeated, toggle, valued } from '../../src/cli/options.ts'

const SPECS = {
  config: valued('FILE', ''),
  port: valued('N', ''),
  'min-days': valued('N', ''),
  file: repeated('F', ''),
  'no-auth': toggle(''),
}

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-detect-options-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function layered(
  argv: string[],
  env: Record<string, string>,
  file: unknown = null,
): { options: Options; warnings: string[] } {
  const path = join(folder, 'config.json')
  writeFileSync(path, typeof file === 'string' ? file : JSON.stringify(file))
  const warnings: string[] = []
  const given = file === null ? argv : [...argv, '--config', path]
  const options = layeredOptions(parseOptions(given, SPECS), SPECS, env, (line) =>
    warnings.push(line),
  )
  return { options, warnings }
}

test('the command line wins over the environment, that over the file', () => {
  const env = { FLEET_DETECT_PORT: '2', FLEET_DETECT_MIN_DAYS: '2', PATH: '/bin' }
  const { options } = layered(['--port', '1'], env, { port: 3, 'min-days': 3, file: ['a', 'b'] })
  expect(options.text('port')).toBe('1')
  expect(options.text('min-days')).toBe('2')
  expect(options.texts('file')).toEqual(['a', 'b'])
})

test('switches are true or false', () => {
  expect(layered([], { FLEET_DETECT_NO_AUTH: 'true' }).options.flag('no-auth')).toBe(true)
  expect(layered([], {}, { 'no-auth': true }).options.flag('no-auth')).toBe(true)
  expect(layered([], { FLEET_DETECT_NO_AUTH: '0' }).options.flag('no-auth')).toBe(false)
  expect(() => layered([], { FLEET_DETECT_NO_AUTH: 'maybe' })).toThrow(
    /FLEET_DETECT_NO_AUTH "maybe"/,
  )
})

test('the file may be named in the environment', () => {
  layered([], {}, { port: 9 })
  const env = { FLEET_DETECT_CONFIG: join(folder, 'config.json') }
  writeFileSync(env.FLEET_DETECT_CONFIG, '{"port": 9}')
  const options = layeredOptions(parseOptions([], SPECS), SPECS, env, () => {})
  expect(options.text('port')).toBe('9')
})

test('what is wrong is told with its place', () => {
  expect(() => layered([], {}, { prot: 1 })).toThrow(/config\.json: unknown option "prot"/)
  expect(() => layered([], {}, 'no json')).toThrow(/config\.json/)
  expect(() => layered([], {}, [1])).toThrow(/should hold an object/)
  expect(() => layered([], {}, { port: {} })).toThrow(/config\.json: port/)
  expect(layered([], { FLEET_DETECT_PROT: '1' }).warnings).toEqual([
    expect.stringContaining('FLEET_DETECT_PROT is no option'),
  ])
})
