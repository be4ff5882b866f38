import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BenchData } from './bench-data.ts'
import type { StageResult } from './bench-run.ts'
import { type Command, COMMON_OPTIONS, type CommandContext, EXIT_SUCCESS } from './command.ts'
import { bytesText, counted, grouped, rounded } from './figures.ts'
import type { Messages } from './messages.ts'
import { type Options, toggle, usage, valued } from './options.ts'
import { formatTable } from './table.ts'

const DEFAULT_ROWS = 1_000_000
const DEFAULT_SECONDS = 1

export const benchCommand: Command = {
  name: 'bench',
  summary: 'Measure evaluation throughput on this machine, stage by stage and end to end.',
  usage: '[options]',
  description:
    'Runs every stage of the pipeline over seeded synthetic datapoints on one thread, then a whole ' +
    'replay on all of them, and prints rows per second. Other programs running meanwhile show in it.',
  options: {
    rows: valued('N', `Datapoints to measure with (default ${grouped(DEFAULT_ROWS)}).`),
    seconds: valued('S', `Least time to spend on each stage (default ${DEFAULT_SECONDS}).`),
    workers: valued('N', "Worker threads of the replay (default: the machine's cores)."),
    json: toggle('Print the results as one JSON object.'),
    ...COMMON_OPTIONS,
  },
  examples: [
    { line: 'fleet-detect bench', meaning: 'A table for people, in about twenty seconds.' },
    {
      line: 'fleet-detect bench --rows 5000000 --json > bench.json',
      meaning: 'More rows, for a program to compare.',
    },
  ],
  run: runBench,
}

async function runBench(options: Options, { io, messages }: CommandContext): Promise<number> {
  const [unexpected] = options.positionals
  if (unexpected !== undefined) throw usage(`unexpected argument "${unexpected}"`)
  const rows = options.count('rows', DEFAULT_ROWS, 1_000)
  const seconds = options.amount('seconds', DEFAULT_SECONDS)
  const threads = options.count('workers', availableParallelism())
  messages.note(`making ${counted(rows, 'datapoint')}`)
  const { benchData } = await import('./bench-data.ts')
  const data = benchData(rows)
  const results = await measure(data, threads, seconds * 1_000, messages)
  const machine = {
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    threads,
    rows: data.rows,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1_024,
  }
  const text = options.flag('json')
    ? JSON.stringify({ ...machine, stages: results }, null, 2)
    : resultLines(results, machine).join('\n')
  await io.stdout.write(`${text}\n`)
  return EXIT_SUCCESS
}

async function measure(
  data: BenchData,
  threads: number,
  ms: number,
  messages: Messages,
): Promise<StageResult[]> {
  const { runStages } = await import('./bench-run.ts')
  const { benchStages } = await import('./bench-stages.ts')
  const { replayStage } = await import('./bench-replay.ts')
  const scratch = mkdtempSync(join(tmpdir(), 'fleet-detect-bench-'))
  try {
    const stages = [...benchStages(data), replayStage(data, threads, scratch)]
    return await runStages(stages, ms, (name) => messages.note(name))
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

function resultLines(
  results: readonly StageResult[],
  machine: { node: string; cpu: string; cores: number; peakMemoryBytes: number },
): string[] {
  const rows = results.map(({ name, rows, rowsPerSecond, nsPerRow, bytesPerSecond, runs }) => [
    name,
    grouped(rows),
    rounded(rowsPerSecond),
    nsPerRow < 1_000 ? nsPerRow.toPrecision(3) : grouped(nsPerRow),
    bytesPerSecond === null ? '' : `${bytesText(bytesPerSecond)}/s`,
    grouped(runs),
  ])
  const titles = ['stage', 'rows', 'rows/s', 'ns/row', 'input', 'runs']
  const { node, cpu, cores, peakMemoryBytes } = machine
  return [
    ...formatTable([titles, ...rows], ['left', 'right', 'right', 'right', 'right', 'right'], 0),
    '',
    `Medians. Node ${node}, ${cpu} (${counted(cores, 'core')}), peak memory ${bytesText(peakMemoryBytes)}.`,
  ]
}
