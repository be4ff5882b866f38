import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describeProfile } from '../domain/describe-profile.ts'
import { DetectError } from '../domain/errors.ts'
import { hasErrors } from '../domain/problem.ts'
import { DEFAULT_WINDOW_MS } from '../domain/time.ts'
import {
  type Command,
  COMMON_OPTIONS,
  type CommandContext,
  EXIT_FAILURE,
  EXIT_SUCCESS,
} from './command.ts'
import { type Options, toggle, usage } from './options.ts'
import { loadProfiles } from './profiles.ts'

/** What there is to say about a thing on disk: for people, and for programs. */
export interface Inspection {
  lines: string[]
  json: unknown
}

export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'Show what is in an archive, a state directory (models, alarms) or a profile.',
  usage: '<path> [options]',
  description:
    'Tells by itself what the path is: an archive (or one Parquet file of datapoints), a state ' +
    'directory with its checkpoint, models and standing alarms, or a security profile.',
  options: { json: toggle('Print it as one JSON object.'), ...COMMON_OPTIONS },
  examples: [
    {
      line: 'fleet-detect inspect archive/',
      meaning: 'Metrics, days, rows, bytes and things of an archive.',
    },
    {
      line: 'fleet-detect inspect state/ --json | jq .behaviors',
      meaning: 'Models, thresholds and standing alarms of a checkpoint.',
    },
    {
      line: 'fleet-detect inspect profiles/fleet.json',
      meaning: 'What a profile says, in plain words.',
    },
  ],
  run: runInspect,
}

async function runInspect(options: Options, { io, messages }: CommandContext): Promise<number> {
  const [path, unexpected] = options.positionals
  if (path === undefined) throw usage('no path: name an archive, a state directory or a profile')
  if (unexpected !== undefined) throw usage(`unexpected argument "${unexpected}"`)
  const kind = kindOf(path)
  let code = EXIT_SUCCESS
  let inspection: Inspection
  if (kind === 'profile') {
    const { profiles, problems } = loadProfiles([path], DEFAULT_WINDOW_MS, null)
    for (const problem of problems) messages.problem(problem)
    if (hasErrors(problems)) code = EXIT_FAILURE
    inspection = {
      lines: profiles.flatMap((profile) => describeProfile(profile).split('\n')),
      json: { kind, profiles },
    }
  } else if (kind === 'state') {
    const { inspectState } = await import('./inspect-state.ts')
    inspection = inspectState(path)
  } else {
    const { inspectArchive, inspectParquet } = await import('./inspect-archive.ts')
    inspection = kind === 'archive' ? inspectArchive(path) : inspectParquet(path)
  }
  const { lines, json } = inspection
  const text = options.flag('json') ? JSON.stringify(json, null, 2) : lines.join('\n')
  if (text !== '') await io.stdout.write(`${text}\n`)
  return code
}

type Kind = 'archive' | 'parquet' | 'state' | 'profile'

function kindOf(path: string): Kind {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw new DetectError('input', `${path}: no such file or directory`)
  if (!stat.isDirectory()) return path.endsWith('.parquet') ? 'parquet' : 'profile'
  if (existsSync(join(path, 'checkpoint.bin'))) return 'state'
  const names = readdirSync(path)
  if (names.some((name) => name === 'things.parquet' || name.startsWith('metric='))) {
    return 'archive'
  }
  if (names.some((name) => name.endsWith('.json'))) return 'profile'
  throw new DetectError(
    'input',
    `${path}: neither an archive, nor a state directory, nor a directory of profiles`,
  )
}
