import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packageRoot } from '../../src/cli/package-root.ts'
import { DetectError } from '../../src/domain/errors.ts'
import { show } from '../../src/domain/problem.ts'
import { ENTRANTS, type Entrant } from './entrants.ts'

const ONSET_ROWS = 48

export const HELP: string = `Usage: npm run quality -- [options]

Judges our models and simple baselines on labelled data: the score of the Numenta Anomaly Benchmark on
its corpus, recall and false alarms on fleets, side by side with the goals.

Options:
  --data DIR     Folder of sets: <set>.csv.gz (thing,metric,timestamp,value) with <set>.labels.json,
                 or <set>/ with datapoints.csv.gz and labels.json (default: the project's own data).
  --sets A,B     Only these sets.
  --only A,B     Only models and baselines whose names contain one of these.
  --onset ROWS   NAB: an alarm begins where no score of so many rows before is as high (default ${ONSET_ROWS}).
  --json         Print one JSON object instead of tables.
  --help, -h     Show this help.

Examples:
  npm run quality
      The small set that comes with the project.
  npm run quality -- --data labelled --sets asd,nab
      Two sets of a folder of your own.
  npm run --silent quality -- --only model,dspot --json > quality.json
      Our models beside one baseline, for a program to compare.

Exit codes: 0 success, 1 failure, 2 wrong usage. Results go to stdout, progress to stderr.`

export interface Options {
  data: string
  sets: readonly string[] | null
  entrants: readonly Entrant[]
  onsetRows: number
  json: boolean
}

/** Null when only help is wanted. */
export function readOptions(args: readonly string[]): Options | null {
  const { data, sets, only, onset, json, help } = parsed(args)
  if (help) return null
  return {
    data: data ?? join(packageRoot(), 'data'),
    sets: sets === undefined ? null : sets.split(','),
    entrants: only === undefined ? ENTRANTS : chosen(only),
    onsetRows: onset === undefined ? ONSET_ROWS : wholeNumber(onset),
    json,
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        data: { type: 'string' },
        sets: { type: 'string' },
        only: { type: 'string' },
        onset: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (cause) {
    throw new DetectError('usage', (cause as Error).message, { cause })
  }
}

function chosen(only: string): Entrant[] {
  const parts = only.toLowerCase().split(',')
  const entrants = ENTRANTS.filter(({ name }) =>
    parts.some((part) => name.toLowerCase().includes(part)),
  )
  if (entrants.length > 0) return entrants
  const names = ENTRANTS.map(({ name }) => name).join('; ')
  throw new DetectError('usage', `--only ${show(only)} fits none of: ${names}`)
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new DetectError('usage', `--onset ${show(text)} should be a whole number`)
}
