import { availableParallelism } from 'node:os'
import type { ServeOptions } from '../compose/serve.ts'
import { MIN_DATAPOINTS, TRAINING_DAYS } from '../detect/training.ts'
import type { SecurityProfile } from '../domain/behavior.ts'
import { ML_METRICS } from '../domain/metric.ts'
import { DAY_MS, DEFAULT_WINDOW_MS, MINUTE_MS, SECOND_MS } from '../domain/time.ts'
import { type Format, FORMATS } from '../formats/sniff.ts'
import { DEFAULT_RETENTION } from '../respond/retention.ts'
import { API_LIMIT_OPTIONS, readApiLimits } from './api-limits.ts'
import {
  type Command,
  COMMON_OPTIONS,
  type CommandContext,
  EXIT_SUCCESS,
  LOG_FORMATS,
} from './command.ts'
import { layeredOptions } from './layered-options.ts'
import { Messages } from './messages.ts'
import { planModel } from './model-options.ts'
import { readWindow } from './option-values.ts'
import { type Options, type OptionSpecs, repeated, toggle, usage, valued } from './options.ts'
import { MACHINE_OPTIONS, MODEL_OPTIONS } from './run-options.ts'
import { untilStopped } from './stopping.ts'

const DEFAULT_PORT = 8080
const DEFAULT_LATENESS_MS: number = 5 * MINUTE_MS
const DEFAULT_IDLE_MS: number = 60 * SECOND_MS
const DEFAULT_CHECKPOINT_MS: number = 60 * SECOND_MS
const METRIC_VALUE_DAYS = 14
const LOOPBACK = ['127.0.0.1', '::1', 'localhost']

const OPTIONS: OptionSpecs = {
  data: valued('DIR', 'The data directory: store, ingest log, checkpoints, archive, access keys.'),
  port: valued('N', `Port to listen on (default ${DEFAULT_PORT}; 0: any that is free).`),
  host: valued('H', 'Address to listen on (default 127.0.0.1).'),
  config: valued('FILE', 'Options as JSON, {"port": 8443, ...}; also FLEET_DETECT_CONFIG.'),
  file: repeated(
    'F',
    'Follow a file of datapoints beside what is posted; - is standard input, of which each start reads all that comes.',
  ),
  format: valued('F', 'Format of followed files (default: what the content says).'),
  region: valued('R', 'Region in ARNs (default us-east-1).'),
  account: valued('N', 'Account in ARNs, 12 digits (default 000000000000).'),
  'no-auth': toggle('Ask nobody for a signature; only on a loopback address.'),
  'tls-cert': valued('FILE', 'Certificate (PEM); with --tls-key the service speaks TLS.'),
  'tls-key': valued('FILE', 'Private key (PEM).'),
  ...API_LIMIT_OPTIONS,
  lateness: valued(
    'T',
    'How long windows wait for rows out of order (default 5m); later ones are counted as late.',
  ),
  'idle-timeout': valued(
    'T|off',
    'Without datapoints for so long, time goes on with the clock and windows close (default 60s).',
  ),
  clock: valued(
    'C',
    'system (default): rows more than 5 min ahead of the clock are refused. event: the datapoints are the clock, for replays and tests.',
  ),
  'checkpoint-interval': valued('T', 'Time between checkpoints (default 60s).'),
  'metric-value-days': valued(
    'N',
    `Days of datapoints to keep for ListMetricValues, backtests and back-filling (default ${METRIC_VALUE_DAYS}), beside the current one; one more is kept, so that as many --min-days can be back-filled.`,
  ),
  notify: valued('FILE', 'Where alarms go: webhooks, SNS, Alertmanager, the log; as JSON.'),
  'metrics-key': toggle('/metrics wants a signature as all else does; else anybody may read it.'),
  'violation-days': valued(
    'N',
    'Days to keep violation events, violations that ended and notifications (default 30).',
  ),
  'task-days': valued('N', 'Days to keep mitigation tasks (default 90).'),
  backfill: toggle(
    'New behaviors learn from the archive first, and have a model at once where it reaches back far enough.',
  ),
  ...MODEL_OPTIONS,
  ...MACHINE_OPTIONS,
  ...COMMON_OPTIONS,
}

export const serveCommand: Command = {
  name: 'serve',
  summary: "Run the service: AWS's Detect API, live evaluation, alarms.",
  usage: '--data DIR [options]',
  description:
    "Serves the control plane of Device Defender Detect in AWS's wire format, takes datapoints with POST /datapoints and " +
    'evaluates them live. What it has acknowledged is on the disk. Each option may also stand in the environment ' +
    '(--min-days: FLEET_DETECT_MIN_DAYS) or in the file of --config; the command line wins over the environment, ' +
    'that over the file. SIGTERM and SIGINT finish what is under way and write a checkpoint.',
  options: OPTIONS,
  examples: [
    {
      line: 'fleet-detect serve --data data/ --port 8080',
      meaning: 'The first start makes an access key and shows it once, on stdout.',
    },
    {
      line: 'fleet-detect serve --config fleet-detect.json --file /var/log/fleet.ndjson',
      meaning:
        'Options from a file, and datapoints from a log that grows beside those that are posted.',
    },
  ],
  run: runServe,
}

