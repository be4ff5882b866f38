import { parseOptions, toggle, valued } from '../../src/cli/options.ts'
import { DetectError } from '../../src/domain/errors.ts'
import { readLabels } from '../quality/load.ts'
import { picture } from './picture.ts'
import { readScores } from './read-scores.ts'

const OPTIONS = {
  scores: valued('FILE.csv', 'What "fleet-detect replay --scores FILE.csv" wrote.'),
  labels: valued('FILE', 'What experts said about it, as JSON.'),
  thing: valued('T', 'Of this thing ...'),
  metric: valued('M', '... this metric ...'),
  from: valued('T', '... from this time on ...'),
  to: valued('T', '... to before this one.'),
  title: valued('TEXT', 'What stands above it (default: thing and metric).'),
  help: toggle('Show this help.'),
}

const HELP = `Usage: npm run --silent picture -- --scores FILE.csv --thing T --metric M --from T --to T > FILE.svg

Draws one metric of one thing as SVG: measured, normal at each of the metric's behaviors, labelled
stretches, and the datapoints that reach a confidence level.

Options:
${Object.entries(OPTIONS)
  .map(([name, { value, help }]) => `  ${`--${name} ${value ?? ''}`.padEnd(20)} ${help}`)
  .join('\n')}

Exit codes: 0 success, 1 failure, 2 wrong usage.`

export interface Output {
  /** The picture. */
  result(text: string): void
  problem(line: string): void
}

/** Draws with the arguments of the command line; resolves to the exit code. */
export async function runPicture(args: readonly string[], output: Output): Promise<number> {
  try {
    output.result(await drawn(args))
    return 0
  } catch (error) {
    if (!(error instanceof DetectError)) throw error
    output.problem(`picture: ${error.message}`)
    return error.kind === 'usage' ? 2 : 1
  }
}

async function drawn(args: readonly string[]): Promise<string> {
  const options = parseOptions(args, OPTIONS)
  if (options.flag('help')) return `${HELP}\n`
  const [thing, metric] = [options.required('thing'), options.required('metric')]
  const [from, to] = [options.moment('from'), options.moment('to')]
  if (from === null || to === null || from >= to) {
    throw new DetectError('usage', '--from and --to should be two times, the earlier one first')
  }
  const excerpt = { thing, metric, from, to }
  const labelsPath = options.text('labels')
  const labels = labelsPath === null ? [] : readLabels(labelsPath).labels
  const series = await readScores(options.required('scores'), excerpt)
  const title = options.text('title') ?? `${metric} of ${thing}`
  return picture({ ...excerpt, title, series, labels })
}
