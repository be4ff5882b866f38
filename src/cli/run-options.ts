import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { SCORE_EXTENSIONS } from '../adapters/score-table.ts'
import type { RunOptions } from '../compose.ts'
import { MIN_DATAPOINTS, TRAINING_DAYS } from '../detect/training.ts'
import { DEFAULT_WINDOW_MS, SECOND_MS } from '../domain/time.ts'
import { type Format, FORMATS } from '../formats/sniff.ts'
import { durationText, grouped } from './figures.ts'
import type { Messages } from './messages.ts'
import { MODEL_CHOICE, type ModelPlan, planModel } from './model-options.ts'
import { readWindow } from './option-values.ts'
import { type Options, type OptionSpecs, repeated, toggle, usage, valued } from './options.ts'
import { profilesForRun } from './profiles.ts'

const FORMAT_NAMES = Object.keys(FORMATS) as Format[]
const DEFAULT_CHECKPOINT_MS: number = 30 * SECOND_MS

/** What to watch for. */
export const PROFILE_OPTIONS: OptionSpecs = {
  profile: repeated('P', "Security profiles in AWS's JSON: a file, or a directory of .json files."),
  'things-file': valued(
    'G',
    'Groups of things and what each profile is attached to, as JSON; without it every profile watches all things.',
  ),
  dimensions: valued(
    'FILE',
    'The dimensions that behaviors use, as `aws iot describe-dimension` prints them: one or several.',
  ),
  maintenance: valued(
    'FILE',
    'Periods, of all things or some, that are judged but not learned, as JSON: {"periods": [{"from": T, "to": T, "things": [...]}]}.',
  ),
}

/** How to learn. */
export const MODEL_OPTIONS: OptionSpecs = {
  window: valued(
    'T',
    `Length of the windows that make datapoints (default ${durationText(DEFAULT_WINDOW_MS)}); it must divide a day.`,
  ),
  ...MODEL_CHOICE,
  'min-datapoints': valued(
    'N',
    `Datapoints a behavior needs before its model is built (default ${grouped(MIN_DATAPOINTS)}, as AWS).`,
  ),
  'min-days': valued(
    'N',
    `Days of collection a behavior needs before its model is built (default ${TRAINING_DAYS}, as AWS).`,
  ),
}

/** What the machine gives. */
export const MACHINE_OPTIONS: OptionSpecs = {
  workers: valued(
    'N',
    "Worker threads (default: the machine's cores). Results do not depend on it.",
  ),
  'max-things': valued(
    'N',
    'Things to keep in memory (default: as many as the model has room for, at most 1,000,000); rows of further ones are counted and refused.',
  ),
}

export const INPUT_OPTIONS: OptionSpecs = {
  format: valued(
    'F',
    `Input format: ${FORMAT_NAMES.join(', ')} (default: what the content says). Gzip is undone unasked.`,
  ),
  thing: valued('NAME', 'The thing that rows without a name of their own belong to.'),
}

export const OUTPUT_OPTIONS: OptionSpecs = {
  out: valued('FILE', 'Write violation events (NDJSON) to a file instead of stdout.'),
  scores: valued(
    'FILE',
    'Write every evaluated datapoint with its scores and expected range to a .csv, .ndjson or .parquet file.',
  ),
  'out-arrow': valued('FILE', 'Write every scored datapoint to a file, as an Arrow stream.'),
  rejects: valued('FILE', 'Write refused rows (NDJSON, with place and reason) to a file.'),
  strict: toggle('Exit with 1, after finishing, if any row was refused.'),
}

export const KEEPING_OPTIONS: OptionSpecs = {
  archive: valued('DIR', 'Keep every datapoint in Parquet files: for replay, train and queries.'),
  'retain-days': valued('N', 'Days of datapoints to keep in the archive (default: all).'),
  state: valued('DIR', 'Keep models, alarms and position in checkpoints; go on from the last one.'),
  'checkpoint-interval': valued(
    'T',
    `Time between checkpoints (default ${durationText(DEFAULT_CHECKPOINT_MS)}); 0s: one after each piece of input.`,
  ),
}

function readScores(path: string | null): string | null {
  if (path !== null && !SCORE_EXTENSIONS.includes(extname(path))) {
    throw usage(`--scores ${path} should end in ${SCORE_EXTENSIONS.join(', ')}`)
  }
  return path
}

/** Reads all of the above as far as the command has it. Profiles are read, and checked, from disk. */
export function readRunOptions(options: Options, messages: Messages): RunOptions {
  const windowText = options.text('window')
  const windowMs = windowText === null ? DEFAULT_WINDOW_MS : readWindow('--window', windowText)
  const retained = options.text('retain-days')
  const thingsFile = options.text('things-file')
  options.required('profile')
  const archive = options.text('archive')
  if (retained !== null && archive === null) throw usage('--retain-days needs --archive DIR')
  const checkpointMs = options.duration('checkpoint-interval', DEFAULT_CHECKPOINT_MS)
  if (checkpointMs > 0 && checkpointMs < SECOND_MS) {
    throw usage('--checkpoint-interval should be at least 1s, or 0s')
  }
  const read: Omit<RunOptions, 'profiles' | keyof ModelPlan> = {
    thingsFile,
    maintenanceFile: options.text('maintenance'),
    dimensionsFile: options.text('dimensions'),
    windowMs,
    minDays: options.count('min-days', TRAINING_DAYS),
    minDatapoints: options.count('min-datapoints', MIN_DATAPOINTS),
    threads: options.count('workers', availableParallelism()),
    archive,
    state: options.text('state'),
    out: options.text('out'),
    rejects: options.text('rejects'),
    outArrow: options.text('out-arrow'),
    scores: readScores(options.text('scores')),
    retainDays: retained === null ? null : options.count('retain-days', 0),
    format: options.choice('format', FORMAT_NAMES),
    thing: options.text('thing'),
    checkpointMs,
  }
  const profiles = profilesForRun(options.texts('profile'), windowMs, thingsFile, messages)
  return { profiles, ...planModel(options, profiles, windowMs, messages), ...read }
}
