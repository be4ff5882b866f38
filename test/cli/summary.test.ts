import { describe, expect, test } from 'vitest'
import { Messages } from '../../src/cli/messages.ts'
import { modelQuality, qualityLine } from '../../src/cli/model-quality.ts'
import { conclude, type Destinations, formatSummary } from '../../src/cli/summary.ts'
import type { BehaviorSummary, RunSummary } from '../../src/compose.ts'
import { MODEL_NAMES } from '../../src/stats/model-kinds.ts'
import { newProgress } from '../../src/detect/progress.ts'
import { fakeIo, jsonLines } from './fake-io.ts'

const RULE: BehaviorSummary = {
  profile: 'fleet',
  behavior: 'never-idle',
  metric: 'aws:num-messages-sent',
  kind: 'rule',
  reason: null,
  modelStatus: null,
  trainingDataCollectionStartDate: null,
  datapointsCollectionPercentage: null,
  datapoints: null,
  lastModelRefreshDate: null,
  trainedOn: null,
  lone: null,
  thresholds: null,
  confidenceLevel: null,
  alarms: 1_204,
  cleared: 1_200,
  invalidated: 3,
  standing: 1,
  suppressed: false,
}

const ACTIVE: BehaviorSummary = {
  ...RULE,
  behavior: 'bytes-out',
  metric: 'aws:all-bytes-out',
  kind: 'ml',
  modelStatus: 'ACTIVE',
  trainingDataCollectionStartDate: Date.UTC(2026, 0, 5),
  datapointsCollectionPercentage: 100,
  datapoints: 48_384,
  lastModelRefreshDate: Date.UTC(2026, 0, 20),
  trainedOn: 48_000,
  thresholds: {
    LOW: { low: 12, high: 34_567.891 },
    MEDIUM: { low: 3.5, high: 1_234_567 },
    HIGH: { low: null, high: 2_000_000 },
  },
  confidenceLevel: 'MEDIUM',
  alarms: 7,
  cleared: 5,
  invalidated: 0,
  standing: 2,
  suppressed: true,
}

const PENDING: BehaviorSummary = {
  ...ACTIVE,
  behavior: 'packets-out',
  metric: 'aws:all-packets-out',
  modelStatus: 'PENDING_BUILD',
  datapoints: 12_345,
  datapointsCollectionPercentage: 49.38,
  lastModelRefreshDate: null,
  trainedOn: null,
  lone: null,
  thresholds: null,
  alarms: 0,
  cleared: 0,
  standing: 0,
  suppressed: false,
}

const UNEVALUATED: BehaviorSummary = {
  ...RULE,
  behavior: 'known-addresses',
  metric: 'aws:destination-ip-addresses',
  kind: 'unevaluated',
  reason: 'lists of addresses are not evaluated',
  alarms: 0,
}

const SUMMARY: RunSummary = {
  progress: {
    ...newProgress(null),
    rows: 787_968,
    things: 12,
    eventTime: Date.UTC(2026, 0, 20, 12),
    alarms: 1_211,
    events: 2_420,
  },
  elapsedMs: 12_345,
  model: { kind: 'quantile', series: null },
  behaviors: [RULE, ACTIVE, PENDING, UNEVALUATED],
  rejects: [],
  sorted: false,
  archivedRows: 0,
  minDays: 14,
  minDatapoints: 25_000,
  interrupted: false,
}

const TO_STDOUT: Destinations = {
  events: true,
  out: null,
  archive: null,
  state: null,
  rejects: null,
  outArrow: null,
  scores: null,
}

test('a run in words', () => {
  expect(formatSummary('replay', SUMMARY, TO_STDOUT)).toEqual([
    'replay took 12.3 s: 787,968 rows (63.8 k rows/s), 12 things, event time 2026-01-20 12:00 UTC',
    '',
    "model quantile: one distribution of all things' values per behavior",
    qualityLine('quantile'),
    'models       status         datapoints  refreshed (UTC)',
    'bytes-out    ACTIVE             48,000  2026-01-20 00:00',
    'packets-out  PENDING_BUILD              waits: 12,345 of 25,000 datapoints, 14 of 14 days',
    '',
    'normal range  LOW confidence  MEDIUM confidence   HIGH confidence',
    'bytes-out     12 to 34,568    3.5 to 1,234,567 *  up to 2,000,000',
    '',
    'alarms       metric                 opened  cleared  invalidated  standing',
    'never-idle   aws:num-messages-sent   1,204    1,200            3         1',
    'bytes-out    aws:all-bytes-out           7        5            0         2  suppressed',
    'packets-out  aws:all-packets-out         0        0            0         0',
    '',
    'not evaluated',
    '  known-addresses: lists of addresses are not evaluated',
    '',
    'events    2,420 to stdout',
  ])
})

