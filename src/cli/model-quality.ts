import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConfidenceLevel } from '../domain/behavior.ts'
import type { ModelName } from '../stats/model-kinds.ts'
import { packageRoot } from './package-root.ts'

/** What a model came to on one labelled fleet. */
export interface SetQuality {
  series: number
  events: number
  /** Share of the events met, on average over .003 to .1 false-alarm hours per series and day. */
  recall: number
  f1: number
  /** With the confidence levels as they are. */
  levels: Record<ConfidenceLevel, { falseHours: number; recall: number }>
}

/** Measured figures by model and set: `npm run quality -- --data DIR --sets A,B --only model --record FILE`. */
export interface ModelQuality {
  about: string
  models: Record<ModelName, Record<string, SetQuality>>
}

let known: ModelQuality | null = null

export function modelQuality(): ModelQuality {
  known ??= JSON.parse(
    readFileSync(join(packageRoot(), 'data', 'model-quality.json'), 'utf8'),
  ) as ModelQuality
  return known
}

/** What the choice of a model costs, in one line: the share of labelled events it finds, and the others. */
export function qualityLine(model: string): string {
  const { models } = modelQuality()
  const own = models[model as ModelName]
  const others = Object.entries(models).filter(([name]) => name !== model)
  return (
    `on labelled fleets it finds ${shares(own)} of events; ` +
    others.map(([name, sets]) => `${name} ${shares(sets)}`).join(', ')
  )
}

function shares(sets: Record<string, SetQuality>): string {
  const each = Object.values(sets).map(({ recall }) => Math.round(100 * recall))
  return `${each.join(' and ')} %`
}
