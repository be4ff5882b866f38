import type { StreamOptions } from '../compose.ts'
import { MINUTE_MS, SECOND_MS } from '../domain/time.ts'
import { type Command, COMMON_OPTIONS, type CommandContext } from './command.ts'
import { durationText } from './figures.ts'
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
import { untilStopped } from './stopping.ts'
import { conclude } from './summary.ts'

const DEFAULT_LATENESS_MS: number = 5 * MINUTE_MS
const DEFAULT_IDLE_MS: number = 60 * SECOND_MS

export const streamCommand: Command = {
  name: 'stream',
  summary: 'Learn and alarm over datapoints as they come: stdin, or a file that grows.',
  usage: '--profile P --state DIR [options]',
  description:
    'Evaluates datapoints from standard input (or a growing file) until the input ends or SIGINT or ' +
    'SIGTERM arrives; then what is under way is finished, a checkpoint written, and the exit code is 0. ' +
    'Started again with the same --state it goes on where it stopped.',
  options: {
    ...PROFILE_OPTIONS,
    ...KEEPING_OPTIONS,
    file: valued('F', 'Follow a file as it grows (and is rotated) instead of reading stdin.'),
    lateness: valued(
      'T',
      `How long windows wait for rows out of order (default ${durationText(DEFAULT_LATENESS_MS)}); later ones are counted as late.`,
    ),
    'idle-timeout': valued(
      'T|off',
      'Without input for so long, time goes on with the clock and windows close (default 60s).',
    ),
    ...OUTPUT_OPTIONS,
    ...INPUT_OPTIONS,
    ...MODEL_OPTIONS,
    ...MACHINE_OPTIONS,
    ...COMMON_OPTIONS,
  },
  examples: [
    {
      line: 'mosquitto_sub -t "devices/#" | fleet-detect stream --profile profiles/ --state state/',
      meaning: 'Watch a live feed; events come out on stdout, one JSON object per line.',
    },
    {
      line: 'fleet-detect stream --file /var/log/fleet.ndjson --profile fleet.json --state state/ --out events.ndjson',
      meaning: 'Follow a log; after a restart nothing in --out is missing or twice.',
    },
  ],
  run: runStream,
}

async function runStream(options: Options, { io, messages }: CommandContext): Promise<number> {
  const [unexpected] = options.positionals
  if (unexpected !== undefined) {
    throw usage(`unexpected argument "${unexpected}": stream reads stdin, or follows --file F`)
  }
  const state = options.required('state')
  const idle = options.text('idle-timeout')
  const latenessMs = options.duration('lateness', DEFAULT_LATENESS_MS)
  const idleMs = idle === 'off' ? null : options.duration('idle-timeout', DEFAULT_IDLE_MS)
  const run: StreamOptions = {
    ...readRunOptions(options, messages),
    state,
    file: options.text('file'),
    latenessMs,
    idleMs,
  }
  if (run.out === null) messages.stdoutCarriesLines()
  const { stream } = await import('../compose.ts')
  const summary = await untilStopped(io, messages, (stop) => stream(run, messages, stop))
  return conclude('stream', summary, { ...run, events: true }, options.flag('strict'), messages)
}
