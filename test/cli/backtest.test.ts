import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepTraining } from '../../src/compose/kept-training.ts'
import { openStore } from '../../src/store/store.ts'
import { cli } from './fake-io.ts'

const START = Date.UTC(2026, 0, 5)
const GOLDEN = 'test/golden/dimensions'
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-detect-backtest-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const inFolder = (name: string): string => join(folder, name)

function write(name: string, content: object): string {
  writeFileSync(inFolder(name), JSON.stringify(content))
  return inFolder(name)
}

const PROFILE = {
  securityProfileName: 'p',
  behaviors: [
    {
      name: 'load',
      metric: 'load',
      criteria: { comparisonOperator: 'less-than', value: { number: 5 }, durationSeconds: 300 },
    },
  ],
}

/** Two things that both exceed the rule, in the archive of a service whose group has but one of them. */
async function serviceData(): Promise<string> {
  const rows = ['a', 'b'].flatMap((thing) =>
    Array.from({ length: 30 }, (_, i) => ({
      thing,
      metric: 'load',
      timestamp: START + i * 300_000,
      value: i === 20 ? 9 : 1,
    })),
  )
  writeFileSync(inFolder('rows.ndjson'), rows.map((row) => JSON.stringify(row)).join('\n'))
  const data = inFolder('data')
  const store = openStore(data)
  store.database.exec(`
    INSERT INTO custom_metrics VALUES ('load', 'number', NULL, NULL, 0, 0);
    INSERT INTO security_profiles VALUES ('p', 1, NULL, '[]', '{}', '[]', '[]', NULL, 0, 0);
    INSERT INTO things (name, id, version, attributes_json, created) VALUES ('a', 'a', 1, '{}', 0);
    INSERT INTO thing_groups (name, id, version, attributes_json, created) VALUES ('g', 'g', 1, '{}', 0);
    INSERT INTO group_members VALUES ('g', 'a', 0);
    INSERT INTO profile_targets VALUES ('p', 'thinggroup/g', 0);`)
  store.close()
  const profile = write('p.json', PROFILE)
  const archive = join(data, 'archive')
  const options = ['--profile', profile, '--archive', archive, '--out', inFolder('events')]
  expect((await cli('replay', inFolder('rows.ndjson'), ...options)).code).toBe(0)
  return data
}

async function alarms(...argv: string[]): Promise<object> {
  const { code, stdout, stderr } = await cli('backtest', ...argv, '--json')
  expect(code, stderr).toBe(0)
  const [report] = JSON.parse(stdout) as { behaviors: { alarms: object }[] }[]
  return report!.behaviors[0]!.alarms
}

test('models are built from as many datapoints as the service was started with, or the option says', async () => {
  const data = await serviceData()
  const store = openStore(data)
  keepTraining(store.database, { minDays: 14, minDatapoints: 500 })
  store.close()
  for (const [more, said] of [
    [[], 'models from 1 day; the service: 14 days and 500 datapoints (as the service) on'],
    [['--min-datapoints', '7'], 'models from 1 day; the service: 14 days and 7 datapoints on'],
    [['--min-days', '20'], 'models from 20 days and 500 datapoints (as the service) on'],
  ] as const) {
    const { stderr } = await cli(
      'backtest',
      '--data',
      data,
      '--profile',
      inFolder('p.json'),
      ...more,
    )
    expect(stderr).toContain(said)
  }
  const { stderr } = await cli(
    'backtest',
    '--archive',
    join(data, 'archive'),
    '--profile',
    inFolder('p.json'),
  )
  expect(stderr).toContain('models from 1 day and 25000 datapoints on')
})

test('groups are those of the service, which may be running', async () => {
  const data = await serviceData()
  const profile = inFolder('p.json')
  const running = openStore(data)
  try {
    expect(await alarms('--data', data, '--profile', profile)).toMatchObject({
      RULE: { alarms: 1, things: 1, examples: [{ thing: 'a' }] },
    })
    const other = write('other.json', { ...PROFILE, securityProfileName: 'other' })
    expect(await alarms('--data', data, '--profile', other)).toMatchObject({ RULE: { things: 2 } })
    const things = write('things.json', { groups: { h: ['b'] }, attachments: { p: ['h'] } })
    expect(
      await alarms('--data', data, '--profile', profile, '--things-file', things),
    ).toMatchObject({ RULE: { things: 1, examples: [{ thing: 'b' }] } })
  } finally {
    running.close()
  }
  const archive = join(data, 'archive')
  expect(await alarms('--archive', archive, '--profile', profile)).toMatchObject({
    RULE: { things: 2 },
  })
})

test('a custom metric is what the service says it is', async () => {
  const data = await serviceData()
  const criteria = { comparisonOperator: 'in-set', value: { strings: ['x'] } }
  const words = write('words.json', {
    ...PROFILE,
    behaviors: [{ name: 'load', metric: 'load', criteria }],
  })
  const { code, stderr } = await cli('backtest', '--data', data, '--profile', words)
  expect([code, stderr]).toEqual([1, expect.stringContaining('custom metric "load" is a number')])
})

test('dimensions: what the replay of the broker log said, the backtest of its archive says', async () => {
  const files = ['--profile', `${GOLDEN}/profile.json`, '--dimensions', `${GOLDEN}/dimensions.json`]
  const inputs = [`${GOLDEN}/broker.ndjson`, `${GOLDEN}/datapoints.ndjson`]
  const archive = ['--archive', inFolder('archive')]
  const out = ['--out', inFolder('events')]
  expect((await cli('replay', ...inputs, ...files, ...archive, ...out)).code).toBe(0)
  const replayed = readFileSync(inFolder('events'), 'utf8').split('"in-alarm"').length - 1
  const backtest = await cli('backtest', ...files, ...archive, '--days', '365', '--json')
  expect(backtest.code, backtest.stderr).toBe(0)
  const [report] = JSON.parse(backtest.stdout) as {
    behaviors: { alarms: Record<string, { alarms: number }> }[]
  }[]
  const counts = report!.behaviors.map(({ alarms: { RULE } }) => RULE!.alarms)
  expect(replayed).toBeGreaterThan(0)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(replayed)
  expect(backtest.stderr).not.toContain('is not defined')
  const without = await cli('backtest', ...files.slice(0, 2), ...archive, '--days', '365')
  expect(without.stderr).toContain('is not defined')
})

test.each(['dimensions', 'maintenance', 'things-file'])(
  'a wrong --%s is told, not passed over',
  async (option) => {
    const profile = write('p.json', PROFILE)
    const wrong = write('wrong.json', [7])
    const { code, stderr } = await cli(
      'backtest',
      `--archive=${folder}`,
      `--profile=${profile}`,
      `--${option}=${wrong}`,
    )
    expect([code, stderr]).toEqual([1, expect.stringContaining('wrong.json')])
  },
)

test('a directory without a store is no data directory', async () => {
  const profile = write('p.json', PROFILE)
  const { code, stderr } = await cli('backtest', '--data', folder, '--profile', profile)
  expect([code, stderr]).toEqual([1, expect.stringContaining('is no data directory of serve')])
})
