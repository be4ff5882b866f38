import { totalmem } from 'node:os'
import { chooseModel } from '../detect/model-choice.ts'
import type { SecurityProfile } from '../domain/behavior.ts'
import { MODEL_NAMES, type ModelName } from '../stats/model-kinds.ts'
import { bytesText, grouped } from './figures.ts'
import type { Messages } from './messages.ts'
import { readBytes } from './option-values.ts'
import { type Options, type OptionSpecs, usage, valued } from './options.ts'

const DEFAULT_MODEL: ModelName = 'quantile'
const HELP = `Kind of model: ${MODEL_NAMES.join(', ')} (default ${DEFAULT_MODEL}). full learns each thing by itself, compact does so in 96 bytes a thing and behavior, quantile learns the values of all things alike.`

/** For commands that know their fleet. */
export const MODEL_OPTION: OptionSpecs = { model: valued('M', HELP) }

export const MODEL_CHOICE: OptionSpecs = {
  model: valued('M', `${HELP} auto is full where --memory allows it, else compact.`),
  memory: valued(
    'BYTES',
    "What --model auto may take for --max-things things: 800MB, 4GB, auto (the default: half of the machine's).",
  ),
}

export function readModel(options: Options): ModelName {
  return options.choice('model', MODEL_NAMES) ?? DEFAULT_MODEL
}

/** `--model auto` is decided before the run begins, by what a fleet of that size would take. */
export function modelFor(
  options: Options,
  profiles: readonly SecurityProfile[],
  windowMs: number,
  messages: Messages,
): ModelName {
  const memory = options.text('memory')
  if (options.text('model') !== 'auto') {
    if (memory !== null) throw usage('--memory is for --model auto')
    return readModel(options)
  }
  if (options.text('max-things') === null) {
    throw usage('--model auto needs --max-things N: how large the fleet may become')
  }
  const things = options.count('max-things', 0)
  const budget =
    memory === null || memory === 'auto' ? totalmem() / 2 : readBytes('--memory', memory)
  const { model, series, bytes } = chooseModel(profiles, things, windowMs, budget)
  const needed = `${grouped(series)} series of things and behaviors take up to ${bytesText(bytes)}`
  messages.note(`--model auto: ${model}, whose ${needed} of ${bytesText(budget)}`)
  if (bytes > budget) messages.warn(`--memory is too small: ${needed}`)
  return model
}
