import { DetectError } from '../../src/domain/errors.ts'
import type { Entrant } from './entrants.ts'
import { fleetGoals, LEVEL_GOALS, NAB_GOALS } from './goals.ts'
import { type Breakdown, breakDown } from './generated/breakdown.ts'
import { type GeneratedSet, generatedSet } from './generated/generated-set.ts'
import { isNab, judgeFleets, judgeNab } from './judge.ts'
import { findSets, loadSet } from './load.ts'
import { HELP, type Options, readOptions } from './options.ts'
import { recordQuality } from './record.ts'
import { reportLines, type SetFacts, type SetReport } from './report.ts'
import { judgedAnomalies, type LabelledSet, scoreSet } from './series.ts'

/** Where the judge writes: lines of results, and lines about its progress. */
export interface Output {
  result(line: string): void
  progress(line: string): void
}

/** Runs the judge with the arguments of its command line; resolves to the exit code. */
export async function runQuality(args: readonly string[], output: Output): Promise<number> {
  try {
    const options = readOptions(args)
    if (options === null) {
      output.result(HELP)
      return 0
    }
    await judgeAll(options, output)
    return 0
  } catch (error) {
    if (!(error instanceof DetectError)) throw error
    output.progress(`quality: ${error.message}`)
    return error.kind === 'usage' ? 2 : 1
  }
}

async function judgeAll(options: Options, output: Output): Promise<void> {
  const { entrants, onsetRows, record, json } = options
  const reports: SetReport[] = []
  for await (const set of setsOf(options, output)) {
    const report = judgeSet(set, entrants, onsetRows, output)
    reports.push(report)
    if (!json) for (const line of [...reportLines(report), '']) output.result(line)
  }
  if (record !== null) recordQuality(record, reports)
  if (!json) return
  const goals = { nab: NAB_GOALS, levels: LEVEL_GOALS }
  output.result(JSON.stringify({ node: process.version, goals, sets: reports }, null, 2))
}

/** One at a time: a set takes a lot of memory. */
async function* setsOf(
  { data, sets, fleets }: Options,
  output: Output,
): AsyncGenerator<LabelledSet | GeneratedSet> {
  for (const fleet of fleets) {
    output.progress(`generating ${fleet.things} things: ${fleet.fleet}, seed ${fleet.seed}`)
    yield generatedSet(fleet)
  }
  if (data === null) return
  for (const files of findSets(data, sets)) {
    output.progress(`${files.name}: reading ${files.datapoints}`)
    yield await loadSet(files)
  }
}

function judgeSet(
  set: LabelledSet | GeneratedSet,
  entrants: readonly Entrant[],
  onsetRows: number,
  output: Output,
): SetReport {
  const judged = <T>(judge: (entrant: Entrant) => T): Record<string, T> =>
    Object.fromEntries(
      entrants.map((entrant) => {
        output.progress(`${set.name}: ${entrant.name}`)
        return [entrant.name, judge(entrant)]
      }),
    )
  const facts = factsOf(set)
  if (isNab(set)) {
    const verdicts = judged(({ single }) => judgeNab(set, single, onsetRows))
    return { ...facts, scorer: 'nab', onsetRows, verdicts }
  }
  const breakdowns: Record<string, Breakdown> = {}
  const verdicts = judged(({ name, fleet }) => {
    const scores = scoreSet(set.series, fleet)
    if (fleet.calibrated && 'origins' in set) breakdowns[name] = breakDown(set, scores)
    return judgeFleets(set, scores, fleet.calibrated)
  })
  const parts = 'origins' in set ? breakdowns : null
  return { ...facts, scorer: 'fleets', verdicts, goals: fleetGoals(set), breakdowns: parts }
}

function factsOf({ name, series }: LabelledSet): SetFacts {
  return {
    set: name,
    series: series.length,
    datapoints: series.reduce((sum, { time }) => sum + time.length, 0),
    anomalies: series.reduce((sum, one) => sum + judgedAnomalies(one).length, 0),
  }
}