async function runServe(given: Options, { io, messages: first }: CommandContext): Promise<number> {
  const options = layeredOptions(given, OPTIONS, io.env, (message) => first.warn(message))
  const logFormat = options.choice('log-format', LOG_FORMATS) ?? 'text'
  const messages = new Messages(io, { quiet: options.flag('quiet'), logFormat })
  const serveOptions = {
    ...readServeOptions(options, messages),
    responding: await readResponding(options),
  }
  const { serve } = await import('../compose/serve.ts')
  await untilStopped(io, messages, (stop) =>
    serve(serveOptions, messages, stop, {
      made: async ({ accessKeyId, secretAccessKey }) => {
        messages.note('an access key was made; it is shown on stdout this once')
        await io.stdout.write(
          `AWS_ACCESS_KEY_ID=${accessKeyId}\nAWS_SECRET_ACCESS_KEY=${secretAccessKey}\n`,
        )
      },
      listening: (url) => messages.note(`listening on ${url}`),
    }),
  )
  return EXIT_SUCCESS
}

function readServeOptions(options: Options, messages: Messages): Omit<ServeOptions, 'responding'> {
  const [unexpected] = options.positionals
  if (unexpected !== undefined)
    throw usage(`unexpected argument "${unexpected}": files come with --file`)
  const data = options.required('data')
  const host = options.text('host') ?? '127.0.0.1'
  const open = options.flag('no-auth')
  if (open && !LOOPBACK.includes(host)) {
    throw usage(`--no-auth is for loopback addresses (${LOOPBACK.join(', ')}), not for ${host}`)
  }
  const windowText = options.text('window')
  const windowMs = windowText === null ? DEFAULT_WINDOW_MS : readWindow('--window', windowText)
  const { model, maxThings } = planModel(options, [FULL_PROFILE], windowMs, messages)
  const idle = options.text('idle-timeout')
  return {
    data,
    host,
    port: readPort(options),
    identity: { region: options.text('region') ?? 'us-east-1', account: readAccount(options) },
    open,
    tls: readTls(options),
    limits: readApiLimits(options),
    windowMs,
    latenessMs: options.duration('lateness', DEFAULT_LATENESS_MS),
    idleMs: idle === 'off' ? null : options.duration('idle-timeout', DEFAULT_IDLE_MS),
    checkpointMs: options.duration('checkpoint-interval', DEFAULT_CHECKPOINT_MS),
    retainDays: options.count('metric-value-days', METRIC_VALUE_DAYS),
    arrivalClock: options.choice('clock', ['system', 'event'] as const) ?? 'system',
    backfill: options.flag('backfill'),
    model,
    maxThings,
    minDays: options.count('min-days', TRAINING_DAYS),
    minDatapoints: options.count('min-datapoints', MIN_DATAPOINTS),
    threads: options.count('workers', availableParallelism()),
    inputs: options.texts('file'),
    format: options.choice('format', Object.keys(FORMATS) as Format[]),
  }
}

async function readResponding(options: Options): Promise<ServeOptions['responding']> {
  const { NO_NOTIFICATIONS, readNotifyFile } = await import('../compose/notify-file.ts')
  const file = options.text('notify')
  const { eventsMs, tasksMs } = DEFAULT_RETENTION
  const violationsMs = options.count('violation-days', eventsMs / DAY_MS) * DAY_MS
  return {
    notify: file === null ? NO_NOTIFICATIONS : readNotifyFile(file),
    retention: {
      eventsMs: violationsMs,
      notificationsMs: violationsMs,
      tasksMs: options.count('task-days', tasksMs / DAY_MS) * DAY_MS,
    },
    metricsNeedKey: options.flag('metrics-key'),
    eventClock: options.text('clock') === 'event',
  }
}

/** Profiles come and go: memory is planned for one that learns all that can be learned. */
const FULL_PROFILE: SecurityProfile = {
  name: '',
  description: '',
  behaviors: ML_METRICS.map(({ name }) => ({
    name,
    metric: name,
    criteria: { kind: 'ml', confidenceLevel: 'HIGH' },
    datapointsToAlarm: 1,
    datapointsToClear: 1,
    suppressAlerts: false,
    source: {},
  })),
  metricsToRetain: [],
  source: {},
}

function readPort(options: Options): number {
  const port = options.count('port', DEFAULT_PORT, 0)
  if (port <= 65_535) return port
  throw usage(`--port ${port} should be at most 65535`)
}

function readAccount(options: Options): string {
  const account = options.text('account') ?? '000000000000'
  if (/^\d{12}$/.test(account)) return account
  throw usage(`--account "${account}" should have 12 digits`)
}

function readTls(options: Options): ServeOptions['tls'] {
  const cert = options.text('tls-cert')
  const key = options.text('tls-key')
  if (cert === null && key === null) return null
  if (cert !== null && key !== null) return { cert, key }
  throw usage('--tls-cert and --tls-key need each other')
}
