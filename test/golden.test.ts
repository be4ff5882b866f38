import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Messages } from '../src/cli/messages.ts'
import { Options, parseOptions } from '../src/cli/options.ts'
import { replayCommand } from '../src/cli/replay.ts'
import { readRunOptions } from '../src/cli/run-options.ts'
import type { BehaviorSummary, ReplayOptions, RunSummary } from '../src/compose.ts'
import { fakeIo, jsonLines } from './cli/fake-io.ts'
import { Program, succeed } from './e2e/program.ts'
import { GOLDEN_INPUTS } from './golden-inputs.ts'

const GOLDEN: string = fileURLToPath(new URL('golden/', import.meta.url))
/** Set, the events that a straight run writes become the expected ones; stories never change by themselves. */
const UPDATE = process.env.UPDATE_GOLDEN !== undefined

interface GoldenCase {
  /** What it shows, and why these are the events. */
  README: readonly string[]
  inputs: readonly string[]
  /** Of the command line; `things-file` and `dimensions` name files beside. */
  options: Readonly<Record<string, string>>
  /** None unless it says so. */
  rejected?: Readonly<Record<string, number>>
  late?: number
  sorted?: boolean
  behaviors?: Readonly<Record<string, Partial<BehaviorSummary>>>
  /** Moments at which a run is killed, each in a run of its own; see e2e/killing.mjs. */
  kills: readonly string[]
  /** `<time> <type> <thing> <behavior> [<value>] [suppressed]`: what events.ndjson says in full. */
  events: readonly string[]
}

let program: Program
let folder = ''
beforeAll(() => {
  program = new Program()
  folder = mkdtempSync(join(tmpdir(), 'fleet-detect-golden-'))
})
afterAll(() => {
  program?.remove()
  rmSync(folder, { recursive: true, force: true })
})

const names = readdirSync(GOLDEN)

test('there are golden cases', () => {
  expect(names.length).toBeGreaterThan(12)
})

test('the inputs are what the script writes', () => {
  for (const [name, bytes] of GOLDEN_INPUTS) {
    const gzip = name.endsWith('.gz')
    const plain = (packed: Uint8Array): Buffer => (gzip ? gunzipSync(packed) : Buffer.from(packed))
    const committed = plain(readFileSync(join(GOLDEN, name)))
    expect(committed.equals(plain(bytes())), name).toBe(true)
  }
})

describe.each(names)('%s', (name) => {
  const at = (file: string): string => join(GOLDEN, name, file)
  const golden = JSON.parse(readFileSync(at('case.json'), 'utf8')) as GoldenCase
  const argv = commandLine(golden, at)
  const expected = (): string => readFileSync(at('events.ndjson'), 'utf8')

  test('tells its story', () => {
    expect(jsonLines(expected()).map(told)).toEqual(golden.events)
  })

  test('straight', async () => {
    const out = join(folder, `${name}.straight`)
    const summary = await replayHere([...argv, '--workers', '2', '--out', out], {})
    const events = readFileSync(out, 'utf8')
    if (UPDATE) writeFileSync(at('events.ndjson'), events)
    expect(events).toBe(expected())
    checkSummary(summary, golden)
  })

  test('one thread, small batches', async () => {
    const out = join(folder, `${name}.small`)
    const summary = await replayHere([...argv, '--workers', '1', '--out', out], { batchRows: 3 })
    expect(readFileSync(out, 'utf8')).toBe(expected())
    checkSummary(summary, golden)
  })

  test.each(golden.kills)('killed at %s and resumed', async (kill) => {
    const base = join(folder, `${name}.${kill.replaceAll(':', '-')}`)
    const files = ['--out', `${base}.ndjson`, '--state', `${base}.state`]
    const command = ['replay', ...argv, '--workers', '1', ...files, '--log-format', 'json']
    const keeping = [...command, '--checkpoint-interval', '0s']
    const { signal, stderr } = await program.run(keeping, kill)
    expect([signal, stderr.includes('"kind":"summary"')]).toEqual(['SIGKILL', false])
    const resumed = await succeed(program, keeping)
    expect(readFileSync(`${base}.ndjson`, 'utf8')).toBe(expected())
    const summary = jsonLines(resumed.stderr).find(({ kind }) => kind === 'summary')
    checkSummary(summary as unknown as RunSummary, golden)
  })
})

function commandLine({ inputs, options }: GoldenCase, at: (file: string) => string): string[] {
  const given = Object.entries(options).flatMap(([name, value]) => [
    `--${name}`,
    name === 'things-file' || name === 'dimensions' ? at(value) : value,
  ])
  return [...inputs.map(at), '--profile', at('profile.json'), ...given]
}

/** The command's own reading of its line, but in this process and with a batch size of our own. */
async function replayHere(
  argv: readonly string[],
  more: Partial<ReplayOptions>,
): Promise<RunSummary> {
  const options: Options = parseOptions(argv, replayCommand.options)
  const messages = new Messages(fakeIo(), { quiet: true, logFormat: 'text' })
  const { replay } = await program.load<typeof import('../src/compose.ts')>('src/compose.js')
  const run: ReplayOptions = {
    ...readRunOptions(options, messages),
    inputs: options.positionals,
    from: options.moment('from'),
    to: options.moment('to'),
    ...more,
  }
  return replay(run, messages)
}

function checkSummary(summary: RunSummary, golden: GoldenCase): void {
  const { progress, sorted, interrupted, behaviors } = summary
  expect(progress.rejected).toEqual(golden.rejected ?? {})
  expect(progress.late).toBe(golden.late ?? 0)
  expect(progress.refused).toBe(0)
  expect([sorted, interrupted]).toEqual([golden.sorted ?? false, false])
  expect(progress.events).toBeGreaterThanOrEqual(golden.events.length)
  for (const [name, wanted] of Object.entries(golden.behaviors ?? {})) {
    expect(behaviors.find(({ behavior }) => behavior === name)).toMatchObject(wanted)
  }
}

function told(event: Record<string, unknown>): string {
  const { violationEventTime, violationEventType, thingName, suppressed } = event
  const { name } = event.behavior as { name: string }
  const time = `${new Date(violationEventTime as number).toISOString().slice(0, 16)}Z`
  const value = Object.values((event.metricValue ?? {}) as Record<string, unknown>).map(String)
  const words = [time, violationEventType, thingName, name, ...value]
  return [...words, ...(suppressed === true ? ['suppressed'] : [])].join(' ')
}
