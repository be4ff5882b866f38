import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DetectError } from '../domain/errors.ts'
import { type Command, COMMON_OPTIONS, type CommandContext, EXIT_SUCCESS } from './command.ts'
import { counted } from './figures.ts'
import { type Options, valued } from './options.ts'
import { storeAtRest } from './store-at-rest.ts'

export const exportCommand: Command = {
  name: 'export',
  summary: 'Write profiles, groups, things and actions to files that import brings back.',
  usage: '--data DIR --out DIR [options]',
  description:
    'Writes all that `import` reads, as `aws iot describe-...` prints it: a file for each security ' +
    'profile, thing group, custom metric, dimension, mitigation action and policy, one line for ' +
    'each thing, one file of mitigation rules, and a things file with the members of groups and what profiles are attached to. ' +
    'Importing it into an empty data directory gives the same again. Alarms, ' +
    'what was learned and access keys are not in it. Works on the data directory itself: no server may be running on it.',
  options: {
    data: valued('DIR', 'The data directory.'),
    out: valued('DIR', 'Where to write; it must be empty, or not there yet.'),
    ...COMMON_OPTIONS,
  },
  examples: [
    { line: 'fleet-detect export --data fleet --out backup', meaning: 'Back up a configuration.' },
    {
      line: 'fleet-detect replay log.ndjson --profile backup/security-profiles --things-file backup/things-file.json',
      meaning: 'Replay with the profiles and groups of the service.',
    },
  ],
  run: runExport,
}

async function runExport(options: Options, { messages }: CommandContext): Promise<number> {
  const directory = options.required('data')
  const out = options.required('out')
  if (existsSync(out) && readdirSync(out).length > 0) {
    throw new DetectError('input', `${out}: there is something in it already`)
  }
  const store = storeAtRest(directory, 'refuse')
  try {
    const { exportFiles } = await import('../api/transfer/export.ts')
    let files = 0
    for (const { path, text } of exportFiles(store.database)) {
      const file = join(out, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
      files++
    }
    messages.note(`wrote ${counted(files, 'file')} to ${out}`)
    return EXIT_SUCCESS
  } finally {
    store.close()
  }
}
