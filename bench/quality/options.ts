import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readCount } from '../../src/cli/option-values.ts'
import { packageRoot } from '../../src/cli/package-root.ts'
import { DetectError } from '../../src/domain/errors.ts'
import { show } from '../../src/domain/problem.ts'
import { FLEET_SUITES, type FleetOptions, type FleetSuite } from '../../src/synthetic/options.ts'
import { ENTRANTS, type Entrant } from './entrants.ts'

const ONSET_ROWS = 48
/** Of generated fleets; those that report every 45 minutes have a ninth of the datapoints. */
const THINGS: Readonly<Record<FleetSuite, number>> = { uniform: 24, mixed: 24, sparse: 96 }
const DAYS = 35

export const HELP: string = `Usage: npm run quality -- [options]

Judges our models and simple baselines on labelled data: the score of the Numenta Anomaly Benchmark on
its corpus, recall and false alarms on fleets, side by side with the goals.

Options:
  --data DIR     Folder of sets: <set>.csv.gz (thing,metric,timestamp,value) with <set>.labels.json,
                 or <set>/ with datapoints.csv.gz and labels.json (default: the project's own data).
  --sets A,B     Only these sets.
  --fleets A,B   Generated fleets instead (${FLEET_SUITES.join(', ')}), or beside those of --data: what the
                 models find by incident and strength, by metric, false alarms by weekday.
  --things N     Things of each generated fleet (default 24, sparse 96). 192 have an incident of each
                 kind and strength.
  --days N       Their days, the first 14 for training only (default ${DAYS}).
  --seed N       The same seed makes the same fleets (default 1).
  --only A,B     Only models and baselines whose names contain one of these.
  --onset ROWS   NAB: an alarm begins where no score of so many rows before is as high (default ${ONSET_ROWS}).
  --record FILE  Write what our models came to into FILE, for the program to tell (its own is
                 data/model-quality.json).
  --json         Print one JSON object instead of tables.
  --help, -h     Show this help.

Examples:
  npm run quality
      The small set that comes with the project.
  npm run quality -- --data labelled --sets asd,nab
      Two sets of a folder of your own.
  npm run quality -- --fleets mixed,sparse --only model
      Our models on fleets with known attacks.
  npm run --silent quality -- --only model,dspot --json > quality.json
      Our models beside one baseline, for a program to compare.

Exit codes: 0 success, 1 failure, 2 wrong usage. Results go to stdout, progress to stderr.`

/** A fleet to be generated. */
type Fleet = Pick<FleetOptions, 'fleet' | 'things' | 'days' | 'seed'>

export interface Options {
  /** Null for generated fleets only. */
  data: string | null
  sets: readonly string[] | null
  fleets: readonly Fleet[]
  entrants: readonly Entrant[]
  onsetRows: number
  /** Where to write what our models came to; null: nowhere. */
  record: string | null
  json: boolean
}

/** Null when only help is wanted. */
export function readOptions(args: readonly string[]): Options | null {
  const values = parsed(args)
  const { data, sets, fleets, only, onset, record, json, help } = values
  if (help) return null
  return {
    data: data ?? (fleets === undefined ? join(packageRoot(), 'data') : null),
    sets: sets === undefined ? null : sets.split(','),
    fleets: fleets === undefined ? [] : fleets.split(',').map((name) => fleetNamed(name, values)),
    entrants: only === undefined ? ENTRANTS : chosen(only),
    onsetRows: onset === undefined ? ONSET_ROWS : readCount('--onset', onset, 0),
    record: record ?? null,
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
        fleets: { type: 'string' },
        things: { type: 'string' },
        days: { type: 'string' },
        seed: { type: 'string' },
        only: { type: 'string' },
        onset: { type: 'string' },
        record: { type: 'string' },
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

function fleetNamed(
  name: string,
  { things, days, seed }: Partial<Record<'things' | 'days' | 'seed', string>>,
): Fleet {
  const fleet = FLEET_SUITES.find((suite) => suite === name)
  if (fleet === undefined) {
    throw new DetectError('usage', `--fleets ${show(name)} is none of ${FLEET_SUITES.join(', ')}`)
  }
  return {
    fleet,
    things: things === undefined ? THINGS[fleet] : readCount('--things', things, 1),
    days: days === undefined ? DAYS : readCount('--days', days, 15),
    seed: seed === undefined ? 1 : readCount('--seed', seed, 0),
  }
}