test('what went wrong with the input, and where results went', () => {
  const summary: RunSummary = {
    ...SUMMARY,
    progress: {
      ...SUMMARY.progress,
      rejected: { malformed: 1, 'not-a-number': 3 },
      late: 2,
      refused: 9,
    },
    rejects: [
      {
        run: 'a.csv',
        line: 17,
        reason: 'not-a-number',
        detail: 'value "a\u001b[2Jb"',
        text: 'x',
      },
      { run: 'b.csv', line: 1, reason: 'malformed', detail: 'y'.repeat(300), text: 'y' },
    ],
    sorted: true,
    interrupted: true,
    archivedRows: 787_959,
    behaviors: [],
  }
  const lines = formatSummary('replay', summary, {
    ...TO_STDOUT,
    out: 'e.ndjson',
    archive: 'archive/',
    state: 'state/',
    rejects: 'r.ndjson',
    outArrow: 's.arrow',
  })
  expect(lines[0]).toMatch(/^replay was interrupted after 12.3 s/)
  expect(lines.slice(1)).toEqual([
    'The input was sorted by time first.',
    'late      2 rows of windows already closed',
    'refused   9 rows of things beyond the limit: raise --max-things',
    '',
    'rejected  4 rows: 3 not-a-number, 1 malformed',
    '  a.csv:17: not-a-number: value "a�[2Jb"',
    `  b.csv:1: malformed: ${'y'.repeat(77)}…`,
    '  and 2 more',
    '',
    'events    2,420 to e.ndjson',
    'scores    s.arrow',
    'archive   archive/ (787,959 rows added)',
    'state     state/',
    'rejects   r.ndjson',
  ])
})

test('what a model finds on labelled fleets is told beside what the others do, as it was measured', () => {
  const { models } = modelQuality()
  expect(Object.keys(models)).toEqual(MODEL_NAMES)
  for (const [name, sets] of Object.entries(models)) {
    expect(Object.keys(sets)).toEqual(['asd', 'services'])
    const found = Object.values(sets).map(({ recall }) => Math.round(100 * recall))
    expect(qualityLine(name)).toContain(`it finds ${found.join(' and ')} % of events`)
    const other = name === 'full' ? 'compact' : 'full'
    expect(qualityLine(other)).toContain(`${name} ${found.join(' and ')} %`)
    expect(qualityLine(name).length).toBeLessThanOrEqual(100)
  }
})

test('a model of single things says what they take', () => {
  const model = { kind: 'full', series: { count: 24, bytes: 24 * 5_700, fleetBytes: 0 } }
  const lines = formatSummary('replay', { ...SUMMARY, model }, TO_STDOUT)
  expect(lines).toContain('model full: 24 series, of a thing and a behavior each, of 5.70 kB')
  expect(lines).toContainEqual(expect.stringMatching(/^normal, off its forecast  LOW confidence/))
  const compact = { kind: 'compact', series: { count: 24, bytes: 24 * 96, fleetBytes: 4_000 } }
  expect(formatSummary('replay', { ...SUMMARY, model: compact }, TO_STDOUT)).toContain(
    "model compact: 24 series, of a thing and a behavior each, of 96 B, and 4.00 kB of the fleet's",
  )
})

test("models from less data than AWS's say so", () => {
  const lenient = { ...SUMMARY, minDatapoints: 1_000, minDays: 1 }
  const text = formatSummary('replay', lenient, TO_STDOUT).join(' ')
  expect(text).toContain('from 1,000 datapoints and 1 day on; AWS asks for 25,000 and 14')
  expect(formatSummary('replay', SUMMARY, TO_STDOUT).join(' ')).not.toContain('AWS asks')
})

test('collection that has not begun, and models that expired, are told apart', () => {
  const fresh = { ...PENDING, trainingDataCollectionStartDate: null }
  const expired = { ...PENDING, modelStatus: 'EXPIRED' as const }
  const lines = formatSummary('train', { ...SUMMARY, behaviors: [fresh, expired] }, TO_STDOUT)
  expect(lines).toContainEqual(expect.stringContaining('waits for its first datapoint'))
  expect(lines).toContainEqual(expect.stringContaining('expired: too few datapoints'))
})

test('profiles are named where there are several, and long names keep lines readable', () => {
  const long = { ...ACTIVE, profile: 'p'.repeat(128), behavior: 'b'.repeat(128) }
  const summary = { ...SUMMARY, behaviors: [RULE, long] }
  const lines = formatSummary('replay', summary, TO_STDOUT)
  expect(lines).toContainEqual(expect.stringMatching(/^fleet\/never-idle/))
  for (const line of lines) expect(Array.from(line).length).toBeLessThanOrEqual(100)
})

describe('the exit code', () => {
  const rejected = { ...SUMMARY, progress: { ...SUMMARY.progress, rejected: { malformed: 1 } } }

  function concluded(summary: RunSummary, strict: boolean) {
    const io = fakeIo()
    const messages = new Messages(io, { quiet: false, logFormat: 'json' })
    const code = conclude('replay', summary, TO_STDOUT, strict, messages)
    return { code, said: jsonLines(io.stderr.text) }
  }

  test('is 0 with refused rows, unless --strict', () => {
    expect(concluded(rejected, false).code).toBe(0)
    expect(concluded(SUMMARY, true).code).toBe(0)
    const { code, said } = concluded(rejected, true)
    expect(code).toBe(1)
    expect(said.at(-1)).toMatchObject({ level: 'error', message: '--strict: 1 row refused' })
  })

  test('comes after the summary, which is whole in JSON', () => {
    const { said } = concluded(SUMMARY, false)
    expect(said).toEqual([
      {
        level: 'info',
        kind: 'summary',
        command: 'replay',
        ...SUMMARY,
        quality: modelQuality().models,
        destinations: TO_STDOUT,
      },
    ])
  })
})
