/** `npm run bench -- [options]`: measures the program on your own machine; `--help` has the options. */
import { DetectError } from '../src/domain/errors.ts'
import { benchFlood, floodTable } from './flood.ts'
import { benchJob, type JobResult, jobTable } from './job.ts'
import { HELP, type Options, readOptions } from './options.ts'
import { benchServe, serveTable } from './serve.ts'
import { benchStages } from './stages/all.ts'
import { type StageResult, stageTable } from './stages/stage.ts'

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === null) console.log(HELP)
  else if (options.only === 'serve')
    show('serve', await benchServe(options.quick), serveTable, options)
  else if (options.only === 'flood') {
    show('flood', await benchFlood(options.quick ? 10_000 : 100_000), floodTable, options)
  } else await benchPipeline(options)
}

function show<Result>(
  name: string,
  result: Result,
  table: (result: Result) => string,
  { json }: Options,
): void {
  console.log(json ? JSON.stringify({ node: process.version, [name]: result }) : table(result))
}

async function benchPipeline({ only, things, rounds, quick, json }: Options): Promise<void> {
  const stages = only === 'job' ? [] : await benchStages(quick)
  const job =
    only === 'stages' ? [] : await benchJob({ things, rounds, formats: ['parquet', 'ndjson'] })
  if (json) console.log(JSON.stringify({ node: process.version, stages, job }, null, 2))
  else print(stages, job)
}

function print(stages: readonly StageResult[], job: readonly JobResult[]): void {
  if (stages.length > 0) console.log(`${stageTable(stages)}\n`)
  if (job.length > 0) console.log(`${job[0]!.rows} rows\n${jobTable(job)}`)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof DetectError && error.kind === 'usage')) throw error
  console.error(`${error.message}\n\n${HELP}`)
  process.exitCode = 2
}
