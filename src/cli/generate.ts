import { open } from 'node:fs/promises'
import { didYouMean, show } from '../domain/problem.ts'
import { DEFAULT_WINDOW_MS } from '../domain/time.ts'
import type { ColumnFormat } from '../synthetic/encode-columns.ts'
import type { FleetEncoder } from '../synthetic/encoder.ts'
import type { FleetFormat } from '../synthetic/encoders.ts'
import { ALL_METRICS, FLEET_SUITES, type FleetOptions } from '../synthetic/options.ts'
import { type Command, COMMON_OPTIONS, type CommandContext, EXIT_SUCCESS } from './command.ts'
import { bytesText, counted, durationText, grouped, timeText } from './figures.ts'
import type { Io } from './io.ts'
import { type Options, type OptionSpecs, toggle, usage, valued } from './options.ts'

/** Spelled out, because the encoders load only when there is something to encode. */
const COLUMN_FORMATS: readonly ColumnFormat[] = ['parquet', 'arrow']
const FORMATS: readonly (FleetFormat | ColumnFormat)[] = [
  'ndjson',
  'csv',
  ...COLUMN_FORMATS,
  'report-json',
  'report-cbor',
  'export',
  'broker-log',
  'lifecycle',
]

const OPTIONS: OptionSpecs = {
  out: valued('FILE', 'Write the data to a file instead of stdout.'),
  labels: valued('FILE', 'Write the ground truth (incidents, and harmless oddities) as JSON.'),
  format: valued(
    'F',
    `${FORMATS.join(', ')} (default ndjson). Reports carry device-side metrics only, logs cloud-side ones.`,
  ),
  fleet: valued('KIND', `${FLEET_SUITES.join(', ')} (default mixed).`),
  things: valued('N', 'Number of things (default 200; 60 for sparse).'),
  days: valued('N', 'Days of data (default 21).'),
  seed: valued('N', 'The same seed gives the same bytes (default 1).'),
  start: valued('T', 'First moment (default 2026-01-05, a Monday).'),
  cadence: valued(
    'T',
    `Time between two datapoints (default ${durationText(DEFAULT_WINDOW_MS)}, at most 1h).`,
  ),
  metrics: valued('A,B', 'Only these of the 13 ML metrics, with commas between.'),
  'training-days': valued('N', 'Days at the start without incidents (default 14).'),
  'no-incidents': toggle('A fleet in which nothing happens.'),
  clean: toggle('No gaps, skewed clocks, late or repeated rows: sorted by time.'),
  ...COMMON_OPTIONS,
}

export const generateCommand: Command = {
  name: 'generate',
  summary: 'Make datapoints of a synthetic fleet, with the incidents in it as ground truth.',
  usage: '[options]',
  description:
    'Writes the datapoints of a fleet that does not exist: levels, daily and weekly seasons, drift, ' +
    'gaps and late rows as real ones have them, and incidents whose places are known.',
  options: OPTIONS,
  examples: [
    {
      line: 'fleet-detect generate --things 50 --days 21 --out fleet.ndjson --labels truth.json',
      meaning: 'Three weeks of fifty things in a file, and what there is to find in them.',
    },
    {
      line: 'fleet-detect generate --days 1 --clean | fleet-detect replay - --profile p.json --min-days 1',
      meaning: 'Straight into a replay.',
    },
  ],
  run: runGenerate,
}

async function runGenerate(options: Options, { io, messages }: CommandContext): Promise<number> {
  const [unexpected] = options.positionals
  if (unexpected !== undefined) throw usage(`unexpected argument "${unexpected}"`)
  const format = options.choice('format', FORMATS) ?? 'ndjson'
  const [out, labels] = [options.text('out'), options.text('labels')]
  const given = fleetOptionsOf(options)
  const { generateFleet } = await import('../synthetic/generate.ts')
  const fleet = generateFleet(given)
  const encoder = await encoderFor(format, fleet.options.cadenceMs)
  const target = await openTarget(out, io)
  let rows = 0
  let bytes = 0
  try {
    for (const chunk of fleet.chunks()) {
      const encoded = encoder.encode(chunk)
      await target.write(encoded)
      rows += chunk.rows
      bytes += encoded.length
      const time = chunk.time[chunk.rows - 1]!
      messages.status(`${grouped(rows)} rows  at ${timeText(time)}`, { rows, bytes, time })
    }
    const rest = encoder.end()
    await target.write(rest)
    bytes += rest.length
  } finally {
    await target.close()
  }
  const truth = labels === null ? null : fleet.groundTruth()
  if (truth !== null) await writeFile(labels!, `${JSON.stringify(truth, null, 1)}\n`)
  const lines = [
    `generated ${counted(rows, 'datapoint')} of ${counted(fleet.things.length, 'thing')}, ${bytesText(bytes)} to ${out ?? 'stdout'}`,
    ...(truth === null ? [] : [`${counted(truth.labels.length, 'label')} to ${labels}`]),
  ]
  const things = fleet.things.length
  messages.summary(lines, { command: 'generate', rows, bytes, things, out, labels })
  return EXIT_SUCCESS
}

/** Loads only what the format needs. */
async function encoderFor(
  format: FleetFormat | ColumnFormat,
  cadenceMs: number,
): Promise<FleetEncoder> {
  if (format === 'parquet' || format === 'arrow') {
    const { columnEncoderFor } = await import('../synthetic/encode-columns.ts')
    return columnEncoderFor(format)
  }
  const encoders = await import('../synthetic/encoders.ts')
  return encoders.encoderFor(format, cadenceMs)
}

function fleetOptionsOf(options: Options): Partial<FleetOptions> {
  const fleet = options.choice('fleet', FLEET_SUITES)
  const metrics = options.text('metrics')
  const start = options.moment('start')
  return {
    ...(fleet === null ? {} : { fleet }),
    ...(options.flag('things') ? { things: options.count('things', 0) } : {}),
    ...(options.flag('days') ? { days: options.count('days', 0) } : {}),
    ...(start === null ? {} : { start }),
    ...(metrics === null ? {} : { metrics: metrics.split(',').map(metricNamed) }),
    ...(options.flag('training-days')
      ? { trainingDays: options.count('training-days', 0, 0) }
      : {}),
    seed: options.count('seed', 1, 0),
    cadenceMs: options.duration('cadence', DEFAULT_WINDOW_MS),
    incidents: !options.flag('no-incidents'),
    clean: options.flag('clean'),
  }
}

function metricNamed(text: string): string {
  const name = text.trim()
  if (ALL_METRICS.includes(name)) return name
  const hint = didYouMean(name, ALL_METRICS)
  throw usage(`--metrics ${show(name)} should be one of the 13 ML metrics${hint}`)
}

interface Target {
  write(bytes: Uint8Array): Promise<void>
  close(): Promise<void>
}

async function openTarget(out: string | null, io: Io): Promise<Target> {
  if (out === null) return { write: (bytes) => io.stdout.write(bytes), close: async () => {} }
  const file = await open(out, 'w')
  return { write: (bytes) => file.writeFile(bytes), close: () => file.close() }
}

async function writeFile(path: string, text: string): Promise<void> {
  const file = await open(path, 'w')
  await file.writeFile(text)
  await file.close()
}
