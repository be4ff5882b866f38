import type { ReplayOptions } from '../compose.ts'
import { type Command, COMMON_OPTIONS, type CommandContext } from './command.ts'
import { type Options, usage, valued } from './options.ts'
import {
  INPUT_OPTIONS,
  KEEPING_OPTIONS,
  MACHINE_OPTIONS,
  MODEL_OPTIONS,
  OUTPUT_OPTIONS,
  PROFILE_OPTIONS,
  readRunOptions,
} from './run-options.ts'
import { interrupted, untilStopped } from './stopping.ts'
import { conclude } from './summary.ts'

export const replayCommand: Command = {
  name: 'replay',
  summary: 'Learn and alarm over recorded datapoints: files, directories, an archive, stdin.',
  usage: '<files|dirs|->... --profile P [options]',
  description:
    'Evaluates recorded datapoints as if they arrived now: models are built and refreshed on the way, ' +
    'alarms open and clear. Input may be in any order; it is sorted first where it has to be. ' +
    'Directories are read at any depth; "-" is standard input. The same input gives the same events.',
  options: {
    ...PROFILE_OPTIONS,
    from: valued('T', 'Write only events from this time on; models learn from everything.'),
    to: valued('T', 'Leave out datapoints from this time on.'),
    ...OUTPUT_OPTIONS,
    ...INPUT_OPTIONS,
    ...KEEPING_OPTIONS,
    ...MODEL_OPTIONS,
    ...MACHINE_OPTIONS,
    ...COMMON_OPTIONS,
  },
  examples: [
    {
      line: 'fleet-detect replay history/*.ndjson.gz --profile profiles/ --out events.ndjson',
      meaning: 'Replay files and keep the events.',
    },
    {
      line: 'zcat day.csv.gz | fleet-detect replay - --profile fleet.json --archive archive/ --state state/',
      meaning: 'Read standard input; keep datapoints, models and alarms to go on from tomorrow.',
    },
    {
      line: 'fleet-detect replay archive/ --profile new.json --from 2026-01-19 --quiet | jq .thingName',
      meaning: 'Try a profile on an archive; only what it raises from a date on counts.',
    },
  ],
  run: runReplay,
}

async function runReplay(options: Options, { io, messages }: CommandContext): Promise<number> {
  const inputs = options.positionals
  if (inputs.length === 0) throw usage('no input: name files, directories, or - for standard input')
  const from = options.moment('from')
  const to = options.moment('to')
  if (from !== null && to !== null && from >= to) {
    throw usage(`--from "${options.text('from')}" should be before --to "${options.text('to')}"`)
  }
  const run: ReplayOptions = { ...readRunOptions(options, messages), inputs, from, to }
  if (run.out === null) messages.stdoutCarriesLines()
  const { replay } = await import('../compose.ts')
  const summary = await untilStopped(io, messages, (stop) => replay(run, messages, stop))
  const code = conclude(
    'replay',
    summary,
    { ...run, events: true },
    options.flag('strict'),
    messages,
  )
  return summary.interrupted ? interrupted(run.state, messages) : code
}
