import { expect, test } from 'vitest'
import { COMMANDS } from '../../src/cli/commands.ts'
import { cli } from './fake-io.ts'

const WORDS = [
  'replay',
  'stream',
  'serve',
  'backtest',
  'train',
  'inspect',
  'validate',
  'import',
  'export',
  'tune',
  'generate',
  'bench',
  'demo',
]

test('the program has these words', () => {
  expect(COMMANDS.map(({ name }) => name)).toEqual(WORDS)
})

test.each([['--help'], ['-h'], ['help']])('%s lists every command', async (word) => {
  const { code, stdout, stderr } = await cli(word)
  expect(code).toBe(0)
  expect(stderr).toBe('')
  for (const { name, summary } of COMMANDS) {
    expect(stdout).toContain(`  ${name} `)
    expect(stdout).toContain(summary)
  }
})

test('without a command the help goes to stderr and the exit code is 2', async () => {
  const { code, stdout, stderr } = await cli()
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain('Usage: fleet-detect <command>')
})

test('--version is the version of the package', async () => {
  const { code, stdout } = await cli('--version')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test.each(COMMANDS)('$name --help shows all of its options, and examples', async (command) => {
  const { code, stdout, stderr } = await cli(command.name, '--help')
  expect([code, stderr]).toEqual([0, ''])
  const places = Object.entries(command.options).map(([name, { value }]) =>
    stdout.search(new RegExp(`^  --${name}${value === null ? '[, ]' : ` ${escape(value)} `}`, 'm')),
  )
  expect(places).not.toContain(-1)
  expect(places).toEqual([...places].sort((a, b) => a - b))
  for (const { line, meaning } of command.examples) {
    expect(stdout).toContain(line)
    expect(stdout.replace(/\s+/g, ' ')).toContain(meaning)
  }
  expect(await cli('help', command.name)).toEqual({ code, stdout, stderr })
})

test.each(COMMANDS)('help of $name reads at 100 columns', async (command) => {
  const { stdout } = await cli(command.name, '--help')
  const examples = command.examples.map(({ line }) => `  ${line}`)
  for (const line of stdout.split('\n')) {
    if (!examples.includes(line)) expect(line.length, line).toBeLessThanOrEqual(100)
  }
})

test.each(COMMANDS)('examples of $name use options that exist', ({ examples }) => {
  expect(examples.length).toBeGreaterThan(0)
  for (const { line } of examples) {
    const calls = line.split(/[|&]+/).filter((part) => part.includes('fleet-detect'))
    expect(calls.length).toBeGreaterThan(0)
    for (const call of calls) {
      const [, word] = /fleet-detect (\S+)/.exec(call)!
      const target = COMMANDS.find(({ name }) => name === word)
      expect(target, line).toBeDefined()
      for (const [, option] of call.matchAll(/--([a-z-]+)/g)) {
        expect(Object.keys(target!.options), line).toContain(option)
      }
    }
  }
})

test('help is shown whatever else is on the line', async () => {
  const { code, stdout } = await cli('replay', '--window', '7m', '--bogus', '-h')
  expect(code).toBe(0)
  expect(stdout).toContain('Usage: fleet-detect replay')
})

function escape(text: string): string {
  return text.replace(/[|.*+?()[\]{}\\^$]/g, '\\$&')
}
