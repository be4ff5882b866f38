/** What `npm run bench` is asked for. */
import { parseArgs } from 'node:util'
import { readCount } from '../src/cli/option-values.ts'
import { DetectError } from '../src/domain/errors.ts'
import { show } from '../src/domain/problem.ts'

const PARTS = ['stages', 'job', 'serve', 'flood'] as const
export type Part = (typeof PARTS)[number]

const FLEET = 500
const QUICK_FLEET = 50
const ROUNDS = 5
const QUICK_ROUNDS = 2

export const HELP: string = `Usage: npm run bench -- [options]

Measures the stages by themselves, then the whole job beside DuckDB, and polars where it is installed.

Options:
  --only PART   One part: ${PARTS.join(', ')}. The service (serve) and a flood of its events
                are measured only when they are asked for.
  --things N    Things of the job's fleet (default ${FLEET}, with --quick ${QUICK_FLEET}).
  --rounds N    Rounds of the job, of which medians are taken (default ${ROUNDS}, with --quick ${QUICK_ROUNDS}).
  --quick       Small data and few rounds: shows that everything runs, and little more.
  --json        Print one JSON object instead of tables.
  --help, -h    Show this help.

Examples:
  npm run bench -- --only stages
      Ingest, route, archive and the models' kernels.
  chrt -r 10 npm run bench -- --only job --rounds 7
      The whole job, undisturbed by other work (needs the right to real-time priority).

Exit codes: 0 success, 1 failure, 2 wrong usage. Results go to stdout, progress to stderr.`

export interface Options {
  /** Null: stages and job. */
  only: Part | null
  things: number
  rounds: number
  quick: boolean
  json: boolean
}

/** Null when only help is wanted. Throws usage errors. */
export function readOptions(args: readonly string[]): Options | null {
  const { only, things, rounds, quick, json, help } = parsed(args)
  if (help) return null
  return {
    only: only === undefined ? null : partNamed(only),
    things: things === undefined ? (quick ? QUICK_FLEET : FLEET) : readCount('--things', things, 1),
    rounds:
      rounds === undefined ? (quick ? QUICK_ROUNDS : ROUNDS) : readCount('--rounds', rounds, 1),
    quick,
    json,
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        things: { type: 'string' },
        rounds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (cause) {
    throw new DetectError('usage', (cause as Error).message, { cause })
  }
}

function partNamed(name: string): Part {
  const part = PARTS.find((known) => known === name)
  if (part !== undefined) return part
  throw new DetectError('usage', `--only ${show(name)} is none of ${PARTS.join(', ')}`)
}
