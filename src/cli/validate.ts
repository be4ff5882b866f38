import { describeProfile } from '../domain/describe-profile.ts'
import { formatProblem } from '../domain/problem.ts'
import { DEFAULT_WINDOW_MS } from '../domain/time.ts'
import {
  type Command,
  COMMON_OPTIONS,
  type CommandContext,
  EXIT_FAILURE,
  EXIT_SUCCESS,
} from './command.ts'
import { counted } from './figures.ts'
import { readWindow } from './option-values.ts'
import { type Options, toggle, usage } from './options.ts'
import { dimensionProblems, loadProfiles } from './profiles.ts'
import { MODEL_OPTIONS, PROFILE_OPTIONS } from './run-options.ts'

export const validateCommand: Command = {
  name: 'validate',
  summary: 'Check security profiles: every error with its place, in words; warnings too.',
  usage: '<profile>... [options]',
  description:
    'Reads security profiles (files, or directories of .json files) and lists all that is wrong or ' +
    'suspicious in them, one line each, on stdout. Exits with 1 when there are errors.',
  options: {
    'things-file': PROFILE_OPTIONS['things-file']!,
    dimensions: PROFILE_OPTIONS.dimensions!,
    window: MODEL_OPTIONS.window!,
    json: toggle('Print profiles and problems as one JSON object.'),
    ...COMMON_OPTIONS,
  },
  examples: [
    { line: 'fleet-detect validate profiles/', meaning: 'Check all profiles of a directory.' },
    {
      line: 'fleet-detect validate fleet.json --things-file things.json --json',
      meaning: 'Check a profile and what it is attached to, for a program to read.',
    },
  ],
  run: runValidate,
}

async function runValidate(options: Options, { io, messages }: CommandContext): Promise<number> {
  const paths = options.positionals
  if (paths.length === 0) throw usage('no security profile: name files or directories')
  const windowText = options.text('window')
  const windowMs = windowText === null ? DEFAULT_WINDOW_MS : readWindow('--window', windowText)
  const { profiles, problems } = loadProfiles(paths, windowMs, options.text('things-file'))
  problems.push(...dimensionProblems(profiles, options.text('dimensions')))
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const warnings = problems.length - errors
  if (options.flag('json')) {
    const valid = profiles.map(({ name, behaviors }) => ({ name, behaviors: behaviors.length }))
    const result = { profiles: valid, problems, errors, warnings }
    await io.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
  } else {
    for (const problem of problems) await io.stdout.write(`${formatProblem(problem)}\n`)
    for (const profile of errors === 0 ? profiles : []) messages.note(describeProfile(profile))
    messages.note(`${counted(errors, 'error')}, ${counted(warnings, 'warning')}`)
  }
  return errors === 0 ? EXIT_SUCCESS : EXIT_FAILURE
}
