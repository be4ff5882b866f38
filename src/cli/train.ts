import type { TrainOptions } from '../compose.ts'
import { type Command, COMMON_OPTIONS, type CommandContext } from './command.ts'
import { type Options, usage, valued } from './options.ts'
import { MACHINE_OPTIONS, MODEL_OPTIONS, PROFILE_OPTIONS, readRunOptions } from './run-options.ts'
import { interrupted, untilStopped } from './stopping.ts'
import { conclude } from './summary.ts'

export const trainCommand: Command = {
  name: 'train',
  summary: "Fit models from an archive's datapoints, for stream and replay to start with.",
  usage: '--profile P --archive DIR --state DIR [options]',
  description:
    'Fits the models of all learned behaviors on the trailing 14 days of an archive and writes them to ' +
    'a state directory. A stream or replay started with that --state scores from its first window on.',
  options: {
    ...PROFILE_OPTIONS,
    archive: valued('DIR', 'The archive that replay or stream wrote.'),
    state: valued('DIR', 'Where to write the models.'),
    to: valued('T', 'Leave out datapoints from this time on.'),
    ...MODEL_OPTIONS,
    ...MACHINE_OPTIONS,
    ...COMMON_OPTIONS,
  },
  examples: [
    {
      line: 'fleet-detect train --profile profiles/ --archive archive/ --state state/',
      meaning: 'Build models for new behaviors from what is already there.',
    },
  ],
  run: runTrain,
}

async function runTrain(options: Options, { io, messages }: CommandContext): Promise<number> {
  const [unexpected] = options.positionals
  if (unexpected !== undefined) {
    throw usage(`unexpected argument "${unexpected}": train reads --archive DIR`)
  }
  const archive = options.required('archive')
  const state = options.required('state')
  const to = options.moment('to')
  const run: TrainOptions = { ...readRunOptions(options, messages), archive, state, to }
  const { train } = await import('../compose.ts')
  const summary = await untilStopped(io, messages, (stop) => train(run, messages, stop))
  const code = conclude('train', summary, { ...run, events: false }, false, messages)
  return summary.interrupted ? interrupted(run.state, messages) : code
}
