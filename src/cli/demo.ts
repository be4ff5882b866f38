import { mkdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import type { ReplayOptions } from '../compose.ts'
import type { LabelsFile } from '../domain/labels.ts'
import { DEFAULT_WINDOW_MS, MINUTE_MS } from '../domain/time.ts'
import type { ViolationEvent } from '../domain/violation.ts'
import { MIN_DATAPOINTS, TRAINING_DAYS } from '../detect/training.ts'
import { type Command, COMMON_OPTIONS, type CommandContext } from './command.ts'
import { demoReport } from './demo-report.ts'
import { type Options, usage, valued } from './options.ts'
import { packageRoot } from './package-root.ts'
import { profilesForRun } from './profiles.ts'
import { MODEL_OPTION, readModel } from './model-options.ts'
import { interrupted, untilStopped } from './stopping.ts'
import { conclude } from './summary.ts'

const DEFAULT_OUT: string = join('out', 'asd-alarms.ndjson')

export const demoCommand: Command = {
  name: 'demo',
  summary: 'Replay the data that comes along, and compare the alarms with known incidents.',
  usage: '[options]',
  description:
    'Replays 38 days of twelve application servers (data/asd): two weeks of learning, then alarms. ' +
    'Which of the incidents their operators reported were met is told on stdout.',
  options: {
    out: valued('FILE', `Where the violation events go (default ${DEFAULT_OUT}).`),
    ...MODEL_OPTION,
    workers: valued('N', "Worker threads (default: the machine's cores)."),
    ...COMMON_OPTIONS,
  },
  examples: [
    { line: 'fleet-detect demo', meaning: 'What "npm start" does.' },
    {
      line: 'fleet-detect demo --quiet && jq -r .explanation.text out/asd-alarms.ndjson',
      meaning: 'Why each alarm was raised, in words.',
    },
  ],
  run: runDemo,
}

async function runDemo(options: Options, { io, messages }: CommandContext): Promise<number> {
  const [unexpected] = options.positionals
  if (unexpected !== undefined) throw usage(`unexpected argument "${unexpected}"`)
  const folder = join(packageRoot(), 'data', 'asd')
  const out = options.text('out') ?? DEFAULT_OUT
  const threads = options.count('workers', availableParallelism())
  const profilePath = join(folder, 'security-profile.json')
  const profiles = profilesForRun([profilePath], DEFAULT_WINDOW_MS, null, messages)
  mkdirSync(dirname(out), { recursive: true })
  const run: ReplayOptions = {
    profiles,
    thingsFile: null,
    maintenanceFile: null,
    dimensionsFile: null,
    windowMs: DEFAULT_WINDOW_MS,
    model: readModel(options),
    modelFixed: true,
    minDays: TRAINING_DAYS,
    minDatapoints: MIN_DATAPOINTS,
    threads,
    maxThings: Number.POSITIVE_INFINITY,
    archive: null,
    state: null,
    out,
    rejects: null,
    outArrow: null,
    scores: null,
    retainDays: null,
    format: null,
    thing: null,
    checkpointMs: MINUTE_MS,
    inputs: [join(folder, 'datapoints.csv.gz')],
    from: null,
    to: null,
  }
  const { replay } = await import('../compose.ts')
  const summary = await untilStopped(io, messages, (stop) => replay(run, messages, stop))
  const code = conclude('demo', summary, { ...run, events: true }, false, messages)
  if (summary.interrupted) return interrupted(null, messages)
  const labels = JSON.parse(readFileSync(join(folder, 'labels.json'), 'utf8')) as LabelsFile
  const report = demoReport(profiles, labels, readEvents(out), DEFAULT_WINDOW_MS)
  messages.note('')
  await io.stdout.write(`${report.join('\n')}\n`)
  return code
}

function readEvents(path: string): ViolationEvent[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ViolationEvent)
}
