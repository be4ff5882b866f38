import { beforeEach, expect, test, vi } from 'vitest'
import { run } from '../../src/cli/run.ts'
import type { Reporter, RunSummary, StreamOptions, TrainOptions } from '../../src/compose.ts'
import { newProgress } from '../../src/detect/progress.ts'
import { fakeIo } from './fake-io.ts'

/** A pipeline that does nothing until it is told to stop, so that the command around it is seen alone. */
const given: { stream: StreamOptions[]; train: TrainOptions[] } = { stream: [], train: [] }
const summary: RunSummary = {
  progress: newProgress(null),
  model: { kind: 'quantile', series: null },
  elapsedMs: 1,
  behaviors: [],
  rejects: [],
  sorted: false,
  archivedRows: 0,
  minDays: 14,
  minDatapoints: 25_000,
  interrupted: true,
}

vi.mock('../../src/compose.ts', () => ({
  stream: (options: StreamOptions, _: Reporter, stop: AbortSignal) => {
    given.stream.push(options)
    return new Promise<RunSummary>((done) => {
      stop.addEventListener('abort', () => done(summary))
    })
  },
  train: async (options: TrainOptions) => {
    given.train.push(options)
    return summary
  },
}))

const PROFILE = ['--profile', 'data/asd/security-profile.json']

beforeEach(() => {
  given.stream = []
  given.train = []
})

async function streamed(...argv: string[]) {
  const io = fakeIo()
  const ended = run(['stream', ...PROFILE, '--state', 's', ...argv], io)
  await vi.waitFor(() => {
    if (given.stream.length === 0) throw new Error('not started')
  })
  expect(io.listening).toBe(true)
  io.interrupt()
  return { code: await ended, io, options: given.stream[0]! }
}

test('a signal ends a stream in good order: exit 0, with a summary, deaf afterwards', async () => {
  const { code, io } = await streamed()
  expect(code).toBe(0)
  expect(io.stdout.text).toBe('')
  expect(io.stderr.text).toMatch(/^stopping: .*\nstream was interrupted after 1 ms: 0 rows/)
  expect(io.listening).toBe(false)
})

test('defaults are those of the help', async () => {
  const { options } = await streamed()
  expect(options).toMatchObject({
    state: 's',
    file: null,
    latenessMs: 300_000,
    idleMs: 60_000,
    windowMs: 300_000,
    checkpointMs: 30_000,
    minDays: 14,
    minDatapoints: 25_000,
    model: 'full',
    modelFixed: false,
    archive: null,
    out: null,
    outArrow: null,
    scores: null,
    rejects: null,
    retainDays: null,
    format: null,
    thing: null,
    thingsFile: null,
  })
  expect(options.profiles.map(({ name }) => name)).toEqual(['application-servers'])
})

test('every option reaches the pipeline', async () => {
  const files = ['--out', 'o', '--out-arrow', 'oa', '--scores', 's.csv', '--rejects', 'r']
  const places = ['--archive', 'a', ...files]
  const live = ['--file', 'f', '--lateness', '90s', '--idle-timeout', 'off', '--format', 'csv']
  const limits = ['--retain-days', '30', '--max-things', '7', '--workers', '3', '--window', '1m']
  const learning = ['--min-days', '2', '--min-datapoints', '100', '--model', 'full']
  const rest = ['--thing', 't', '--checkpoint-interval', '5s']
  const { options } = await streamed(...places, ...live, ...limits, ...learning, ...rest)
  expect(options).toMatchObject({
    archive: 'a',
    out: 'o',
    outArrow: 'oa',
    scores: 's.csv',
    rejects: 'r',
    file: 'f',
    latenessMs: 90_000,
    idleMs: null,
    format: 'csv',
    retainDays: 30,
    maxThings: 7,
    threads: 3,
    windowMs: 60_000,
    minDays: 2,
    minDatapoints: 100,
    model: 'full',
    thing: 't',
    checkpointMs: 5_000,
  })
})

test('a run over history that was stopped is a failure that says how to go on', async () => {
  const io = fakeIo()
  const places = ['--archive', 'a', '--state', 's', '--to', '2026-01-20']
  expect(await run(['train', ...PROFILE, ...places], io)).toBe(1)
  expect(given.train[0]).toMatchObject({ archive: 'a', state: 's', to: Date.UTC(2026, 0, 20) })
  expect(io.stderr.text).toMatch(
    /error: stopped before the end.*the same command goes on from here/,
  )
})
