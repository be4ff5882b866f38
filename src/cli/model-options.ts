import { totalmem } from 'node:os'
import { bytesPerThing, chooseModel } from '../detect/model-choice.ts'
import type { SecurityProfile } from '../domain/behavior.ts'
import { MODEL_NAMES, type ModelName } from '../stats/model-kinds.ts'
import { bytesText, grouped } from './figures.ts'
import type { Messages } from './messages.ts'
import { readBytes } from './option-values.ts'
import { type Options, type OptionSpecs, usage, valued } from './options.ts'

/** About a gigabyte of windows and alarm states. */
const DEFAULT_MAX_THINGS = 1_000_000
/** A fleet that cannot have so many things in the full model is given the compact one. */
const FEW_THINGS = 1_000

const HELP = `Kind of model: ${MODEL_NAMES.join(', ')}. full learns each thing by itself, compact does so in 96 bytes a thing and behavior, quantile learns the values of all things alike.`

/** For commands that know their fleet. */
export const MODEL_OPTION: OptionSpecs = {
  model: valued('M', `${HELP} Default full.`),
}

export const MODEL_CHOICE: OptionSpecs = {
  model: valued(
    'M',
    `${HELP} auto (the default) is full where --memory allows it, else compact; a state is gone on with as it was made.`,
  ),
  memory: valued(
    'BYTES',
    "What --model auto may take: 800MB, 4GB, auto (the default: half of the machine's). Without --max-things it also bounds the fleet.",
  ),
}

export function readModel(options: Options): ModelName {
  return options.choice('model', MODEL_NAMES) ?? 'full'
}

/** What a run learns with, and for how large a fleet. */
export interface ModelPlan {
  model: ModelName
  /** The user asked for this very kind. */
  modelFixed: boolean
  maxThings: number
}

/** `--model auto` is decided before the run begins, by what a fleet would take. */
export function planModel(
  options: Options,
  profiles: readonly SecurityProfile[],
  windowMs: number,
  messages: Messages,
): ModelPlan {
  const memory = options.text('memory')
  if ((options.text('model') ?? 'auto') !== 'auto') {
    if (memory !== null) throw usage('--memory is for --model auto')
    const maxThings = options.count('max-things', DEFAULT_MAX_THINGS)
    return { model: readModel(options), modelFixed: true, maxThings }
  }
  const budget =
    memory === null || memory === 'auto' ? totalmem() / 2 : readBytes('--memory', memory)
  if (options.text('max-things') === null) {
    return { modelFixed: false, ...largestFleet(profiles, windowMs, budget) }
  }
  const maxThings = options.count('max-things', 0)
  const { model, series, bytes } = chooseModel(profiles, maxThings, windowMs, budget)
  const needed = `${grouped(series)} series of things and behaviors take up to ${bytesText(bytes)}`
  messages.note(`--model auto: ${model}, whose ${needed} of ${bytesText(budget)}`)
  if (bytes > budget) messages.warn(`--memory is too small: ${needed}`)
  return { model, modelFixed: false, maxThings }
}

/** The full model for as many things as there is room for; where those are few, the compact one. */
function largestFleet(
  profiles: readonly SecurityProfile[],
  windowMs: number,
  budget: number,
): Pick<ModelPlan, 'model' | 'maxThings'> {
  const room = (model: 'full' | 'compact'): number =>
    Math.min(DEFAULT_MAX_THINGS, Math.floor(budget / bytesPerThing(profiles, windowMs, model)))
  const full = room('full')
  if (full >= FEW_THINGS) return { model: 'full', maxThings: full }
  return { model: 'compact', maxThings: Math.max(1, room('compact')) }
}
