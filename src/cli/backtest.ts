import { availableParallelism } from 'node:os'
import type { BacktestAlarms, BacktestReport } from '../compose/backtest.ts'
import { DEFAULT_WINDOW_MS } from '../domain/time.ts'
import { type Command, COMMON_OPTIONS, type CommandContext, EXIT_SUCCESS } from './command.ts'
import { grouped, timeText } from './figures.ts'
import { planModel } from './model-options.ts'
import { readWindow } from './option-values.ts'
import { type Options, toggle, usage, valued } from './options.ts'
import { profilesForRun } from './profiles.ts'
import { MACHINE_OPTIONS, MODEL_OPTIONS, PROFILE_OPTIONS } from './run-options.ts'
import { formatTable } from './table.ts'

const DEFAULT_DAYS = 7

export const backtestCommand: Command = {
  name: 'backtest',
  summary: 'What a profile would have alarmed on, at each confidence level, from an archive.',
  usage: '--archive DIR|--data DIR --profile P [options]',
  description:
    'Replays an archive as if the profile had been attached: models are learned as the days go by, and the alarms of ' +
    'the last days are counted at HIGH, MEDIUM and LOW confidence. Notifies nobody. A model is built from one day on ' +
    '(--min-days), earlier than the service would, so that a short archive says something too. With --data, ' +
    '--min-datapoints, custom metrics, dimensions and groups are those of the service, which may be running; a profile attached there is tried ' +
    'on the same things, others on all things. Datapoints are seen once they are in files of the archive: the current ' +
    'day mostly not, since a service writes its files when the day ends, or earlier where they get large.',
  options: {
    archive: valued(
      'DIR',
      "An archive, such as that of --archive, or of a service's data directory.",
    ),
    data: valued('DIR', "A service's data directory: its archive, its definitions and groups."),
    days: valued('N', `The last days that count (default ${DEFAULT_DAYS}).`),
    json: toggle('The report as JSON, with the first alarms of each behavior.'),
    ...PROFILE_OPTIONS,
    ...MODEL_OPTIONS,
    ...MACHINE_OPTIONS,
    ...COMMON_OPTIONS,
  },
  examples: [
    {
      line: 'fleet-detect backtest --data data/ --profile new-profile.json --days 7',
      meaning: 'Before a profile is attached: how many alarms it would have raised last week.',
    },
  ],
  run: runBacktest,
}

async function runBacktest(options: Options, { io, messages }: CommandContext): Promise<number> {
  const [unexpected] = options.positionals
  if (unexpected !== undefined) throw usage(`unexpected argument "${unexpected}"`)
  const data = options.text('data')
  const archive = options.text('archive')
  if (archive === null && data === null) throw usage('--archive DIR or --data DIR is missing')
  options.required('profile')
  const windowText = options.text('window')
  const windowMs = windowText === null ? DEFAULT_WINDOW_MS : readWindow('--window', windowText)
  const thingsFile = options.text('things-file')
  const profiles = profilesForRun(options.texts('profile'), windowMs, thingsFile, messages)
  const { model, maxThings } = planModel(options, profiles, windowMs, messages)
  const { backtestProfiles } = await import('../compose/backtest.ts')
  const run = {
    archive,
    data,
    profiles,
    thingsFile,
    dimensionsFile: options.text('dimensions'),
    maintenanceFile: options.text('maintenance'),
    days: options.amount('days', DEFAULT_DAYS),
    windowMs,
    model,
    maxThings,
    minDays: options.text('min-days') === null ? null : options.count('min-days', 1),
    minDatapoints:
      options.text('min-datapoints') === null ? null : options.count('min-datapoints', 1),
    threads: options.count('workers', availableParallelism()),
  }
  const reports = await backtestProfiles(run, messages)
  const text = options.flag('json')
    ? JSON.stringify(reports, null, 2)
    : reports.map(reportText).join('\n\n')
  await io.stdout.write(`${text}\n`)
  return EXIT_SUCCESS
}

function reportText({ profile, rows, from, to, behaviors }: BacktestReport): string {
  if (from === null || to === null) {
    return `${profile}: the archive holds none of its metrics`
  }
  const head = ['behavior', 'HIGH', 'MEDIUM', 'LOW', 'rule', 'model', 'datapoints']
  const lines = behaviors.map(({ name, alarms, model }) => [
    name,
    ...['HIGH', 'MEDIUM', 'LOW', 'RULE'].map((level) => alarmsText(alarms[level])),
    model?.status ?? '',
    model === null ? '' : grouped(model.datapoints),
  ])
  return [
    `${profile}: alarms (things) from ${timeText(from)} to ${timeText(to)}, of ${grouped(rows)} datapoints read`,
    ...formatTable([head, ...lines], ['left', 'right', 'right', 'right', 'right', 'left', 'right']),
  ].join('\n')
}

function alarmsText(alarms: BacktestAlarms | undefined): string {
  return alarms === undefined ? '' : `${grouped(alarms.alarms)} (${grouped(alarms.things)})`
}
