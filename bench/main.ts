/**
 * `npm run bench -- [--quick] [--json] [--only stages|job|serve|flood] [--things N] [--rounds N]`: the stages by
 * themselves, then the whole job beside DuckDB (and polars, where it is installed). The service, and
 * a flood of its events, are measured when they are asked for alone.
 */
import { parseArgs } from 'node:util'
import { benchFlood, floodTable } from './flood.ts'
import { benchJob, type JobResult, jobTable } from './job.ts'
import { benchServe, serveTable } from './serve.ts'
import { benchStages } from './stages/all.ts'
import { type StageResult, stageTable } from './stages/stage.ts'

const FLEET = 500
const QUICK_FLEET = 50
const ROUNDS = 5
const QUICK_ROUNDS = 2

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string' },
      things: { type: 'string' },
      rounds: { type: 'string' },
    },
  })
  const { quick, only } = values
  if (only !== undefined && !['stages', 'job', 'serve', 'flood'].includes(only)) {
    throw new RangeError(`--only ${only}: neither stages nor job nor serve nor flood`)
  }
  if (only === 'serve') {
    const serve = await benchServe(quick)
    console.log(values.json ? JSON.stringify({ node: process.version, serve }) : serveTable(serve))
    return
  }
  if (only === 'flood') {
    const flood = await benchFlood(values.quick ? 10_000 : 100_000)
    console.log(values.json ? JSON.stringify({ node: process.version, flood }) : floodTable(flood))
    return
  }
  const stages = only === 'job' ? [] : await benchStages(quick)
  const job =
    only === 'stages'
      ? []
      : await benchJob({
          things: count('things', values.things, quick ? QUICK_FLEET : FLEET),
          rounds: count('rounds', values.rounds, quick ? QUICK_ROUNDS : ROUNDS),
          formats: ['parquet', 'ndjson'],
        })
  if (values.json) console.log(JSON.stringify({ node: process.version, stages, job }, null, 2))
  else print(stages, job)
}

function print(stages: readonly StageResult[], job: readonly JobResult[]): void {
  if (stages.length > 0) console.log(`${stageTable(stages)}\n`)
  if (job.length > 0) console.log(`${job[0]!.rows} rows\n${jobTable(job)}`)
}

function count(option: string, given: string | undefined, usual: number): number {
  if (given === undefined) return usual
  const number = Number(given)
  if (!Number.isSafeInteger(number) || number < 1) {
    throw new RangeError(`--${option} ${given}: not a positive whole number`)
  }
  return number
}

await main()
